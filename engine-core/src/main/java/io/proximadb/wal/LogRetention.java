package io.proximadb.wal;

import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Knows which tables need which segment, and deletes segments that none needs. Safe for use by
 * several threads; deleting does not hold up the writer.
 */
final class LogRetention {
  private final Disk disk;
  private final Path folder;

  /** Held while files are deleted, so that they go one after the other, oldest first. */
  private final Object deleting = new Object();

  /** Oldest first; the last one is being written and stays. Guarded by this. */
  private final Deque<Segment> segments = new ArrayDeque<>();

  /** The highest number up to which each table has its records itself. Guarded by this. */
  private final Map<UUID, Long> released = new HashMap<>();

  private record Segment(Path file, Map<UUID, Long> lastByTable) {}

  LogRetention(Disk disk, Path folder) {
    this.disk = disk;
    this.folder = folder;
  }

  /** A segment is read or written from now on; it may take the place of an empty one. */
  synchronized void begin(Path file) {
    Segment newest = segments.peekLast();
    if (newest != null && newest.file().equals(file)) {
      segments.removeLast();
    }
    segments.addLast(new Segment(file, new HashMap<>()));
  }

  /** The segment begun last has a record. */
  synchronized void wrote(UUID table, long sequence) {
    segments.getLast().lastByTable().put(table, sequence);
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
    synchronized (deleting) {
      for (Path file = unneeded(); file != null; file = unneeded()) {
        disk.delete(file);
        // One by one: were two deletions to reach the disk in the other order, a crash would leave
        // a gap, which is corruption.
        disk.syncDirectory(folder);
        forgetOldest();
      }
    }
  }

  synchronized int segments() {
    return segments.size();
  }

  /** The oldest segment if it is not being written and no table needs it. */
  private synchronized @Nullable Path unneeded() {
    if (segments.size() < 2) {
      return null;
    }
    Segment oldest = segments.getFirst();
    for (Map.Entry<UUID, Long> needed : oldest.lastByTable().entrySet()) {
      Long flushed = released.get(needed.getKey());
      if (flushed == null || flushed < needed.getValue()) {
        return null;
      }
    }
    return oldest.file();
  }

  private synchronized void forgetOldest() {
    segments.removeFirst();
  }
}
