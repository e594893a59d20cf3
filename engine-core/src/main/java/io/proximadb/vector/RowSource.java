package io.proximadb.vector;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Where rows lie; offsets are in floats for arrays and in bytes for buffers. */
sealed interface RowSource {
  int unitsPerFloat();

  float[] copy(int offset, int dimension);

  void dot(VectorKernels kernels, float[] query, int offset, int count, float[] dots);

  void squaredL2(VectorKernels kernels, float[] query, int offset, int count, float[] squares);

  void l1(VectorKernels kernels, float[] query, int offset, int count, float[] sums);

  void dotAndSquaredNorm(
      VectorKernels kernels,
      float[] query,
      int offset,
      int count,
      float[] dots,
      float[] squaredNorms);

  @SuppressWarnings("ArrayRecordComponent")
  record InArray(float[] rows) implements RowSource {
    @Override
    public int unitsPerFloat() {
      return 1;
    }

    @Override
    public float[] copy(int offset, int dimension) {
      float[] row = new float[dimension];
      System.arraycopy(rows, offset, row, 0, dimension);
      return row;
    }

    @Override
    public void dot(VectorKernels kernels, float[] query, int offset, int count, float[] dots) {
      kernels.dotRows(query, rows, offset, count, dots, 0);
    }

    @Override
    public void squaredL2(
        VectorKernels kernels, float[] query, int offset, int count, float[] squares) {
      kernels.squaredL2Rows(query, rows, offset, count, squares, 0);
    }

    @Override
    public void l1(VectorKernels kernels, float[] query, int offset, int count, float[] sums) {
      kernels.l1Rows(query, rows, offset, count, sums, 0);
    }

    @Override
    public void dotAndSquaredNorm(
        VectorKernels kernels,
        float[] query,
        int offset,
        int count,
        float[] dots,
        float[] squaredNorms) {
      kernels.dotAndSquaredNormRows(query, rows, offset, count, dots, squaredNorms, 0);
    }
  }

  record InBuffer(ByteBuffer rows) implements RowSource {
    @Override
    public int unitsPerFloat() {
      return Float.BYTES;
    }

    @Override
    public float[] copy(int offset, int dimension) {
      float[] row = new float[dimension];
      rows.slice(offset, dimension * Float.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(row);
      return row;
    }

    @Override
    public void dot(VectorKernels kernels, float[] query, int offset, int count, float[] dots) {
      kernels.dotRows(query, rows, offset, count, dots, 0);
    }

    @Override
    public void squaredL2(
        VectorKernels kernels, float[] query, int offset, int count, float[] squares) {
      kernels.squaredL2Rows(query, rows, offset, count, squares, 0);
    }

    @Override
    public void l1(VectorKernels kernels, float[] query, int offset, int count, float[] sums) {
      kernels.l1Rows(query, rows, offset, count, sums, 0);
    }

    @Override
    public void dotAndSquaredNorm(
        VectorKernels kernels,
        float[] query,
        int offset,
        int count,
        float[] dots,
        float[] squaredNorms) {
      kernels.dotAndSquaredNormRows(query, rows, offset, count, dots, squaredNorms, 0);
    }
  }
}
