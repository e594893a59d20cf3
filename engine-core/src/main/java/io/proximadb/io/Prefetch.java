package io.proximadb.io;

import io.proximadb.error.ProximaException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The ranges of one file that somebody will read, fetched a bounded way ahead of the reading.
 * Readers of one file share what is fetched. Safe for use by several threads.
 */
final class Prefetch {
  /**
   * Read for nothing at most between two ranges that one request gets: in the time of a request, a
   * few hundredths of a second, a store sends some MiB, but what is read is what is paid for.
   */
  static final int MAX_GAP_BYTES = 128 << 10;

  /** Where a request is cut: large enough for the full speed of a connection. */
  static final int MAX_REQUEST_BYTES = 8 << 20;

  /** How far fetching is ahead of reading, for each list of ranges. */
  static final int WINDOW_BYTES = 32 << 20;

  /** What all files together keep of what was fetched: an eighth of the heap, at least 64 MiB. */
  private static final long RETAINED_BYTES =
      Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 8);

  /** Reads a range of the file. */
  interface Source {
    byte[] read(long offset, int length);
  }

  private static final Retained RETAINED = new Retained(RETAINED_BYTES);

  private final Source source;
  private final ConcurrentNavigableMap<Long, Piece> pieces = new ConcurrentSkipListMap<>();

  Prefetch(Source source) {
    this.source = source;
  }

  /** Begins to fetch ranges; those that are fetched already are not fetched again. */
  void start(List<ByteRange> ranges) {
    List<ByteRange> missing =
        ranges.stream().filter(range -> find(range.offset(), range.length()) == null).toList();
    Plan plan = new Plan();
    for (ByteRange range : ByteRange.merge(missing, MAX_GAP_BYTES, MAX_REQUEST_BYTES)) {
      Piece piece = new Piece(plan, range);
      // A shorter one from the same offset: who waits for it has it.
      pieces.put(range.offset(), piece);
      plan.last.next = piece;
      plan.last = piece;
    }
    plan.advance();
  }

  /** True if a range is fetched, or will be. */
  boolean has(long offset, int length) {
    return find(offset, length) != null;
  }

  private @Nullable Piece find(long offset, int length) {
    Map.Entry<Long, Piece> entry = pieces.floorEntry(offset);
    return entry != null && offset + length <= entry.getValue().range.end()
        ? entry.getValue()
        : null;
  }

  /** Waits for what covers a range; null if nothing does. */
  @Nullable ByteBuffer get(long offset, int length) {
    Piece piece = find(offset, length);
    return piece == null
        ? null
        : ByteBuffer.wrap(piece.get()).slice((int) (offset - piece.range.offset()), length);
  }

  /** Forgets what was fetched. */
  void close() {
    pieces.values().forEach(RETAINED::remove);
    pieces.clear();
  }

  /** Ranges that were asked for together, in the order of the file. */
  private final class Plan {
    /** Before the first, so that there is always a last one. */
    private Piece last = new Piece(this, new ByteRange(0, 1));

    private Piece lastStarted = last;
    private long unread;

    /** Starts requests until what is fetched and not read fills the window. */
    synchronized void advance() {
      Piece next = lastStarted.next;
      while (next != null && (unread == 0 || unread + next.range.length() <= WINDOW_BYTES)) {
        lastStarted = next;
        if (!next.wasRead) {
          unread += next.range.length();
          var unused = next.started();
        }
        next = next.next;
      }
    }

    synchronized void wasRead(Piece piece) {
      if (piece.wasRead) {
        return;
      }
      piece.wasRead = true;
      if (piece.future != null) {
        unread -= piece.range.length();
      }
      advance();
    }
  }

  /** One request. */
  private final class Piece {
    private final Plan plan;
    private final ByteRange range;
    private @Nullable Piece next;
    private volatile boolean wasRead;
    private volatile @Nullable CompletableFuture<byte[]> future;

    Piece(Plan plan, ByteRange range) {
      this.plan = plan;
      this.range = range;
    }

    synchronized CompletableFuture<byte[]> started() {
      CompletableFuture<byte[]> started = future;
      if (started == null) {
        started = RangeFetcher.inBackground(() -> source.read(range.offset(), range.length()));
        future = started;
        RETAINED.add(this);
      }
      return started;
    }

    byte[] get() {
      if (wasRead) {
        RETAINED.touch(this);
      } else {
        plan.wasRead(this);
      }
      try {
        return started().join();
      } catch (CompletionException e) {
        forget();
        throw e.getCause() instanceof ProximaException failure ? failure : e;
      }
    }

    /** What is read of it from now on is read by itself. */
    void forget() {
      pieces.remove(range.offset(), this);
      RETAINED.remove(this);
    }
  }

  /** What is kept, the last used last. */
  private static final class Retained {
    private final long maxBytes;
    private final LinkedHashMap<Piece, Boolean> pieces = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    Retained(long maxBytes) {
      this.maxBytes = maxBytes;
    }

    void add(Piece added) {
      Piece eldest;
      synchronized (this) {
        if (pieces.put(added, true) == null) {
          bytes += added.range.length();
        }
      }
      while ((eldest = evict()) != null) {
        eldest.forget();
      }
    }

    private synchronized @Nullable Piece evict() {
      if (bytes <= maxBytes || pieces.size() < 2) {
        return null;
      }
      Piece eldest = pieces.keySet().iterator().next();
      remove(eldest);
      return eldest;
    }

    synchronized void touch(Piece piece) {
      Boolean known = pieces.get(piece);
      assert known == null || known;
    }

    synchronized void remove(Piece piece) {
      if (pieces.remove(piece) != null) {
        bytes -= piece.range.length();
      }
    }
  }
}
