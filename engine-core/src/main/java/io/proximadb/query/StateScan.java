package io.proximadb.query;

import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.error.UnavailableException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.memtable.Memtable;
import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.Row;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import org.apache.iceberg.io.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/** A scan over a pinned state: unflushed rows first, then file by file. */
public final class StateScan implements ScanResult {
  private final Pin pin;
  private final RowColumns rowColumns;
  private final BoundFilter filter;
  private final List<String> columns;
  private final int batchRows;
  private final int part;
  private final int parts;
  private final Iterator<Row> unflushed;
  private final Iterator<SegmentView> segments;
  private @Nullable CloseableIterator<ColumnBatch> current;

  /** Starts a scan, which takes the pin over and closes it at its own end. */
  public StateScan(Pin pin, RowColumns rowColumns, BoundFilter filter, ScanRequest request) {
    this.pin = pin;
    this.rowColumns = rowColumns;
    this.filter = filter;
    List<String> asked = request.columns();
    this.columns = asked == null ? rowColumns.allOfRecord() : rowColumns.check(asked);
    this.batchRows = request.batchRows();
    this.part = request.part();
    this.parts = request.parts();
    this.unflushed =
        part == 0 ? UnflushedRows.byId(pin, rowColumns, filter) : Collections.<Row>emptyIterator();
    this.segments = pin.state().segments().iterator();
  }

  @Override
  public OptionalLong snapshotId() {
    return pin.state().snapshotId();
  }

  @Override
  public long sequence() {
    return pin.sequence();
  }

  @Override
  public boolean hasNext() {
    if (unflushed.hasNext()) {
      return true;
    }
    while (current == null || !current.hasNext()) {
      closeCurrent();
      if (!segments.hasNext()) {
        return false;
      }
      current = open(segments.next());
    }
    return true;
  }

  private CloseableIterator<ColumnBatch> open(SegmentView segment) {
    RoaringBitmap positions = SegmentRows.matching(pin, segment, filter);
    if (parts > 1) {
      long rows = segment.handle().reader().rowCount();
      RoaringBitmap range =
          RoaringBitmap.bitmapOfRange(rows * part / parts, rows * (part + 1) / parts);
      // The other rows are other parts': nobody is to read them here.
      return SegmentRows.fetch(
          segment.handle().reader(), RoaringBitmap.and(positions, range), columns, batchRows);
    }
    return SegmentRows.read(segment.handle().reader(), positions, columns, batchRows);
  }

  @Override
  public ColumnBatch next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (unflushed.hasNext()) {
      List<Row> rows = new ArrayList<>();
      while (rows.size() < batchRows && unflushed.hasNext()) {
        rows.add(unflushed.next());
      }
      return rowColumns.batch(rows, columns);
    }
    CloseableIterator<ColumnBatch> batches = current;
    assert batches != null;
    return batches.next();
  }

  private void closeCurrent() {
    CloseableIterator<ColumnBatch> open = current;
    current = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        throw new UnavailableException("Cannot close a scan of a data file", e);
      }
    }
  }

  @Override
  public void close() {
    try (pin) {
      closeCurrent();
    }
  }

  /** The live unflushed rows of a pinned state that pass a filter. */
  static final class UnflushedRows implements Iterator<Row> {
    private final Pin pin;
    private final RowColumns rowColumns;
    private final BoundFilter filter;
    private final boolean ordered;
    private final List<Memtable> memtables;
    private int memtable;
    private Iterator<MemtableEntry> entries;
    private @Nullable Row next;

    private UnflushedRows(Pin pin, RowColumns rowColumns, BoundFilter filter, boolean ordered) {
      this.pin = pin;
      this.ordered = ordered;
      this.rowColumns = rowColumns;
      this.filter = filter;
      this.memtables = pin.state().memtables();
      this.entries = entries(memtables.get(0));
      advance();
    }

    static Iterator<Row> inAnyOrder(Pin pin, RowColumns rowColumns, BoundFilter filter) {
      return new UnflushedRows(pin, rowColumns, filter, false);
    }

    /** Those of each memtable in the order of ids, so that equal scans give equal answers. */
    static Iterator<Row> byId(Pin pin, RowColumns rowColumns, BoundFilter filter) {
      return new UnflushedRows(pin, rowColumns, filter, true);
    }

    private Iterator<MemtableEntry> entries(Memtable rows) {
      return (ordered ? rows.newestById(pin.sequence()) : rows.newest(pin.sequence())).iterator();
    }

    private void advance() {
      next = null;
      while (next == null) {
        if (!entries.hasNext()) {
          if (++memtable >= memtables.size()) {
            return;
          }
          entries = entries(memtables.get(memtable));
          continue;
        }
        MemtableEntry entry = entries.next();
        Row row = entry.row();
        if (row != null
            && entry.isLiveAt(pin.readMicros())
            && !isReplaced(entry)
            && filter.matches(column -> rowColumns.value(row, column))) {
          next = row;
        }
      }
    }

    /** True if a newer memtable has the record too. */
    private boolean isReplaced(MemtableEntry entry) {
      for (int newer = 0; newer < memtable; newer++) {
        if (memtables.get(newer).get(entry.id(), pin.sequence()) != null) {
          return true;
        }
      }
      return false;
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public Row next() {
      Row row = next;
      if (row == null) {
        throw new NoSuchElementException();
      }
      advance();
      return row;
    }
  }
}
