package io.proximadb.maintenance;

import io.proximadb.model.CollectionSchema;
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

/**
 * A file of another engine as an index of its vectors is built of it: rows without a usable vector
 * have that of the next row that has one, of the last such row behind it. No search asks for such
 * rows, and an index of all others has them as it has deleted ones: copies that are as spread as
 * the rows themselves, where one vector for all of them would be a clump.
 */
final class UsableVectors implements SegmentReader {
  private final SegmentReader file;
  private final String field;
  private final RoaringBitmap without;

  private UsableVectors(SegmentReader file, String field, RoaringBitmap without) {
    this.file = file;
    this.field = field;
    this.without = without;
  }

  /**
   * A file for the build of an index.
   *
   * @param field that the index is of
   * @return the file itself if all its rows can be indexed, or none can
   */
  static SegmentReader of(SegmentReader file, String field, CollectionSchema schema) {
    if (schema.vectorField(field).isEmpty() || !file.hasVectors(field)) {
      return file;
    }
    RoaringBitmap without = file.rowsWithoutVector(field);
    return without.isEmpty() || without.getLongCardinality() == file.rowCount()
        ? file
        : new UsableVectors(file, field, without);
  }

  @Override
  public RoaringBitmap rowsWithoutVector(String name) {
    return name.equals(field) ? new RoaringBitmap() : file.rowsWithoutVector(name);
  }

  @Override
  public VectorRows vectors(String name) {
    VectorRows rows = file.vectors(name);
    return name.equals(field) ? new Filled(rows, without) : rows;
  }

  /** Vectors with copies where there are none. */
  private record Filled(VectorRows rows, RoaringBitmap without) implements VectorRows {
    /** The row whose vector stands for that of a row. */
    private int source(int row) {
      if (!without.contains(row)) {
        return row;
      }
      long next = without.nextAbsentValue(row);
      return next < rows.rowCount() ? (int) next : (int) without.previousAbsentValue(row);
    }

    @Override
    public int dimension() {
      return rows.dimension();
    }

    @Override
    public int rowCount() {
      return rows.rowCount();
    }

    @Override
    public void copy(int firstRow, int count, float[] target, int targetOffset) {
      rows.copy(firstRow, count, target, targetOffset);
      long end = (long) firstRow + count;
      for (long row = without.nextValue(firstRow);
          row >= 0 && row < end;
          row = without.nextValue((int) row + 1)) {
        int offset = targetOffset + ((int) row - firstRow) * dimension();
        rows.copy(source((int) row), 1, target, offset);
      }
    }

    @Override
    public int blockCount() {
      return rows.blockCount();
    }

    @Override
    public int firstRow(int block) {
      return rows.firstRow(block);
    }

    @Override
    public ByteBuffer block(int block) {
      int first = rows.firstRow(block);
      int end = rows.firstRow(block + 1);
      long row = without.nextValue(first);
      if (row < 0 || row >= end) {
        return rows.block(block);
      }
      ByteBuffer given = rows.block(block);
      ByteBuffer filled = ByteBuffer.allocate(given.remaining()).order(ByteOrder.LITTLE_ENDIAN);
      filled.put(given).flip();
      float[] vector = new float[dimension()];
      for (; row >= 0 && row < end; row = without.nextValue((int) row + 1)) {
        rows.copy(source((int) row), 1, vector, 0);
        filled.asFloatBuffer().put(((int) row - first) * dimension(), vector);
      }
      return filled;
    }

    @Override
    public void prefetch(int[] firstRows, int[] endRows) {
      rows.prefetch(firstRows, endRows);
    }
  }

  @Override
  public DataFile dataFile() {
    return file.dataFile();
  }

  @Override
  public int rowCount() {
    return file.rowCount();
  }

  @Override
  public String id(int position) {
    return file.id(position);
  }

  @Override
  public int find(String id) {
    return file.find(id);
  }

  @Override
  public RoaringBitmap findAll(IdSet ids) {
    return file.findAll(ids);
  }

  @Override
  public IdSet ids() {
    return file.ids();
  }

  @Override
  public Column column(String name) {
    return file.column(name);
  }

  @Override
  public ColumnBatch rows(int[] positions, List<String> columns) {
    return file.rows(positions, columns);
  }

  @Override
  public CloseableIterator<ColumnBatch> scan(List<String> columns, int batchRows) {
    return file.scan(columns, batchRows);
  }

  @Override
  public boolean hasVectors(String name) {
    return file.hasVectors(name);
  }

  @Override
  public void close() {
    file.close();
  }
}
