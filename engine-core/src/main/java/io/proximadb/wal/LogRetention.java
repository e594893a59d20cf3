package io.proximadb.wal;

import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Knows which tables need which segment, and deletes segments that none needs. Safe for use by
 * several threads; deleting does not hold up the writers.
 */
final class LogRetention {
  private final Disk disk;
  private final BeforeLast beforeLast;

  /** Held while files are deleted, so that they go one after the other, oldest first. */
  private final Object deleting = new Object();

  /** Guarded by this, with what is in them. */
  private final List<Segment> segments = new ArrayList<>();

  /** The highest number up to which each table has its records itself. Guarded by this. */
  private final Map<UUID, Long> released = new HashMap<>();

  /** A segment, in one file or in several alike. */
  static final class Segment {
    private final List<Path> files;
    private final long firstSequence;
    private long lastSequence;
    private final Map<UUID, Long> lastByTable = new HashMap<>();

    /** The stripe that writes to it, or null. */
    private @Nullable Object writer;

    private Segment(List<Path> files, long firstSequence, @Nullable Object writer) {
      this.files = List.copyOf(files);
      this.firstSequence = firstSequence;
      this.writer = writer;
    }

    long firstSequence() {
      return firstSequence;
    }
  }

  /** Hears that a folder's last segment is about to go. */
  @FunctionalInterface
  interface BeforeLast {
    void deleting(Path folder) throws IOException;
  }

  LogRetention(Disk disk, BeforeLast beforeLast) {
    this.disk = disk;
    this.beforeLast = beforeLast;
  }

  /** A segment that was read. */
  synchronized void add(
      List<Path> files, long firstSequence, long lastSequence, Map<UUID, Long> lastByTable) {
    Segment segment = new Segment(files, firstSequence, null);
    segment.lastSequence = lastSequence;
    segment.lastByTable.putAll(lastByTable);
    segments.add(segment);
  }

  /**
   * A segment is written from now on, and the one that its stripe wrote before no more; it may take
   * the place of an empty one.
   */
  synchronized Segment begin(List<Path> files, long firstSequence, Object stripe) {
    ended(stripe);
    segments.removeIf(segment -> segment.files.equals(files));
    Segment segment = new Segment(files, firstSequence, stripe);
    segments.add(segment);
    return segment;
  }

  /** A stripe writes no more. */
  synchronized void ended(Object stripe) {
    for (Segment segment : segments) {
      if (segment.writer == stripe) {
        segment.writer = null;
      }
    }
  }

  /** A segment has a record of a table. */
  synchronized void wrote(Segment segment, UUID table, long sequence) {
    segment.lastByTable.put(table, sequence);
  }

  /** A segment has records up to a number. */
  synchronized void reached(Segment segment, long sequence) {
    segment.lastSequence = sequence;
  }

  /**
   * A table has its records up to a number itself; deletes what no table needs.
   *
   * @throws IOException if a deletion failed; it is tried again with the next release
   */
  void release(UUID table, long sequence) throws IOException {
    synchronized (this) {
      released.merge(table, sequence, Math::max);
    }
    deleteUnneeded();
  }

  /** Deletes all segments, oldest first, whoever needs them. */
  void deleteAll() throws IOException {
    synchronized (deleting) {
      for (Segment segment = oldest(); segment != null; segment = oldest()) {
        delete(segment);
      }
    }
  }

  private synchronized @Nullable Segment oldest() {
    return segments.stream().min(Comparator.comparingLong(Segment::firstSequence)).orElse(null);
  }

  /** Deletes what no table needs. */
  private void deleteUnneeded() throws IOException {
    synchronized (deleting) {
      for (Segment segment = unneeded(); segment != null; segment = unneeded()) {
        delete(segment);
      }
    }
  }

  private void delete(Segment segment) throws IOException {
    for (Path file : segment.files) {
      if (segmentsIn(LogFormat.folder(file)) == 1) {
        beforeLast.deleting(LogFormat.folder(file));
      }
      disk.delete(file);
      // One by one: were two deletions to reach the disk in the other order, a crash would leave a
      // gap, which is corruption.
      disk.syncDirectory(LogFormat.folder(file));
    }
    forget(segment);
  }

  synchronized int segments() {
    return segments.size();
  }

  private synchronized long segmentsIn(Path folder) {
    return segments.stream()
        .filter(segment -> segment.files.stream().anyMatch(file -> folder.equals(file.getParent())))
        .count();
  }

  /** All records below this number are gone, or may go. */
  synchronized long oldestSequence() {
    return segments.stream().mapToLong(Segment::firstSequence).min().orElse(1);
  }

  /**
   * The oldest segment that may go. What begins before the end of a segment must be unneeded too,
   * in any stripe: numbers are without gap from the oldest segment that is needed.
   */
  private synchronized @Nullable Segment unneeded() {
    long firstNeeded =
        segments.stream()
            .filter(this::isNeeded)
            .mapToLong(Segment::firstSequence)
            .min()
            .orElse(Long.MAX_VALUE);
    return segments.stream()
        .filter(segment -> segment.writer == null && segment.lastSequence < firstNeeded)
        .min(Comparator.comparingLong(Segment::firstSequence))
        .orElse(null);
  }

  private boolean isNeeded(Segment segment) {
    for (Map.Entry<UUID, Long> last : segment.lastByTable.entrySet()) {
      Long flushed = released.get(last.getKey());
      if (flushed == null || flushed < last.getValue()) {
        return true;
      }
    }
    return false;
  }

  private synchronized void forget(Segment segment) {
    segments.remove(segment);
  }
}
