package io.proximadb.storage.lsm;

import io.proximadb.error.ClosedException;
import io.proximadb.io.FileBytes;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.TableContext;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.iceberg.io.CloseableIterator;

/** All rows of a file in order; keeps the file mapped until it is closed itself. */
final class RunScan implements CloseableIterator<ColumnBatch> {
  private final TableContext table;
  private final RunReader run;
  private final List<String> columns;
  private final int batchRows;
  private int next;
  private boolean closed;

  RunScan(TableContext table, RunReader run, List<String> columns, int batchRows) {
    FileBytes file = run.file();
    if (!file.tryAcquire()) {
      throw new ClosedException("Cannot scan file " + file.location() + ": it is closed");
    }
    this.table = table;
    this.run = run;
    this.columns = List.copyOf(columns);
    this.batchRows = batchRows;
  }

  @Override
  public boolean hasNext() {
    return next < run.header().rowCount();
  }

  @Override
  public ColumnBatch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("No rows after " + run.header().rowCount());
    }
    if (closed) {
      throw new ClosedException(
          "Cannot scan file " + run.file().location() + ": the scan is closed");
    }
    int end = (int) Math.min(run.header().rowCount(), (long) next + batchRows);
    RowDecoder decoder = new RowDecoder(table, run, columns, end - next);
    int block = run.header().blockOf(next);
    while (next < end) {
      RunBlock rows = run.blockAndAhead(block++);
      int to = Math.min(end - rows.firstRow(), rows.rows());
      for (int row = next - rows.firstRow(); row < to; row++) {
        decoder.add(rows, row);
      }
      next = rows.firstRow() + to;
    }
    return decoder.build();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      run.file().release();
    }
  }
}
