package io.proximadb.query;

import io.proximadb.filter.BoundFilter;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentHandle;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.SegmentReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.apache.iceberg.io.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.BitSetUtil;
import org.roaringbitmap.RoaringBitmap;

/** Which rows of a segment a read wants, and reading just those. */
final class SegmentRows {
  /**
   * Below this share of wanted rows they are fetched page by page instead of scanned past: a page
   * of metadata holds a thousand rows, so one wanted row in a hundred touches most pages anyway.
   */
  private static final int FETCH_SHARE = 256;

  private SegmentRows() {}

  /** Positions of the live rows for which the filter is true, by indexes where there are any. */
  static RoaringBitmap matching(Pin pin, SegmentView segment, BoundFilter filter) {
    SegmentHandle handle = segment.handle();
    int rowCount = handle.reader().rowCount();
    RoaringBitmap matching;
    if (filter.isAlwaysTrue()) {
      matching = RoaringBitmap.bitmapOfRange(0, rowCount);
    } else if (pin.state().indexes().isEmpty()) {
      Map<String, Column> needed = new LinkedHashMap<>();
      filter.columns().forEach(name -> needed.put(name, handle.column(name)));
      matching = BitSetUtil.bitmapOf(filter.select(new ColumnBatch(rowCount, needed)));
    } else {
      matching = filter.select(rowCount, new AttributeIndexes(pin.state(), handle), handle::column);
    }
    segment.keepLive(matching, pin.sequence(), pin.readMicros());
    return matching;
  }

  /** Positions of the live rows for which the filter is true. */
  static RoaringBitmap matching(
      int rowCount, BoundFilter filter, Function<String, Column> columns, IntPredicate live) {
    RoaringBitmap matching = new RoaringBitmap();
    if (filter.isAlwaysTrue()) {
      for (int position = 0; position < rowCount; position++) {
        if (live.test(position)) {
          matching.add(position);
        }
      }
      return matching;
    }
    Map<String, Column> needed = new LinkedHashMap<>();
    filter.columns().forEach(name -> needed.put(name, columns.apply(name)));
    BitSet selected = filter.select(new ColumnBatch(rowCount, needed));
    for (int row = selected.nextSetBit(0); row >= 0; row = selected.nextSetBit(row + 1)) {
      if (live.test(row)) {
        matching.add(row);
      }
    }
    return matching;
  }

  /** Reads the rows at these positions in batches of at most that many. */
  static CloseableIterator<ColumnBatch> read(
      SegmentReader reader, RoaringBitmap positions, List<String> columns, int batchRows) {
    long wanted = positions.getLongCardinality();
    if (wanted == reader.rowCount()) {
      return reader.scan(columns, batchRows);
    }
    if (wanted * FETCH_SHARE < reader.rowCount()) {
      return new Fetch(reader, positions.toArray(), columns, batchRows);
    }
    return new Select(reader.scan(columns, batchRows), positions);
  }

  /** Reads the rows at these positions, and nothing between them. */
  static CloseableIterator<ColumnBatch> fetch(
      SegmentReader reader, RoaringBitmap positions, List<String> columns, int batchRows) {
    return new Fetch(reader, positions.toArray(), columns, batchRows);
  }

  private static final class Fetch implements CloseableIterator<ColumnBatch> {
    private final SegmentReader reader;
    private final int[] positions;
    private final List<String> columns;
    private final int batchRows;
    private int next;

    Fetch(SegmentReader reader, int[] positions, List<String> columns, int batchRows) {
      this.reader = reader;
      this.positions = positions;
      this.columns = columns;
      this.batchRows = batchRows;
    }

    @Override
    public boolean hasNext() {
      return next < positions.length;
    }

    @Override
    public ColumnBatch next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      int end = Math.min(positions.length, next + batchRows);
      ColumnBatch batch = reader.rows(Arrays.copyOfRange(positions, next, end), columns);
      next = end;
      return batch;
    }

    @Override
    public void close() {}
  }

  private static final class Select implements CloseableIterator<ColumnBatch> {
    private final CloseableIterator<ColumnBatch> all;
    private final RoaringBitmap positions;
    private int firstRow;
    private @Nullable ColumnBatch next;

    Select(CloseableIterator<ColumnBatch> all, RoaringBitmap positions) {
      this.all = all;
      this.positions = positions;
    }

    @Override
    public boolean hasNext() {
      while (next == null && all.hasNext()) {
        ColumnBatch batch = all.next();
        int[] rows = new int[batch.rowCount()];
        int count = 0;
        for (int row = 0; row < batch.rowCount(); row++) {
          if (positions.contains(firstRow + row)) {
            rows[count++] = row;
          }
        }
        firstRow += batch.rowCount();
        if (count == batch.rowCount()) {
          next = batch;
        } else if (count > 0) {
          next = batch.select(Arrays.copyOf(rows, count));
        }
      }
      return next != null;
    }

    @Override
    public ColumnBatch next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      ColumnBatch batch = next;
      next = null;
      assert batch != null;
      return batch;
    }

    @Override
    public void close() {
      try {
        all.close();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot close a scan", e);
      }
    }
  }
}
