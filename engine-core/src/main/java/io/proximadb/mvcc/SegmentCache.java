package io.proximadb.mvcc;

import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.DataFile;
import org.jspecify.annotations.Nullable;

/**
 * Open data files, with their indexes, of a process that searches tables without an engine: the
 * tasks of a Spark executor or a Flink task manager. They stay open for the next task, which would
 * load the same indexes again. Safe for use by several threads.
 */
public final class SegmentCache {
  /** Files kept open: with 1 GiB each that is a table of a quarter of a terabyte per executor. */
  private static final int MAX_FILES = 256;

  /** Files that nobody asked for so long are closed when the next one is asked for. */
  private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(2);

  /** Share of the heap for indexes: the rest is the platform's own. */
  private static final int INDEX_HEAP_SHARE = 4;

  private static final SegmentCache SHARED =
      new SegmentCache(
          MAX_FILES, new IndexMemory(Runtime.getRuntime().maxMemory() / INDEX_HEAP_SHARE));

  private record Key(UUID table, String location) {}

  /** A file and when it was last asked for. */
  private static final class Entry {
    private final SegmentHandle handle;
    private final TableContext table;
    private long usedNanos;

    Entry(SegmentHandle handle, TableContext table, long usedNanos) {
      this.handle = handle;
      this.table = table;
      this.usedNanos = usedNanos;
    }
  }

  private final int maxFiles;
  private final IndexMemory indexMemory;
  private final ColumnCache columns = new ColumnCache(ColumnCache.DEFAULT_MAX_BYTES / 4);

  /** In the order of use, the longest unused first. */
  private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  SegmentCache(int maxFiles, IndexMemory indexMemory) {
    this.maxFiles = maxFiles;
    this.indexMemory = indexMemory;
  }

  /** The one of this process. */
  public static SegmentCache shared() {
    return SHARED;
  }

  /**
   * An open file, to be released by the caller.
   *
   * @throws io.proximadb.error.CorruptFileException if it is damaged
   */
  public SegmentHandle acquire(TableContext table, DataFile file) {
    return acquire(table, file, true);
  }

  /**
   * The same for a read of whole files, which come by the thousand: what was not open stays open
   * afterwards only if no other file has to go for it.
   *
   * @throws io.proximadb.error.CorruptFileException if it is damaged
   */
  public SegmentHandle acquireForScan(TableContext table, DataFile file) {
    return acquire(table, file, false);
  }

  private SegmentHandle acquire(TableContext table, DataFile file, boolean mayDisplace) {
    Key key = new Key(table.tableUuid(), file.location());
    SegmentHandle known = find(key, table);
    if (known != null) {
      return known;
    }
    SegmentReader reader = Segments.open(table, file);
    SegmentHandle opened = new SegmentHandle(reader, table.icebergSchema(), columns, indexMemory);
    List<SegmentHandle> closed = new ArrayList<>();
    SegmentHandle chosen;
    synchronized (entries) {
      SegmentHandle meanwhile = find(key, table);
      if (meanwhile != null) {
        closed.add(opened);
        chosen = meanwhile;
      } else if (!mayDisplace && entries.size() >= maxFiles) {
        chosen = opened;
      } else {
        opened.retain();
        Entry before = entries.put(key, new Entry(opened, table, System.nanoTime()));
        if (before != null) {
          closed.add(before.handle);
        }
        makeRoom(closed);
        chosen = opened;
      }
    }
    closed.forEach(SegmentHandle::release);
    return chosen;
  }

  private @Nullable SegmentHandle find(Key key, TableContext table) {
    synchronized (entries) {
      Entry entry = entries.get(key);
      if (entry == null || !entry.table.hasSchemaOf(table)) {
        return null;
      }
      entry.usedNanos = System.nanoTime();
      entry.handle.retain();
      return entry.handle;
    }
  }

  private void makeRoom(List<SegmentHandle> closed) {
    long now = System.nanoTime();
    Iterator<Entry> oldest = entries.values().iterator();
    while (oldest.hasNext()) {
      Entry entry = oldest.next();
      if (entries.size() <= maxFiles && now - entry.usedNanos < IDLE_NANOS) {
        return;
      }
      closed.add(entry.handle);
      oldest.remove();
    }
  }

  /** Files that are kept open. */
  int size() {
    synchronized (entries) {
      return entries.size();
    }
  }
}
