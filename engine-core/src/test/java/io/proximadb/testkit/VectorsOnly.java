package io.proximadb.testkit;

import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.VectorRows;
import java.util.List;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.io.CloseableIterator;
import org.roaringbitmap.RoaringBitmap;

/** A segment that has vectors and nothing else, for what looks at nothing else. */
public final class VectorsOnly implements SegmentReader {
  private final VectorRows rows;

  public VectorsOnly(VectorRows rows) {
    this.rows = rows;
  }

  private static UnsupportedOperationException nothingElse() {
    return new UnsupportedOperationException("This segment has vectors only");
  }

  @Override
  public DataFile dataFile() {
    throw nothingElse();
  }

  @Override
  public int rowCount() {
    return rows.rowCount();
  }

  @Override
  public String id(int position) {
    throw nothingElse();
  }

  @Override
  public int find(String id) {
    throw nothingElse();
  }

  @Override
  public RoaringBitmap findAll(IdSet ids) {
    throw nothingElse();
  }

  @Override
  public IdSet ids() {
    throw nothingElse();
  }

  @Override
  public Column column(String name) {
    throw nothingElse();
  }

  @Override
  public ColumnBatch rows(int[] positions, List<String> columns) {
    throw nothingElse();
  }

  @Override
  public CloseableIterator<ColumnBatch> scan(List<String> columns, int batchRows) {
    throw nothingElse();
  }

  @Override
  public VectorRows vectors(String field) {
    return rows;
  }

  @Override
  public void close() {}
}
