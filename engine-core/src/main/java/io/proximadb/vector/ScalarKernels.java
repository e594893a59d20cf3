package io.proximadb.vector;

import java.util.Objects;

/**
 * The readable specification of the kernels, and the fallback where SIMD is off. Sums in double and
 * rounds once, so it is also the most exact.
 */
final class ScalarKernels implements VectorKernels {
  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public CodeKernels codes() {
    return CodeKernels.scalar();
  }

  @Override
  public float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += (double) a[aOffset + i] * b[bOffset + i];
    }
    return (float) sum;
  }

  @Override
  public float squaredL2(float[] a, int aOffset, float[] b, int bOffset, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      double difference = (double) a[aOffset + i] - b[bOffset + i];
      sum += difference * difference;
    }
    return (float) sum;
  }

  @Override
  public float l1(float[] a, int aOffset, float[] b, int bOffset, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += Math.abs((double) a[aOffset + i] - b[bOffset + i]);
    }
    return (float) sum;
  }

  @Override
  public float sum(float[] values, int offset, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += values[offset + i];
    }
    return (float) sum;
  }

  @Override
  public void dotRows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    Objects.checkFromIndexSize(rowsOffset, (long) count * query.length, (long) rows.length);
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] =
          dot(query, 0, rows, rowsOffset + row * query.length, query.length);
    }
  }

  @Override
  public void squaredL2Rows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    Objects.checkFromIndexSize(rowsOffset, (long) count * query.length, (long) rows.length);
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] =
          squaredL2(query, 0, rows, rowsOffset + row * query.length, query.length);
    }
  }

  @Override
  public void l1Rows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    Objects.checkFromIndexSize(rowsOffset, (long) count * query.length, (long) rows.length);
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] =
          l1(query, 0, rows, rowsOffset + row * query.length, query.length);
    }
  }

  @Override
  public void dotAndSquaredNormRows(
      float[] query,
      float[] rows,
      int rowsOffset,
      int count,
      float[] dots,
      float[] squaredNorms,
      int scoresOffset) {
    Objects.checkFromIndexSize(rowsOffset, (long) count * query.length, (long) rows.length);
    for (int row = 0; row < count; row++) {
      int offset = rowsOffset + row * query.length;
      dots[scoresOffset + row] = dot(query, 0, rows, offset, query.length);
      squaredNorms[scoresOffset + row] = dot(rows, offset, rows, offset, query.length);
    }
  }
}
