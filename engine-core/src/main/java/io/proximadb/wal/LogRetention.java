package io.proximadb.wal;

import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Knows which tables need which segment, and deletes segments that none needs. Safe for use by
 * several threads; deleting does not hold up the writers.
 */
final class LogRetention {
  private final Disk disk;
  private final Listener listener;

  /** Held while files are deleted, so that they go one after the other, oldest first. */
  private final Object deleting = new Object();

  /** Guarded by this, with what is in them. */
  private final List<Segment> segments = new ArrayList<>();

  /** The highest number in a segment that was deleted. Guarded by this. */
  private long highestDeleted;

  /** The highest number up to which each table has its records itself. Guarded by this. */
  private final Map<UUID, Long> released = new HashMap<>();

  /** A segment, in one file or in several alike. */
  static final class Segment {
    private final List<Path> files;
    private final long firstSequence;
    private final boolean striped;
    private long lastSequence;
    private final Map<UUID, Long> lastByTable = new HashMap<>();

    /** The stripe that writes to it, or null. */
    private @Nullable Object writer;

    private Segment(
        List<Path> files, long firstSequence, boolean striped, @Nullable Object writer) {
      this.files = new ArrayList<>(files);
      this.firstSequence = firstSequence;
      this.striped = striped;
      this.writer = writer;
    }

    long firstSequence() {
      return firstSequence;
    }
  }

  /** Hears of deletions before they are made. */
  interface Listener {
    /** A folder's last segment is about to go. */
    void beforeLastDeletion(Path folder) throws IOException;

    /** A segment of one stripe of several is about to go, with records up to a number. */
    void release(long sequence) throws IOException;
  }

  LogRetention(Disk disk, Listener listener) {
    this.disk = disk;
    this.listener = listener;
  }

  /** Records up to a number went earlier. */
  synchronized void deletedUpTo(long sequence) {
    highestDeleted = sequence;
  }

  /**
   * A segment that was read.
   *
   * @param striped true if other stripes have numbers between its own
   */
  synchronized void add(
      List<Path> files,
      long firstSequence,
      boolean striped,
      long lastSequence,
      Map<UUID, Long> lastByTable) {
    Segment segment = new Segment(files, firstSequence, striped, null);
    segment.lastSequence = lastSequence;
    segment.lastByTable.putAll(lastByTable);
    segments.add(segment);
  }

  /**
   * A segment is written from now on, and the one that its stripe wrote before no more; it may take
   * the place of files of an empty one.
   */
  synchronized Segment begin(List<Path> files, long firstSequence, boolean striped, Object stripe) {
    ended(stripe);
    segments.forEach(segment -> segment.files.removeAll(files));
    segments.removeIf(segment -> segment.files.isEmpty());
    Segment segment = new Segment(files, firstSequence, striped, stripe);
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

  /** Deletes what no table needs, if something is left of before. */
  void deleteReleased() throws IOException {
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
    if (segment.striped) {
      listener.release(lastSequence(segment));
    }
    for (Path file : filesOf(segment)) {
      if (segmentsIn(LogFormat.folder(file)) == 1) {
        listener.beforeLastDeletion(LogFormat.folder(file));
      }
      disk.delete(file);
      // One by one: were two deletions to reach the disk in the other order, a crash would leave a
      // gap, which is corruption.
      disk.syncDirectory(LogFormat.folder(file));
    }
    forget(segment);
  }

  /** Never less than that of a segment that went before. */
  private synchronized long lastSequence(Segment segment) {
    highestDeleted = Math.max(highestDeleted, segment.lastSequence);
    return highestDeleted;
  }

  private synchronized List<Path> filesOf(Segment segment) {
    return List.copyOf(segment.files);
  }

  /** The files of segments that may have a record up to a number, oldest first. */
  synchronized List<Path> filesUpTo(long sequence) {
    return segments.stream()
        .filter(segment -> segment.firstSequence <= sequence)
        .sorted(Comparator.comparingLong(Segment::firstSequence))
        .flatMap(segment -> segment.files.stream())
        .toList();
  }

  /** The tables that keep segments which begin at or below a number. */
  synchronized Set<UUID> holders(long sequence) {
    Set<UUID> tables = new TreeSet<>();
    for (Segment segment : segments) {
      if (segment.firstSequence <= sequence) {
        segment.lastByTable.forEach(
            (table, last) -> {
              if (released.getOrDefault(table, Long.MIN_VALUE) < last) {
                tables.add(table);
              }
            });
      }
    }
    return tables;
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
        // Empty ones first: one that stayed would seem to be where the log begins.
        .min(
            Comparator.comparingLong(Segment::firstSequence)
                .thenComparingLong(segment -> segment.lastSequence))
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
