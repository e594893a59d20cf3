package io.proximadb.wal.mirror;

import io.proximadb.wal.MirrorFencedException;
import io.proximadb.wal.mirror.MirrorNames.Position;
import io.proximadb.wal.mirror.ObjectHeader.Kind;
import io.proximadb.wal.mirror.StoreAccess.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Stores the objects of one epoch, side by side, and knows up to where they are without gap.
 *
 * <p>Safe for use by several threads.
 */
final class MirrorWriter {
  private final StoreAccess access;
  private final long incarnation;
  private final long writer;
  private final long epoch;
  private final long base;

  /** All objects of the engine that are known and not deleted; those of this epoch without gap. */
  private final NavigableMap<Position, Long> objects;

  /** Stored objects with a gap before them, by first number. */
  private final NavigableMap<Long, ObjectHeader> early = new TreeMap<>();

  private long stored;
  private long wantedRelease;

  /** What a stored object says was released, so that it may be deleted. */
  private long saidReleased;

  private long storedObjects;
  private long storedBytes;

  MirrorWriter(StoreAccess access, long incarnation, long writer, MirrorChain.Taken taken) {
    this.access = access;
    this.incarnation = incarnation;
    this.writer = writer;
    this.epoch = taken.epoch();
    this.base = taken.base();
    this.objects = taken.objects();
    this.stored = base - 1;
    this.saidReleased = taken.ended().released();
    this.wantedRelease = saidReleased;
  }

  /** All records up to it are stored. */
  synchronized long stored() {
    return stored;
  }

  synchronized long storedObjects() {
    return storedObjects;
  }

  synchronized long storedBytes() {
    return storedBytes;
  }

  /** Stores that numbers up to one have no records. */
  void skip(long last) throws IOException {
    store(Kind.SKIP, stored() + 1, last, new ObjectContent(), Patience.LIMITED);
  }

  /**
   * Stores records; returns when they are.
   *
   * @throws MirrorFencedException if another engine took the mirror over
   */
  void store(long first, long last, ObjectContent content, Patience patience) throws IOException {
    store(Kind.DATA, first, last, content, patience);
  }

  private void store(Kind kind, long first, long last, ObjectContent content, Patience patience)
      throws IOException {
    ByteBuffer bytes = content.encode();
    long watermark;
    long released;
    synchronized (this) {
      watermark = stored;
      // Never more than is stored: what is said to be released may be deleted, and then a taker who
      // looked before must find a watermark that tells that the chain went on.
      released = Math.min(wantedRelease, stored + 1);
    }
    ObjectHeader header =
        new ObjectHeader(
            kind,
            access.engineId(),
            incarnation,
            epoch,
            base,
            first,
            last,
            watermark,
            released,
            0,
            writer,
            content.pieces(),
            bytes.remaining(),
            ObjectContent.checksum(bytes));
    if (!access.create(header, bytes, patience)) {
      throw fenced(header.position());
    }
    synchronized (this) {
      early.put(first, header);
      storedObjects++;
      storedBytes += ObjectHeader.BYTES + header.length();
      for (ObjectHeader next = early.get(stored + 1); next != null; next = early.get(stored + 1)) {
        early.remove(next.first());
        objects.put(next.position(), ObjectHeader.BYTES + next.length());
        stored = next.last();
        saidReleased = Math.max(saidReleased, next.released());
      }
    }
  }

  private MirrorFencedException fenced(Position position) {
    return new MirrorFencedException(
        "Cannot write to mirror of the log: another engine took it over, and this one must not go"
            + " on; open it again to take it back (object="
            + access.locationOf(position)
            + ", engine="
            + access.engineId()
            + ", epoch="
            + epoch
            + ")");
  }

  /**
   * Deletes objects whose records are not needed, as far as a stored object says that they are not;
   * the next ones will say it of the others.
   */
  void release(long belowSequence) {
    Map<Position, Long> deletable;
    synchronized (this) {
      wantedRelease = Math.max(wantedRelease, belowSequence);
      deletable = deletable();
      objects.keySet().removeAll(deletable.keySet());
    }
    access.delete(deletable);
    synchronized (this) {
      // What could not be deleted.
      objects.putAll(deletable);
    }
  }

  /** Where objects with a record below a number stand, of this epoch and of earlier ones. */
  synchronized List<String> heldBelow(long sequence) {
    return objects.entrySet().stream()
        .filter(object -> object.getValue() > ObjectHeader.BYTES)
        .map(Map.Entry::getKey)
        .filter(position -> position.first() < sequence)
        .map(access::locationOf)
        .toList();
  }

  private Map<Position, Long> deletable() {
    Map<Position, Long> found = new TreeMap<>();
    for (Map.Entry<Position, Long> object : objects.entrySet()) {
      Position position = object.getKey();
      // An object without content is a fence, which stays: it keeps an engine that slept through
      // many takeovers from going on where its object was deleted. Or it is a skip, of which there
      // is at most one for each fence.
      if (object.getValue() <= ObjectHeader.BYTES) {
        continue;
      }
      Position next = objects.higherKey(position);
      boolean isLast = next == null || next.epoch() != position.epoch();
      // The last of an earlier epoch stands behind the fence and does not count. The last of this
      // epoch is where the chain goes on.
      long end = isLast ? position.first() + 1 : next.first();
      if (end <= saidReleased && !(isLast && position.epoch() == epoch)) {
        found.put(position, object.getValue());
      }
    }
    return found;
  }
}
