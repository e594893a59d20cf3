package io.proximadb.vector;

import java.util.Objects;

/** The readable specification of the kernels over codes, and the fallback where SIMD is off. */
final class ScalarCodeKernels implements CodeKernels {
  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public int dot(byte[] a, int aOffset, byte[] b, int bOffset, int length) {
    int sum = 0;
    for (int i = 0; i < length; i++) {
      sum += a[aOffset + i] * b[bOffset + i];
    }
    return sum;
  }

  @Override
  public int squaredL2(byte[] a, int aOffset, byte[] b, int bOffset, int length) {
    int sum = 0;
    for (int i = 0; i < length; i++) {
      int difference = a[aOffset + i] - b[bOffset + i];
      sum += difference * difference;
    }
    return sum;
  }

  @Override
  public void widen(byte[] codes, int offset, int[] wide) {
    Objects.checkFromIndexSize(offset, wide.length, codes.length);
    for (int i = 0; i < wide.length; i++) {
      wide[i] = codes[offset + i];
    }
  }

  @Override
  public void dotRows(int[] query, byte[] rows, int rowsOffset, int stride, int count, int[] dots) {
    Objects.checkFromIndexSize(0, count, dots.length);
    for (int row = 0; row < count; row++) {
      dots[row] = dot(query, rows, Math.addExact(rowsOffset, Math.multiplyExact(row, stride)));
    }
  }

  @Override
  public void dotGathered(int[] query, byte[] rows, int[] offsets, int count, int[] dots) {
    Objects.checkFromIndexSize(0, count, dots.length);
    for (int row = 0; row < count; row++) {
      dots[row] = dot(query, rows, offsets[row]);
    }
  }

  private static int dot(int[] query, byte[] rows, int offset) {
    Objects.checkFromIndexSize(offset, query.length, rows.length);
    int sum = 0;
    for (int i = 0; i < query.length; i++) {
      sum += query[i] * rows[offset + i];
    }
    return sum;
  }

  @Override
  public void dotColumns(int[] query, byte[] blocks, int blocksOffset, int count, int[] dots) {
    Objects.checkFromIndexSize(0, (long) count * BLOCK_ROWS, (long) dots.length);
    Objects.checkFromIndexSize(
        blocksOffset, (long) count * BLOCK_ROWS * query.length, (long) blocks.length);
    for (int block = 0; block < count; block++) {
      int offset = blocksOffset + block * BLOCK_ROWS * query.length;
      for (int row = 0; row < BLOCK_ROWS; row++) {
        int sum = 0;
        for (int i = 0; i < query.length; i++) {
          sum += query[i] * blocks[offset + i * BLOCK_ROWS + row];
        }
        dots[block * BLOCK_ROWS + row] = sum;
      }
    }
  }

  @Override
  public void slicedDotGathered(
      long[] planes, int planeCount, long[] rows, int[] offsets, int count, int[] sums) {
    Objects.checkFromIndexSize(0, count, sums.length);
    int words = planes.length / planeCount;
    for (int row = 0; row < count; row++) {
      Objects.checkFromIndexSize(offsets[row], words, rows.length);
      int sum = 0;
      for (int plane = 0; plane < planeCount; plane++) {
        sum += andCount(planes, plane * words, rows, offsets[row], words) << plane;
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
      int sum = 0;
      for (int i = 0; i < shorts; i++) {
        int at = offsets[row] + Short.BYTES * i;
        int packed = (rows[at] & 0xff) | ((rows[at + 1] & 0xff) << Byte.SIZE);
        for (int place = 0; place < Short.SIZE / bits; place++) {
          sum += query[place * shorts + i] * ((packed >>> (bits * place)) & ((1 << bits) - 1));
        }
      }
      dots[row] = sum;
    }
  }
}
