package io.proximadb.storage.viper;

import io.proximadb.error.ClosedException;
import io.proximadb.io.FileBytes;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.iceberg.io.CloseableIterator;

/** All rows of a file in order; keeps the file mapped until it is closed itself. */
final class BatchScan implements CloseableIterator<ColumnBatch> {
  private final FileBytes file;
  private final int rowCount;
  private final Map<String, ColumnAccess> columns;
  private final int batchRows;
  private int next;
  private boolean closed;

  BatchScan(FileBytes file, int rowCount, Map<String, ColumnAccess> columns, int batchRows) {
    if (!file.tryAcquire()) {
      throw new ClosedException("Cannot scan file " + file.location() + ": it is closed");
    }
    this.file = file;
    this.rowCount = rowCount;
    this.columns = columns;
    this.batchRows = batchRows;
  }

  @Override
  public boolean hasNext() {
    return next < rowCount;
  }

  @Override
  public ColumnBatch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("No rows after " + rowCount);
    }
    if (closed) {
      throw new ClosedException("Cannot scan file " + file.location() + ": the scan is closed");
    }
    int end = (int) Math.min(rowCount, (long) next + batchRows);
    Map<String, Column> read = new LinkedHashMap<>();
    for (Map.Entry<String, ColumnAccess> column : columns.entrySet()) {
      read.put(column.getKey(), column.getValue().range(next, end));
    }
    ColumnBatch batch = new ColumnBatch(end - next, read);
    next = end;
    return batch;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      file.release();
    }
  }
}
