package io.proximadb.testkit;

import io.proximadb.storage.VectorRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Rows in direct memory, in several runs. */
public final class DirectRows implements VectorRows {
  private static final int BLOCK_ROWS = 700;

  private final float[] vectors;
  private final int dimension;
  private final ByteBuffer bytes;

  public DirectRows(float[] vectors, int dimension) {
    this.vectors = vectors;
    this.dimension = dimension;
    this.bytes = ByteBuffer.allocateDirect(vectors.length * Float.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(vectors);
  }

  public float[] vectors() {
    return vectors;
  }

  public float[] row(int row) {
    return Arrays.copyOfRange(vectors, row * dimension, (row + 1) * dimension);
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public int rowCount() {
    return vectors.length / dimension;
  }

  @Override
  public void copy(int firstRow, int rows, float[] target, int targetOffset) {
    System.arraycopy(vectors, firstRow * dimension, target, targetOffset, rows * dimension);
  }

  @Override
  public int blockCount() {
    return (rowCount() + BLOCK_ROWS - 1) / BLOCK_ROWS;
  }

  @Override
  public int firstRow(int block) {
    return Math.min(rowCount(), block * BLOCK_ROWS);
  }

  @Override
  public boolean isMapped() {
    return true;
  }

  @Override
  public ByteBuffer block(int block) {
    int from = firstRow(block) * dimension * Float.BYTES;
    return bytes.slice(from, firstRow(block + 1) * dimension * Float.BYTES - from);
  }
}
