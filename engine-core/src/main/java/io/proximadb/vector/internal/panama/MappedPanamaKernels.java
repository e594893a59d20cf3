package io.proximadb.vector.internal.panama;

import java.nio.ByteBuffer;
import java.util.Objects;

/** SIMD kernels that read direct and mapped buffers where they lie; heap buffers are copied. */
final class MappedPanamaKernels extends PanamaKernels {
  @Override
  public String name() {
    return "simd-" + ArrayLoops.SPECIES.vectorBitSize();
  }

  @Override
  public float sum(ByteBuffer values, int byteOffset, int length) {
    if (!values.isDirect()) {
      return super.sum(values, byteOffset, length);
    }
    Objects.checkFromIndexSize(byteOffset, (long) length * Float.BYTES, (long) values.limit());
    return BufferLoops.sum(new DirectMemory(values), byteOffset, length);
  }

  @Override
  public void dotRows(
      float[] query, ByteBuffer rows, int byteOffset, int count, float[] scores, int scoresOffset) {
    if (!rows.isDirect()) {
      super.dotRows(query, rows, byteOffset, count, scores, scoresOffset);
      return;
    }
    int rowBytes = checkRows(query, rows, byteOffset, count, scores, scoresOffset);
    DirectMemory memory = new DirectMemory(rows);
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] = BufferLoops.dot(query, memory, byteOffset + row * rowBytes);
    }
  }

  @Override
  public void squaredL2Rows(
      float[] query, ByteBuffer rows, int byteOffset, int count, float[] scores, int scoresOffset) {
    if (!rows.isDirect()) {
      super.squaredL2Rows(query, rows, byteOffset, count, scores, scoresOffset);
      return;
    }
    int rowBytes = checkRows(query, rows, byteOffset, count, scores, scoresOffset);
    DirectMemory memory = new DirectMemory(rows);
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] =
          BufferLoops.squaredL2(query, memory, byteOffset + row * rowBytes);
    }
  }

  @Override
  public void l1Rows(
      float[] query, ByteBuffer rows, int byteOffset, int count, float[] scores, int scoresOffset) {
    if (!rows.isDirect()) {
      super.l1Rows(query, rows, byteOffset, count, scores, scoresOffset);
      return;
    }
    int rowBytes = checkRows(query, rows, byteOffset, count, scores, scoresOffset);
    DirectMemory memory = new DirectMemory(rows);
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] = BufferLoops.l1(query, memory, byteOffset + row * rowBytes);
    }
  }

  @Override
  public void dotAndSquaredNormRows(
      float[] query,
      ByteBuffer rows,
      int byteOffset,
      int count,
      float[] dots,
      float[] squaredNorms,
      int scoresOffset) {
    if (!rows.isDirect()) {
      super.dotAndSquaredNormRows(query, rows, byteOffset, count, dots, squaredNorms, scoresOffset);
      return;
    }
    int rowBytes = checkRows(query, rows, byteOffset, count, dots, scoresOffset);
    Objects.checkFromIndexSize(scoresOffset, count, squaredNorms.length);
    DirectMemory memory = new DirectMemory(rows);
    for (int row = 0; row < count; row++) {
      BufferLoops.dotAndSquaredNorm(
          query, memory, byteOffset + row * rowBytes, dots, squaredNorms, scoresOffset + row);
    }
  }

  private static int checkRows(
      float[] query, ByteBuffer rows, int byteOffset, int count, float[] scores, int scoresOffset) {
    int rowBytes = query.length * Float.BYTES;
    Objects.checkFromIndexSize(byteOffset, (long) count * rowBytes, (long) rows.limit());
    Objects.checkFromIndexSize(scoresOffset, count, scores.length);
    return rowBytes;
  }
}
