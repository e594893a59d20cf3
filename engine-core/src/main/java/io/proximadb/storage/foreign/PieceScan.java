package io.proximadb.storage.foreign;

import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.records.RecordFile;
import java.util.NoSuchElementException;
import org.apache.iceberg.io.CloseableIterator;

/** All rows of a file in order, in batches that end where pieces end. */
final class PieceScan implements CloseableIterator<ColumnBatch> {
  /** Reads rows of a piece, counted from its first. */
  interface Read {
    ColumnBatch batch(int piece, int[] rows);
  }

  private final RecordFile file;
  private final int batchRows;
  private final Read read;
  private int piece;
  private int next;

  PieceScan(RecordFile file, int batchRows, Read read) {
    this.file = file;
    this.batchRows = batchRows;
    this.read = read;
  }

  @Override
  public boolean hasNext() {
    return next < file.firstRow(file.pieceCount());
  }

  @Override
  public ColumnBatch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("No rows after " + next);
    }
    while (next >= file.firstRow(piece + 1)) {
      piece++;
    }
    int end = (int) Math.min(file.firstRow(piece + 1), (long) next + batchRows);
    int first = file.firstRow(piece);
    ColumnBatch batch = read.batch(piece, Pieces.range(next - first, end - first));
    next = end;
    return batch;
  }

  @Override
  public void close() {}
}
