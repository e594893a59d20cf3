package io.proximadb.vector.internal.panama;

import io.proximadb.vector.CodeKernels;
import java.util.Objects;

/** SIMD kernels over int8 codes, and scalar ones over bits. */
final class PanamaCodeKernels implements CodeKernels {
  /** Below this there is no shape for as many bytes as a vector has ints. */
  static final int MIN_BITS = 256;

  @Override
  public String name() {
    return "simd-" + ArrayLoops.SPECIES.vectorBitSize();
  }

  @Override
  public int dot(byte[] a, int aOffset, byte[] b, int bOffset, int length) {
    Objects.checkFromIndexSize(aOffset, length, a.length);
    Objects.checkFromIndexSize(bOffset, length, b.length);
    return CodeLoops.dot(a, aOffset, b, bOffset, length);
  }

  @Override
  public int squaredL2(byte[] a, int aOffset, byte[] b, int bOffset, int length) {
    Objects.checkFromIndexSize(aOffset, length, a.length);
    Objects.checkFromIndexSize(bOffset, length, b.length);
    return CodeLoops.squaredL2(a, aOffset, b, bOffset, length);
  }

  @Override
  public void widen(byte[] codes, int offset, int[] wide) {
    Objects.checkFromIndexSize(offset, wide.length, codes.length);
    CodeLoops.widen(codes, offset, wide);
  }

  @Override
  public void dotRows(int[] query, byte[] rows, int rowsOffset, int stride, int count, int[] dots) {
    Objects.checkFromIndexSize(0, count, dots.length);
    if (count > 0) {
      int last = Math.addExact(rowsOffset, Math.multiplyExact(count - 1, stride));
      Objects.checkFromIndexSize(rowsOffset, query.length, rows.length);
      Objects.checkFromIndexSize(last, query.length, rows.length);
    }
    int row = 0;
    for (int at = rowsOffset; row + 4 <= count; row += 4, at += 4 * stride) {
      CodeLoops.dot4(query, rows, at, at + stride, at + 2 * stride, at + 3 * stride, dots, row);
    }
    for (; row < count; row++) {
      dots[row] = CodeLoops.dot(query, rows, rowsOffset + row * stride);
    }
  }

  @Override
  public void dotGathered(int[] query, byte[] rows, int[] offsets, int count, int[] dots) {
    Objects.checkFromIndexSize(0, count, dots.length);
    for (int row = 0; row < count; row++) {
      Objects.checkFromIndexSize(offsets[row], query.length, rows.length);
    }
    int row = 0;
    for (; row + 4 <= count; row += 4) {
      CodeLoops.dot4(
          query,
          rows,
          offsets[row],
          offsets[row + 1],
          offsets[row + 2],
          offsets[row + 3],
          dots,
          row);
    }
    for (; row < count; row++) {
      dots[row] = CodeLoops.dot(query, rows, offsets[row]);
    }
  }

  @Override
  public void dotColumns(int[] query, byte[] blocks, int blocksOffset, int count, int[] dots) {
    Objects.checkFromIndexSize(0, (long) count * BLOCK_ROWS, (long) dots.length);
    Objects.checkFromIndexSize(
        blocksOffset, (long) count * BLOCK_ROWS * query.length, (long) blocks.length);
    for (int block = 0; block < count; block++) {
      int offset = blocksOffset + block * BLOCK_ROWS * query.length;
      CodeLoops.dotColumns(query, blocks, offset, dots, block * BLOCK_ROWS);
    }
  }

  @Override
  public void slicedDotGathered(
      long[] planes, int planeCount, long[] rows, int[] offsets, int count, int[] sums) {
    Objects.checkFromIndexSize(0, count, sums.length);
    int words = planes.length / planeCount;
    for (int row = 0; row < count; row++) {
      int offset = offsets[row];
      Objects.checkFromIndexSize(offset, words, rows.length);
      int sum = 0;
      // Word by word, so that a row is read once whatever the number of planes.
      for (int word = 0; word < words; word++) {
        long bits = rows[offset + word];
        for (int plane = 0; plane < planeCount; plane++) {
          sum += Long.bitCount(bits & planes[plane * words + word]) << plane;
        }
      }
      sums[row] = sum;
    }
  }

  @Override
  public void packedDotGathered(
      short[] query, int bits, byte[] rows, int[] offsets, int count, int[] dots) {
    Objects.checkFromIndexSize(0, count, dots.length);
    int shorts = CodeKernels.packedShorts(query, bits);
    for (int row = 0; row < count; row++) {
      Objects.checkFromIndexSize(offsets[row], Short.BYTES * shorts, rows.length);
    }
    int row = 0;
    for (; row + 2 <= count; row += 2) {
      PackedLoops.dot2(query, bits, shorts, rows, offsets[row], offsets[row + 1], dots, row);
    }
    for (; row < count; row++) {
      dots[row] = PackedLoops.dot(query, bits, shorts, rows, offsets[row]);
    }
  }
}
