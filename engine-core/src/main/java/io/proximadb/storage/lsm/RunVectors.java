package io.proximadb.storage.lsm;

import io.proximadb.storage.VectorRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Vectors between the other fields of their records. A row is found by arithmetic and copied. A run
 * is a block of the file, put together on the heap each time it is asked for: whoever scans pays a
 * copy of some 32 KiB for each, which the kernel that follows finds in the cache, and whoever wants
 * single rows should copy them.
 */
final class RunVectors implements VectorRows {
  private final RunReader run;
  private final int dimension;
  private final int fromEnd;

  /** A field by its place among the vector fields of the file. */
  RunVectors(RunReader run, int vector) {
    this.run = run;
    this.dimension = run.header().dimensions()[vector];
    this.fromEnd = run.fromEnd(vector);
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public int rowCount() {
    return run.header().rowCount();
  }

  @Override
  public int blockCount() {
    return run.header().blockCount();
  }

  @Override
  public int firstRow(int block) {
    return run.header().firstRows()[block];
  }

  @Override
  public ByteBuffer block(int block) {
    run.file().checkOpen();
    RunBlock rows = run.blockAndAhead(block);
    int bytes = dimension * Float.BYTES;
    byte[] vectors = new byte[Math.multiplyExact(rows.rows(), bytes)];
    for (int row = 0; row < rows.rows(); row++) {
      rows.bytes().get(rows.fromEnd(row, fromEnd), vectors, row * bytes, bytes);
    }
    return ByteBuffer.wrap(vectors).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void copy(int firstRow, int rows, float[] target, int targetOffset) {
    Objects.checkFromIndexSize(firstRow, rows, rowCount());
    run.file().checkOpen();
    int row = firstRow;
    int at = targetOffset;
    int block = rows == 0 ? 0 : run.header().blockOf(firstRow);
    while (row < firstRow + rows) {
      RunBlock source = run.block(block++);
      int end = Math.min(firstRow + rows, source.firstRow() + source.rows());
      for (; row < end; row++) {
        source
            .bytes()
            .slice(source.fromEnd(row - source.firstRow(), fromEnd), dimension * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(target, at, dimension);
        at += dimension;
      }
    }
  }
}
