package io.proximadb.vector.internal.panama;

import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.VectorKernels;
import java.util.Objects;

/** SIMD kernels over arrays; rows in buffers are copied to the heap in blocks first. */
class PanamaKernels implements VectorKernels {
  private final CodeKernels codes =
      ArrayLoops.SPECIES.vectorBitSize() >= PanamaCodeKernels.MIN_BITS
          ? new PanamaCodeKernels()
          : CodeKernels.scalar();

  @Override
  public CodeKernels codes() {
    return codes;
  }

  @Override
  public String name() {
    return "simd-" + ArrayLoops.SPECIES.vectorBitSize() + "-copy";
  }

  @Override
  public float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
    checkPair(a, aOffset, b, bOffset, length);
    return ArrayLoops.dot(a, aOffset, b, bOffset, length);
  }

  @Override
  public float squaredL2(float[] a, int aOffset, float[] b, int bOffset, int length) {
    checkPair(a, aOffset, b, bOffset, length);
    return ArrayLoops.squaredL2(a, aOffset, b, bOffset, length);
  }

  @Override
  public float l1(float[] a, int aOffset, float[] b, int bOffset, int length) {
    checkPair(a, aOffset, b, bOffset, length);
    return ArrayLoops.l1(a, aOffset, b, bOffset, length);
  }

  @Override
  public float sum(float[] values, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, values.length);
    return ArrayLoops.sum(values, offset, length);
  }

  @Override
  public void dotRows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    checkRows(query, rows, rowsOffset, count, scores, scoresOffset);
    int dimension = query.length;
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] =
          ArrayLoops.dot(query, 0, rows, rowsOffset + row * dimension, dimension);
    }
  }

  @Override
  public void squaredL2Rows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    checkRows(query, rows, rowsOffset, count, scores, scoresOffset);
    int dimension = query.length;
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] =
          ArrayLoops.squaredL2(query, 0, rows, rowsOffset + row * dimension, dimension);
    }
  }

  @Override
  public void l1Rows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    checkRows(query, rows, rowsOffset, count, scores, scoresOffset);
    int dimension = query.length;
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] =
          ArrayLoops.l1(query, 0, rows, rowsOffset + row * dimension, dimension);
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
    checkRows(query, rows, rowsOffset, count, dots, scoresOffset);
    Objects.checkFromIndexSize(scoresOffset, count, squaredNorms.length);
    int dimension = query.length;
    for (int row = 0; row < count; row++) {
      ArrayLoops.dotAndSquaredNorm(
          query, rows, rowsOffset + row * dimension, dots, squaredNorms, scoresOffset + row);
    }
  }

  private static void checkPair(float[] a, int aOffset, float[] b, int bOffset, int length) {
    Objects.checkFromIndexSize(aOffset, length, a.length);
    Objects.checkFromIndexSize(bOffset, length, b.length);
  }

  private static void checkRows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    Objects.checkFromIndexSize(rowsOffset, (long) count * query.length, (long) rows.length);
    Objects.checkFromIndexSize(scoresOffset, count, scores.length);
  }
}
