package io.proximadb.query;

import io.proximadb.catalog.LiveFile;
import io.proximadb.filter.Filter;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.TableContext;
import java.io.Serializable;
import java.util.List;
import org.apache.iceberg.io.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Rows of one data file that a commit added or took away. Whether they have expired makes no
 * difference to a commit: a row that expires goes with the one that sweeps it.
 *
 * @param commit which commit
 * @param kind what it did
 * @param file the file with the deletes of rows that are not among them
 * @param within the same file with the deletes that tell which rows they are; null for all rows
 * @param whole true if the rows are those of a whole snapshot, without what had expired at its time
 */
public record ChangeTask(
    Commit commit, Kind kind, LiveFile file, @Nullable LiveFile within, boolean whole)
    implements Serializable {
  /** What becomes of a row. A row that is replaced is deleted, and inserted anew. */
  public enum Kind {
    INSERT,
    DELETE
  }

  /**
   * A commit.
   *
   * @param snapshotId of the snapshot that it made
   * @param sequence grows from commit to commit of a table
   * @param micros when it was made, microseconds since 1970
   */
  public record Commit(long snapshotId, long sequence, long micros) implements Serializable {}

  /** How many rows at most, to plan by. */
  public long rowsAtMost() {
    long deleted = file.deletes().stream().mapToLong(delete -> delete.recordCount()).sum();
    return within == null
        ? Math.max(0, file.dataFile().recordCount() - deleted)
        : within.deletes().stream().mapToLong(delete -> delete.recordCount()).sum();
  }

  /** Positions of the rows. */
  public RoaringBitmap positions(TableContext table, SegmentReader reader) {
    if (whole) {
      return new ScanTask(file, Filter.alwaysTrue(), List.of(), commit.micros())
          .positions(table, reader);
    }
    RoaringBitmap rows =
        within == null
            ? RoaringBitmap.bitmapOfRange(0, reader.rowCount())
            : within.deletedPositions(table);
    rows.andNot(file.deletedPositions(table));
    rows.andNot(reader.rowsWithoutId());
    return rows;
  }

  /** Reads rows of the file in the order of their positions. */
  public CloseableIterator<ColumnBatch> read(
      SegmentReader reader, RoaringBitmap positions, List<String> columns, int batchRows) {
    return new ScanTask(file, Filter.alwaysTrue(), columns, 0).read(reader, positions, batchRows);
  }
}
