package io.proximadb.mvcc;

import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that indexes of an engine may take, and what its parts tell each other of their files.
 * Safe for use by several threads.
 *
 * <p>Indexes are loaded by the first search that could use them. One that does not fit waits until
 * others were not used for a while: rows are compared one by one meanwhile, which beats reading
 * indexes in turns.
 */
public final class IndexMemory {
  /** Share of the heap that indexes may take unless set: the other half serves writes and reads. */
  private static final int HEAP_SHARE = 2;

  /** An index that was not used for so long makes room for others. */
  static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Damaged files remembered until they are built again; a lost one is found again by a search. */
  private static final int MAX_DAMAGED = 10_000;

  private final long maxBytes;
  private final Set<LoadedIndex> loaded = ConcurrentHashMap.newKeySet();
  private final Set<String> damaged = ConcurrentHashMap.newKeySet();
  private final AtomicLong builds = new AtomicLong();
  private long bytes;

  public IndexMemory(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Half of the heap. */
  public static IndexMemory ofHeap() {
    return new IndexMemory(Runtime.getRuntime().maxMemory() / HEAP_SHARE);
  }

  /** Bytes that loaded indexes take. */
  public synchronized long bytes() {
    return bytes;
  }

  /** Bytes that they may take. */
  public long maxBytes() {
    return maxBytes;
  }

  /** Takes an index in if there is room, or can be made. */
  synchronized boolean admit(LoadedIndex index) {
    if (!makeRoom(index.memoryBytes())) {
      return false;
    }
    loaded.add(index);
    bytes += index.memoryBytes();
    return true;
  }

  /** True if there is room for so many bytes, or was made by letting go of what is not used. */
  synchronized boolean makeRoom(long wanted) {
    if (bytes + wanted > maxBytes) {
      long now = System.nanoTime();
      loaded.stream()
          .filter(other -> now - other.lastUsedNanos() > IDLE_NANOS)
          .sorted(Comparator.comparingLong(other -> other.lastUsedNanos() - now))
          .takeWhile(other -> bytes + wanted > maxBytes)
          .forEach(this::remove);
    }
    return bytes + wanted <= maxBytes;
  }

  /** Gives the room of an index back. */
  synchronized void remove(LoadedIndex index) {
    if (loaded.remove(index)) {
      bytes -= index.memoryBytes();
      index.forget();
    }
  }

  /** Remembers a file to be built anew. */
  void damaged(String location) {
    if (damaged.size() < MAX_DAMAGED) {
      damaged.add(location);
    }
  }

  /** Files that were found damaged, and not built anew since. */
  public Set<String> damaged() {
    return Set.copyOf(damaged);
  }

  /** Says that index files were written, so that who found none looks again. */
  public void built(Set<String> locations) {
    damaged.removeAll(locations);
    builds.incrementAndGet();
  }

  /** Changes when index files were written by this process. */
  long builds() {
    return builds.get();
  }
}
