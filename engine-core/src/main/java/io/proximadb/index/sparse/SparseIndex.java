package io.proximadb.index.sparse;

import io.proximadb.index.SegmentIndex;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.UUID;

/**
 * For each index at which a row of one source has a component: the rows that have one, with its
 * value. Immutable and safe for use by several threads.
 *
 * <p>Rows ascend and lie in blocks of {@value #BLOCK_ROWS}, packed as differences. Each block has
 * bounds of its impacts, that is, of what a component adds to a score for a query's component of 1:
 * its value, under COSINE its value divided by the length of the row. Values are the floats that
 * rows have, so that scores are those of a comparison with the rows.
 *
 * <p>Memory is {@link #memoryBytes()}: for each component that is not zero 4 bytes and, on average,
 * some 10 bits for the row; under COSINE 8 bytes a row besides.
 */
public final class SparseIndex implements SegmentIndex {
  /** Rows of a block; the last one of a list may have fewer. */
  static final int BLOCK_ROWS = 128;

  /** Most components of all rows together: 2 GiB of floats, far more than a data file has. */
  public static final int MAX_COMPONENTS = 1 << 29;

  /** Bytes behind packed rows, so that each difference is read as eight bytes. */
  static final int PADDING = Long.BYTES;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  final Metric metric;
  final int rowCount;

  /** A bit for each row that has a vector. */
  final long[] present;

  /** Lengths of rows under COSINE, 0 where there is no vector; else empty. */
  final double[] norms;

  /** Indices that have a list, ascending. */
  final int[] terms;

  /** The first component of each list, and the number of all. */
  final int[] firstComponent;

  /** The first block of each list, and the number of all. */
  final int[] firstBlock;

  /** By block: last row, bounds of impacts, bits of a difference, first byte of the rows. */
  final int[] lastRows;

  final float[] highest;
  final float[] lowest;
  final byte[] widths;
  final int[] packedAt;

  final byte[] packed;

  /** By component, in the order of lists. */
  final float[] values;

  SparseIndex(
      Metric metric,
      int rowCount,
      long[] present,
      double[] norms,
      int[] terms,
      int[] counts,
      Blocks blocks,
      byte[] packed,
      float[] values) {
    this.metric = metric;
    this.rowCount = rowCount;
    this.present = present;
    this.norms = norms;
    this.terms = terms;
    this.firstComponent = new int[terms.length + 1];
    this.firstBlock = new int[terms.length + 1];
    for (int term = 0; term < terms.length; term++) {
      firstComponent[term + 1] = firstComponent[term] + counts[term];
      firstBlock[term + 1] = firstBlock[term] + blocksOf(counts[term]);
    }
    this.lastRows = blocks.lastRows;
    this.highest = blocks.highest;
    this.lowest = blocks.lowest;
    this.widths = blocks.widths;
    this.packed = packed;
    this.values = values;
    this.packedAt = new int[lastRows.length];
    int at = 0;
    for (int term = 0; term < terms.length; term++) {
      for (int block = firstBlock[term]; block < firstBlock[term + 1]; block++) {
        packedAt[block] = at;
        at += packedBytes(widths[block], rowsOf(term, block));
      }
    }
    assert at == packed.length - PADDING;
  }

  /** What is known of each block. */
  @SuppressWarnings("ArrayRecordComponent")
  record Blocks(int[] lastRows, float[] highest, float[] lowest, byte[] widths) {
    Blocks(int count) {
      this(new int[count], new float[count], new float[count], new byte[count]);
    }
  }

  static int blocksOf(int components) {
    return (components + BLOCK_ROWS - 1) / BLOCK_ROWS;
  }

  static int packedBytes(int width, int rows) {
    return (width * rows + Byte.SIZE - 1) / Byte.SIZE;
  }

  public Metric metric() {
    return metric;
  }

  @Override
  public int rowCount() {
    return rowCount;
  }

  /** Components of all rows that are not zero. */
  public int components() {
    return values.length;
  }

  @Override
  public long memoryBytes() {
    return Long.BYTES * (present.length + (long) norms.length)
        + 3L * Integer.BYTES * terms.length
        + (4L * Integer.BYTES + 1) * lastRows.length
        + packed.length
        + (long) Float.BYTES * values.length;
  }

  @Override
  public void write(UUID source, OutputStream out) throws IOException {
    SparseFormat.write(this, source, out);
  }

  boolean isPresent(int row) {
    return (present[row >> 6] >>> row & 1) != 0;
  }

  /** The list of an index, or -1. */
  int term(int index) {
    int term = Arrays.binarySearch(terms, index);
    return term < 0 ? -1 : term;
  }

  /** How many components the list of a term has. */
  int count(int term) {
    return firstComponent[term + 1] - firstComponent[term];
  }

  int rowsOf(int term, int block) {
    int before = (block - firstBlock[term]) * BLOCK_ROWS;
    return Math.min(BLOCK_ROWS, count(term) - before);
  }

  /** The row before the first one that a block may have. */
  int rowBefore(int term, int block) {
    return block == firstBlock[term] ? -1 : lastRows[block - 1];
  }

  /** Unpacks the rows of a block; returns how many they are. */
  int unpack(int term, int block, int[] rows) {
    int count = rowsOf(term, block);
    int row = rowBefore(term, block);
    int width = widths[block];
    if (width == 0) {
      for (int i = 0; i < count; i++) {
        rows[i] = ++row;
      }
      return count;
    }
    long mask = (1L << width) - 1;
    int base = packedAt[block];
    int bit = 0;
    for (int i = 0; i < count; i++) {
      long word = (long) WORDS.get(packed, base + (bit >> 3));
      row += (int) (word >>> (bit & 7) & mask) + 1;
      rows[i] = row;
      bit += width;
    }
    return count;
  }

  /** Packs ascending rows into bytes that are zero. */
  static void pack(int[] rows, int from, int count, int before, int width, byte[] out, int at) {
    int last = before;
    int bit = 0;
    for (int i = 0; i < count; i++) {
      long difference = rows[from + i] - last - 1L;
      last = rows[from + i];
      int place = at + (bit >> 3);
      long word = (long) WORDS.get(out, place);
      WORDS.set(out, place, word | difference << (bit & 7));
      bit += width;
    }
  }
}
