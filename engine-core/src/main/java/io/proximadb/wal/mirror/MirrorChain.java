package io.proximadb.wal.mirror;

import io.proximadb.wal.mirror.MirrorNames.Position;
import io.proximadb.wal.mirror.ObjectHeader.Kind;
import io.proximadb.wal.mirror.StoreAccess.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the end of the chain of objects, and ends an epoch there.
 *
 * <p>The chain: an epoch's objects follow each other by number without gap, each named by its first
 * one, until a fence stands where the next would; the epoch that the fence names goes on there.
 * {@code docs/format/wal.md} argues why no two can hold an epoch, and no record can be added behind
 * a fence.
 */
final class MirrorChain {
  /**
   * How often taking over loses to a writer that is faster: each time it stored something in the
   * few milliseconds between the look and the fence.
   */
  static final int ATTEMPTS = 2_000;

  private static final ByteBuffer NO_CONTENT = ByteBuffer.allocate(0);

  private final StoreAccess access;
  private final long incarnation;
  private final long writer;

  /**
   * Where a chain ends.
   *
   * @param epoch the newest
   * @param base its first number
   * @param last the last record; {@code base - 1} if the epoch has none
   * @param released records below are not needed
   * @param incarnation the highest seen
   */
  record Tip(long epoch, long base, long last, long released, long incarnation) {
    /** Nothing at all: epoch 0, which never has records. */
    static final Tip EMPTY = new Tip(0, 1, 0, 1, 0);

    Position next() {
      return new Position(epoch, last + 1);
    }

    Tip after(ObjectHeader header) {
      boolean fence = header.kind() == Kind.FENCE;
      return new Tip(
          fence ? header.nextEpoch() : epoch,
          fence ? header.first() : base,
          fence ? header.first() - 1 : header.last(),
          Math.max(released, header.released()),
          Math.max(incarnation, header.incarnation()));
    }
  }

  /**
   * An epoch that this engine took.
   *
   * @param ended the tip of the one before, behind which the fence stands now
   * @param objects all there are
   */
  record Taken(Tip ended, NavigableMap<Position, Long> objects) {
    long epoch() {
      return ended.epoch() + 1;
    }

    long base() {
      return ended.last() + 1;
    }
  }

  MirrorChain(StoreAccess access, long incarnation, long writer) {
    this.access = access;
    this.incarnation = incarnation;
    this.writer = writer;
  }

  /** Marks what is made here. */
  long writer() {
    return writer;
  }

  /** Ends the newest epoch and begins the next. */
  Taken takeOver() throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Tip tip = fence(tip(access.list()));
      if (tip != null) {
        NavigableMap<Position, Long> objects = access.list();
        if (endsEpoch(tip, objects)) {
          return new Taken(tip, objects);
        }
      }
    }
    throw new IOException(
        "Cannot take over mirror of the log at "
            + access.locationOf(new Position(0, 1))
            + ": an engine that is alive writes to it, or takes it over, faster (attempts="
            + ATTEMPTS
            + "); stop it first");
  }

  /** Where the chain ends, or ended a moment ago. */
  Tip tip(NavigableMap<Position, Long> found) throws IOException {
    NavigableMap<Position, Long> objects = found;
    while (!objects.isEmpty()) {
      Tip tip = watermark(objects);
      if (tip != null) {
        ObjectHeader next = access.header(tip.next());
        while (next != null && next.kind() != Kind.FENCE) {
          tip = tip.after(next);
          next = access.header(tip.next());
        }
        // A fence may be one that does not count.
        if (next == null || endsEpoch(tip, access.list())) {
          return next == null ? tip : tip.after(next);
        }
      }
      objects = access.list();
    }
    return Tip.EMPTY;
  }

  /**
   * The record up to which all are known to be stored, without a look at each object of the newest
   * epoch; null if its objects were deleted since they were listed.
   */
  private @Nullable Tip watermark(NavigableMap<Position, Long> objects) throws IOException {
    long epoch = objects.lastKey().epoch();
    Tip tip = null;
    // All that is stored behind a watermark came there in the time of a few requests, so these are
    // few. The highest watermark may be in any of them: their writers ran side by side.
    for (Position position : objects.descendingKeySet()) {
      if (position.epoch() < epoch || (tip != null && position.first() <= tip.last() + 1)) {
        break;
      }
      ObjectHeader header = access.header(position);
      if (header != null) {
        long last = Math.max(header.watermark(), header.base() - 1);
        Tip known = tip == null ? new Tip(epoch, header.base(), last, 1, 0) : tip;
        tip =
            new Tip(
                epoch,
                known.base(),
                Math.max(known.last(), last),
                Math.max(known.released(), header.released()),
                Math.max(known.incarnation(), header.incarnation()));
      }
    }
    return tip;
  }

  /** Puts a fence behind a tip or where it has moved; null if another taker was faster. */
  private @Nullable Tip fence(Tip found) throws IOException {
    Tip tip = found;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (tip.epoch() >= MirrorNames.MAX_EPOCH) {
        throw new IOException("Cannot take over mirror of the log: no epochs are left");
      }
      ObjectHeader fence =
          new ObjectHeader(
              Kind.FENCE,
              access.engineId(),
              incarnation,
              tip.epoch(),
              tip.base(),
              tip.last() + 1,
              tip.last(),
              tip.last(),
              tip.released(),
              tip.epoch() + 1,
              writer,
              0,
              0,
              0);
      if (access.create(fence, NO_CONTENT, Patience.LIMITED)) {
        return tip;
      }
      ObjectHeader winner = access.header(tip.next());
      if (winner == null || winner.kind() == Kind.FENCE) {
        return null;
      }
      tip = tip.after(winner);
    }
    return null;
  }

  /**
   * True if a fence behind a tip stands at the end of its epoch. It does not if the chain went on
   * there before, and the object it went on with was released and deleted again before the fence
   * came: then a later one is there, and tells so by its watermark.
   */
  private boolean endsEpoch(Tip tip, NavigableMap<Position, Long> objects) throws IOException {
    if (objects.isEmpty() || objects.lastKey().epoch() > tip.epoch()) {
      return false;
    }
    for (Position position : objects.tailMap(tip.next(), false).descendingKeySet()) {
      ObjectHeader header = access.header(position);
      if (header == null || header.watermark() > tip.last()) {
        return false;
      }
    }
    return true;
  }

  /** The fence that ends the epoch before one. */
  ObjectHeader fenceBefore(long epoch, long base) throws IOException {
    Position position = new Position(epoch - 1, base);
    ObjectHeader fence = access.header(position);
    if (fence == null) {
      throw ObjectHeader.corrupt(
          access.locationOf(position), "it is missing", "the fence of epoch " + epoch, "nothing");
    }
    if (fence.kind() != Kind.FENCE || fence.nextEpoch() != epoch) {
      throw ObjectHeader.corrupt(
          access.locationOf(position),
          "it is the wrong object",
          "the fence of epoch " + epoch,
          fence.kind());
    }
    return fence;
  }
}
