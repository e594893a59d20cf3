package io.proximadb.mvcc;

import io.proximadb.index.SegmentIndex;
import io.proximadb.index.VectorIndex;
import io.proximadb.index.VectorSearcher;
import io.proximadb.storage.VectorRows;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An index of a data file in memory, with what threads need to search it. */
public final class LoadedIndex {
  /** Searchers kept for the next search, each about a bit for each row. */
  private static final int MAX_IDLE_SEARCHERS = 2 * Runtime.getRuntime().availableProcessors();

  private final SegmentIndex index;
  private final ConcurrentLinkedQueue<VectorSearcher> idle = new ConcurrentLinkedQueue<>();
  private final AtomicInteger idleCount = new AtomicInteger();
  private final Runnable forget;
  private volatile long lastUsedNanos = System.nanoTime();

  /**
   * An index that was read.
   *
   * @param forget called when it has to make room: lets go of it where it is looked for
   */
  LoadedIndex(SegmentIndex index, Runnable forget) {
    this.index = index;
    this.forget = forget;
  }

  void forget() {
    forget.run();
  }

  public SegmentIndex index() {
    return index;
  }

  long memoryBytes() {
    return index.memoryBytes();
  }

  long lastUsedNanos() {
    return lastUsedNanos;
  }

  void used() {
    lastUsedNanos = System.nanoTime();
  }

  /**
   * Runs a search of a vector index.
   *
   * @param rows that the index is of
   */
  public <T extends @Nullable Object> T search(
      VectorRows rows, Function<VectorSearcher, T> search) {
    VectorSearcher searcher = idle.poll();
    if (searcher == null) {
      searcher = ((VectorIndex) index).newSearcher(rows);
    } else {
      idleCount.decrementAndGet();
    }
    T answer = search.apply(searcher);
    // One that failed half-way is not used again.
    if (idleCount.incrementAndGet() <= MAX_IDLE_SEARCHERS) {
      idle.add(searcher);
    } else {
      idleCount.decrementAndGet();
    }
    return answer;
  }
}
