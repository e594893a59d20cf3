package io.proximadb.query;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.SegmentCache;
import io.proximadb.mvcc.SegmentHandle;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.apache.iceberg.io.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * The rows of some ids that one commit changed: first those that are gone, then those that are new
 * or replaced, each replaced row together with what it replaces. The order is always the same, so
 * that a reader who counts can go on where it was. For use by one thread; close it.
 *
 * <p>Rows are matched by their ids alone; of the rows before, what is wanted is read when the row
 * after is.
 */
public final class ChangedRows implements AutoCloseable {
  /**
   * So many rows that a commit deleted are matched with those that it inserted: some 150 MB of ids.
   * Beyond, replaced rows come as deleted and inserted, which is as true.
   */
  static final int MAX_MATCHED = 1_000_000;

  private static final long NONE = -1;

  /**
   * A share of all ids, by their hash.
   *
   * @param index which one, from 0
   * @param count of shares
   */
  public record Part(int index, int count) implements Serializable {
    /** All ids. */
    public static final Part ALL = new Part(0, 1);

    public Part {
      if (index < 0 || index >= count) {
        throw new InvalidArgumentException(
            "Invalid part of a table: " + index + " of " + count + " (expected 0 to count - 1)");
      }
    }

    private boolean has(long hash) {
      return Math.floorMod((int) (hash >>> 32), count) == index;
    }
  }

  /** The changed rows of a file. */
  private static final class FileChange {
    final ChangeTask task;

    /** Null until it is looked for. */
    @Nullable RoaringBitmap positions;

    /** For each position, in their order, the row that it replaces, or {@link #NONE}. */
    long @Nullable [] replaces;

    FileChange(ChangeTask task) {
      this.task = task;
    }

    boolean isDelete() {
      return task.kind() == ChangeTask.Kind.DELETE;
    }
  }

  private final TableContext table;
  private final Part part;
  private final BoundFilter filter;
  private final List<String> columns;
  private final int batchRows;
  private final IdHash hash;
  private final List<FileChange> files = new ArrayList<>();
  private int file;
  private @Nullable SegmentHandle handle;
  private @Nullable CloseableIterator<ColumnBatch> batches;

  /** Rows of the file that came before the next batch. */
  private int passed;

  /**
   * The changes of a commit.
   *
   * @param tasks of one commit, deletions first, as {@link SnapshotChanges#of} gives them
   * @param part whose ids
   * @param filter a row that does not pass is as good as not there
   * @param columns which columns rows are to have
   * @param batchRows most rows in a batch
   */
  public ChangedRows(
      TableContext table,
      List<ChangeTask> tasks,
      Part part,
      Filter filter,
      List<String> columns,
      int batchRows) {
    this.table = table;
    this.part = part;
    this.filter = BoundFilter.bind(filter, table.schema());
    this.columns = List.copyOf(columns);
    this.batchRows = batchRows;
    this.hash = IdHash.of(table.tableUuid());
    tasks.forEach(task -> files.add(new FileChange(task)));
    match();
  }

  private SegmentHandle open(FileChange change) {
    return SegmentCache.shared().acquire(table, change.task.file().dataFile());
  }

  private RoaringBitmap positions(FileChange change) {
    RoaringBitmap known = change.positions;
    if (known == null) {
      SegmentHandle opened = open(change);
      try {
        RoaringBitmap changed = change.task.positions(table, opened.reader());
        IntPredicate wanted =
            part.count() == 1
                ? changed::contains
                : row -> changed.contains(row) && part.has(hash.of(id(opened, row)));
        known = SegmentRows.matching(opened.reader().rowCount(), filter, opened::column, wanted);
      } finally {
        opened.release();
      }
      change.positions = known;
    }
    return known;
  }

  private static String id(SegmentHandle handle, int row) {
    Object id = handle.column(SystemColumns.ID).value(row);
    return id instanceof String text ? text : handle.reader().id(row);
  }

  /** Finds the rows that replace one another; those that are replaced are no deletions then. */
  private void match() {
    List<FileChange> inserts = files.stream().filter(change -> !change.isDelete()).toList();
    if (inserts.isEmpty() || inserts.size() == files.size()) {
      return;
    }
    long deleted = 0;
    for (FileChange change : files) {
      deleted += change.isDelete() ? positions(change).getLongCardinality() : 0;
    }
    if (deleted == 0 || deleted > MAX_MATCHED) {
      return;
    }
    Map<String, Long> gone = new HashMap<>();
    for (int i = 0; i < files.size(); i++) {
      if (files.get(i).isDelete()) {
        putIds(i, gone);
      }
    }
    inserts.forEach(change -> match(change, gone));
  }

  private void putIds(int index, Map<String, Long> ids) {
    FileChange change = files.get(index);
    SegmentHandle opened = open(change);
    try {
      PeekableIntIterator rows = positions(change).getIntIterator();
      while (rows.hasNext()) {
        int row = rows.next();
        ids.putIfAbsent(id(opened, row), ((long) index << Integer.SIZE) | row);
      }
    } finally {
      opened.release();
    }
  }

  private void match(FileChange change, Map<String, Long> gone) {
    RoaringBitmap positions = positions(change);
    long[] replaces = new long[positions.getCardinality()];
    Arrays.fill(replaces, NONE);
    boolean any = false;
    SegmentHandle opened = open(change);
    try {
      PeekableIntIterator rows = positions.getIntIterator();
      for (int i = 0; rows.hasNext(); i++) {
        Long place = gone.remove(id(opened, rows.next()));
        if (place != null) {
          replaces[i] = place;
          positions(files.get((int) (place >>> Integer.SIZE))).remove(place.intValue());
          any = true;
        }
      }
    } finally {
      opened.release();
    }
    change.replaces = any ? replaces : null;
  }

  /** Passes over changes, before the first was read; at most as many as there are. */
  public void skip(long changes) {
    long left = changes;
    while (left > 0 && file < files.size()) {
      RoaringBitmap positions = positions(files.get(file));
      int rows = positions.getCardinality();
      if (left < rows) {
        passed = (int) left;
        return;
      }
      left -= rows;
      file++;
    }
  }

  /** Some more changes; none when all have come. */
  public List<RowChange> next() {
    while (file < files.size()) {
      FileChange change = files.get(file);
      CloseableIterator<ColumnBatch> open = batches;
      if (open == null) {
        open = begin(change);
      }
      if (open.hasNext()) {
        return changes(change, open.next());
      }
      end();
      file++;
    }
    return List.of();
  }

  private CloseableIterator<ColumnBatch> begin(FileChange change) {
    RoaringBitmap rows = positions(change).clone();
    if (passed > 0) {
      rows.remove(0L, rows.select(passed));
    }
    SegmentHandle opened = open(change);
    handle = opened;
    CloseableIterator<ColumnBatch> read =
        SegmentRows.read(opened.reader(), rows, columns, batchRows);
    batches = read;
    return read;
  }

  private void end() {
    CloseableIterator<ColumnBatch> over = batches;
    batches = null;
    passed = 0;
    try {
      if (over != null) {
        over.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close a scan", e);
    } finally {
      if (handle != null) {
        handle.release();
        handle = null;
      }
    }
  }

  private List<RowChange> changes(FileChange change, ColumnBatch batch) {
    List<RowChange> changes = new ArrayList<>(batch.rowCount());
    RowChange.Place[] before = before(change.replaces, batch.rowCount());
    for (int row = 0; row < batch.rowCount(); row++) {
      RowChange.Place place = new RowChange.Place(batch, row);
      changes.add(
          change.isDelete() ? new RowChange(place, null) : new RowChange(before[row], place));
    }
    passed += batch.rowCount();
    return changes;
  }

  /** What the next rows of a file replace. */
  private RowChange.@Nullable Place[] before(long @Nullable [] replaces, int rows) {
    RowChange.@Nullable Place[] before = new RowChange.@Nullable Place[rows];
    if (replaces == null) {
      return before;
    }
    Map<Integer, TreeMap<Integer, Integer>> byFile = new TreeMap<>();
    for (int row = 0; row < rows; row++) {
      long place = replaces[passed + row];
      if (place != NONE) {
        byFile
            .computeIfAbsent((int) (place >>> Integer.SIZE), key -> new TreeMap<>())
            .put((int) place, row);
      }
    }
    byFile.forEach(
        (index, wanted) -> {
          SegmentHandle opened = open(files.get(index));
          try {
            int[] positions = wanted.keySet().stream().mapToInt(Integer::intValue).toArray();
            ColumnBatch batch = opened.reader().rows(positions, columns);
            int i = 0;
            for (int row : wanted.values()) {
              before[row] = new RowChange.Place(batch, i++);
            }
          } finally {
            opened.release();
          }
        });
    return before;
  }

  @Override
  public void close() {
    end();
  }
}
