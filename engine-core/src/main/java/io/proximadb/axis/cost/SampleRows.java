package io.proximadb.axis.cost;

import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.VectorRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.io.CloseableIterator;
import org.roaringbitmap.RoaringBitmap;

/** Vectors in memory as a file that has nothing but them, for an index to be built of. */
final class SampleRows implements SegmentReader, VectorRows {
  private final int dimension;
  private final int count;
  private final ByteBuffer bytes;

  SampleRows(List<float[]> vectors, int dimension) {
    this.dimension = dimension;
    this.count = vectors.size();
    // Outside the heap, as those of files are, so that kernels read them where they lie.
    this.bytes =
        ByteBuffer.allocateDirect(count * dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < count; row++) {
      bytes.asFloatBuffer().put(row * dimension, vectors.get(row));
    }
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public int rowCount() {
    return count;
  }

  @Override
  public void copy(int firstRow, int rows, float[] target, int targetOffset) {
    bytes.asFloatBuffer().get(firstRow * dimension, target, targetOffset, rows * dimension);
  }

  @Override
  public int blockCount() {
    return 1;
  }

  @Override
  public int firstRow(int block) {
    return block == 0 ? 0 : count;
  }

  @Override
  public ByteBuffer block(int block) {
    return bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public boolean isMapped() {
    return true;
  }

  @Override
  public VectorRows vectors(String field) {
    return this;
  }

  private static UnsupportedOperationException onlyVectors() {
    return new UnsupportedOperationException("a sample has vectors only");
  }

  @Override
  public DataFile dataFile() {
    throw onlyVectors();
  }

  @Override
  public String id(int position) {
    throw onlyVectors();
  }

  @Override
  public int find(String id) {
    throw onlyVectors();
  }

  @Override
  public RoaringBitmap findAll(IdSet ids) {
    throw onlyVectors();
  }

  @Override
  public IdSet ids() {
    throw onlyVectors();
  }

  @Override
  public Column column(String name) {
    throw onlyVectors();
  }

  @Override
  public ColumnBatch rows(int[] positions, List<String> columns) {
    throw onlyVectors();
  }

  @Override
  public CloseableIterator<ColumnBatch> scan(List<String> columns, int batchRows) {
    throw onlyVectors();
  }

  @Override
  public void close() {
    // Memory of the process.
  }
}
