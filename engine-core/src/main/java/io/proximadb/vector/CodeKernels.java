package io.proximadb.vector;

/**
 * The inner loops over quantized vectors: rows of int8 codes in byte arrays and rows of packed bits
 * in long arrays. Stateless and safe for use by several threads. All results are exact, so every
 * implementation gives the same.
 *
 * <p>Int8 codes are in [-127, 127] and a row has at most {@value #MAX_LENGTH} of them, so that a
 * sum of squared differences fits an {@code int}.
 *
 * <p>The methods on many rows take the query widened to ints, because widening it again for every
 * row would cost as much as the multiplication. <em>Gathered</em> rows lie anywhere in one array;
 * those are scored several at a time, interleaved, so that their cache misses overlap.
 *
 * <p>Offsets and lengths out of bounds throw {@link IndexOutOfBoundsException}.
 */
public interface CodeKernels {
  /** Codes of a row, at most: {@code 254^2} times this fits an int. */
  int MAX_LENGTH = 32_768;

  /**
   * Rows of a block of columns: one code of each of them is a cache line, and their sums fit the
   * registers.
   */
  int BLOCK_ROWS = 64;

  /** The readable specification, for where SIMD is off. */
  static CodeKernels scalar() {
    return new ScalarCodeKernels();
  }

  /** Shorts that kernels over packed codes read at once: rows of these are read in such steps. */
  int PACKED_SHORTS = 16;

  /** A name for logs and benchmarks. */
  String name();

  /** The sum of {@code a[i] * b[i]}. */
  int dot(byte[] a, int aOffset, byte[] b, int bOffset, int length);

  /** The sum of {@code (a[i] - b[i])^2}. */
  int squaredL2(byte[] a, int aOffset, byte[] b, int bOffset, int length);

  /** Copies {@code wide.length} codes into ints. */
  void widen(byte[] codes, int offset, int[] wide);

  /**
   * The dot product of a query with each of {@code count} rows that begin {@code stride} bytes
   * apart.
   *
   * @param query values in [-127, 127]; its length is the row's
   * @param dots filled from index 0
   */
  void dotRows(int[] query, byte[] rows, int rowsOffset, int stride, int count, int[] dots);

  /**
   * The dot product of a query with rows that lie anywhere.
   *
   * @param query values in [-127, 127]; its length is the row's
   * @param offsets where the first {@code count} rows begin
   * @param dots filled from index 0
   */
  void dotGathered(int[] query, byte[] rows, int[] offsets, int count, int[] dots);

  /** The number of bits set in both. Compilers make vectors of this loop by themselves. */
  default int andCount(long[] a, int aOffset, long[] b, int bOffset, int words) {
    int count = 0;
    for (int i = 0; i < words; i++) {
      count += Long.bitCount(a[aOffset + i] & b[bOffset + i]);
    }
    return count;
  }

  /**
   * The dot product of a query with rows that stand in columns: blocks of {@link #BLOCK_ROWS} rows
   * end to end, a block holding the first code of each of its rows, then the second of each, and so
   * on. A scan of all rows is faster so, for no row needs a sum across a register.
   *
   * @param query values whose dot product with any row fits an int; its length is the row's
   * @param blocksOffset of the first block, in bytes
   * @param dots filled from index 0, {@code BLOCK_ROWS * count} of them
   */
  void dotColumns(int[] query, byte[] blocks, int blocksOffset, int count, int[] dots);

  /** The number of bits that differ. */
  default int hamming(long[] a, int aOffset, long[] b, int bOffset, int words) {
    int count = 0;
    for (int i = 0; i < words; i++) {
      count += Long.bitCount(a[aOffset + i] ^ b[bOffset + i]);
    }
    return count;
  }

  /**
   * The sum of the query's values where a row's bit is set, for rows that lie anywhere. The query
   * is bit-sliced: plane {@code p} holds bit {@code p} of each value, so the sum is that of {@code
   * 2^p * andCount(plane p, row)}.
   *
   * @param planes {@code planeCount} planes end to end; a plane is as long as a row
   * @param offsets where the first {@code count} rows begin, in longs
   * @param sums filled from index 0
   */
  void slicedDotGathered(
      long[] planes, int planeCount, long[] rows, int[] offsets, int count, int[] sums);

  /**
   * The dot product of a query with rows of packed codes that lie anywhere. A row is a number of
   * little-endian shorts, each of which holds {@code 16 / bits} unsigned codes, the first in its
   * lowest bits.
   *
   * @param query values in [-127, 127]: those of the first codes of all shorts, then those of the
   *     second, and so on; for each code of a short a multiple of {@link #PACKED_SHORTS}, zeros
   *     beyond the row's shorts. What stands behind a row is read as far and must be in the array
   * @param bits of a code, 1 to 4
   * @param offsets where the first {@code count} rows begin, in bytes
   * @param dots filled from index 0
   */
  void packedDotGathered(
      short[] query, int bits, byte[] rows, int[] offsets, int count, int[] dots);

  /** Shorts that are read of a row of packed codes, given its query. */
  static int packedShorts(short[] query, int bits) {
    int ofShort = Short.SIZE / bits;
    if (bits < 1 || bits > 4 || query.length % (ofShort * PACKED_SHORTS) != 0) {
      throw new IndexOutOfBoundsException(
          "Invalid query: "
              + query.length
              + " values for codes of "
              + bits
              + " bits (expected 1 to 4 bits, and a multiple of "
              + PACKED_SHORTS
              + " values for each code of a short)");
    }
    return query.length / ofShort;
  }
}
