package io.proximadb.query;

import io.proximadb.catalog.LiveFile;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.LongColumn;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.apache.iceberg.io.CloseableIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Reading one data file of a snapshot, in any process that reaches the storage.
 *
 * @param file the file and its deletes
 * @param filter which rows
 * @param columns which columns, in this order; may be empty when only rows are counted
 * @param readTimestampMicros rows that expire at or before it are gone; the same for all tasks of a
 *     job
 */
public record ScanTask(LiveFile file, Filter filter, List<String> columns, long readTimestampMicros)
    implements Serializable {
  public ScanTask {
    columns = List.copyOf(columns);
  }

  /** Positions of the rows that the task returns. */
  public RoaringBitmap positions(TableContext table, SegmentReader reader) {
    RoaringBitmap deleted = file.deletedPositions(table);
    deleted.or(reader.rowsWithoutId());
    Map<String, Column> decoded = new HashMap<>();
    LongColumn expiry = (LongColumn) reader.column(SystemColumns.EXPIRES_AT);
    decoded.put(SystemColumns.EXPIRES_AT, expiry);
    IntPredicate live =
        position ->
            !deleted.contains(position)
                && (expiry.isNull(position) || expiry.values()[position] > readTimestampMicros);
    return SegmentRows.matching(
        reader.rowCount(),
        BoundFilter.bind(filter, table.schema()),
        name -> decoded.computeIfAbsent(name, reader::column),
        live);
  }

  /** Reads these rows of the file, in the order of their positions. */
  public CloseableIterator<ColumnBatch> read(
      SegmentReader reader, RoaringBitmap positions, int batchRows) {
    return SegmentRows.read(reader, positions, columns, batchRows);
  }

  /** Opens the file; only live, unexpired rows for which the filter is true come out. */
  public CloseableIterator<ColumnBatch> open(TableContext table, int batchRows) {
    SegmentReader reader = Segments.open(table, file.dataFile());
    try {
      CloseableIterator<ColumnBatch> rows =
          SegmentRows.read(reader, positions(table, reader), columns, batchRows);
      return new ClosingBoth(rows, reader);
    } catch (RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  private record ClosingBoth(CloseableIterator<ColumnBatch> rows, SegmentReader reader)
      implements CloseableIterator<ColumnBatch> {
    @Override
    public boolean hasNext() {
      return rows.hasNext();
    }

    @Override
    public ColumnBatch next() {
      return rows.next();
    }

    @Override
    public void close() throws IOException {
      try (reader) {
        rows.close();
      }
    }
  }
}
