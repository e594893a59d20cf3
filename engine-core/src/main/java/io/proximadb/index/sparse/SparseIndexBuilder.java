package io.proximadb.index.sparse;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import java.util.Arrays;

/**
 * Builds a {@link SparseIndex} of rows that are added one by one. Not safe for use by several
 * threads.
 *
 * <p>Memory: {@value #COMPONENT_BYTES} bytes for each component until {@link #build} returns, the
 * index among them, and 16 bytes for each row.
 */
public final class SparseIndexBuilder {
  /** Row, index and value with room to grow; indices sorted; the lists before they are packed. */
  public static final int COMPONENT_BYTES = 36;

  private static final int FIRST_COMPONENTS = 1_024;

  private final Metric metric;
  private final int rowCount;
  private final long[] present;
  private final double[] norms;
  private int[] rows = new int[FIRST_COMPONENTS];
  private int[] indices = new int[FIRST_COMPONENTS];
  private float[] values = new float[FIRST_COMPONENTS];
  private int size;
  private int lastRow = -1;

  /**
   * Begins an index.
   *
   * @param metric COSINE or DOT
   * @param rowCount of the source, at least 1
   * @throws InvalidArgumentException if sparse vectors do not support the metric, or there are no
   *     rows
   */
  public SparseIndexBuilder(Metric metric, int rowCount) {
    if (metric != Metric.COSINE && metric != Metric.DOT) {
      throw new InvalidArgumentException(
          "Cannot build a sparse index: metric " + metric + " (expected COSINE or DOT)");
    }
    if (rowCount < 1) {
      throw new InvalidArgumentException(
          "Cannot build a sparse index: " + rowCount + " rows (expected at least 1)");
    }
    this.metric = metric;
    this.rowCount = rowCount;
    this.present = new long[(rowCount + Long.SIZE - 1) / Long.SIZE];
    this.norms = new double[metric == Metric.COSINE ? rowCount : 0];
  }

  /**
   * Adds the vector of a row. Rows that have none are not added.
   *
   * @param row after all that were added
   * @param vector under COSINE not of length zero
   * @throws ResourceExhaustedException if there are more than {@link SparseIndex#MAX_COMPONENTS}
   */
  public void add(int row, SparseVector vector) {
    assert row > lastRow && row < rowCount;
    lastRow = row;
    present[row >> 6] |= 1L << row;
    if (metric == Metric.COSINE) {
      norms[row] = vector.norm();
    }
    makeRoom(vector.count());
    for (int i = 0; i < vector.count(); i++) {
      // A zero adds nothing to any score.
      if (vector.value(i) != 0f) {
        rows[size] = row;
        indices[size] = vector.index(i);
        values[size++] = vector.value(i);
      }
    }
  }

  private void makeRoom(int more) {
    if (more > SparseIndex.MAX_COMPONENTS - size) {
      throw new ResourceExhaustedException(
          "Cannot build a sparse index: more than "
              + SparseIndex.MAX_COMPONENTS
              + " components (write smaller data files)");
    }
    if (size + more > rows.length) {
      int length = Math.max(size + more, rows.length + (rows.length >> 1));
      rows = Arrays.copyOf(rows, length);
      indices = Arrays.copyOf(indices, length);
      values = Arrays.copyOf(values, length);
    }
  }

  /** The index of what was added. */
  public SparseIndex build() {
    int[] terms = distinctIndices();
    int[] counts = new int[terms.length];
    for (int i = 0; i < size; i++) {
      // From here on the place of the index among all stands for it.
      indices[i] = Arrays.binarySearch(terms, indices[i]);
      counts[indices[i]]++;
    }
    int[] next = new int[terms.length];
    for (int term = 1; term < terms.length; term++) {
      next[term] = next[term - 1] + counts[term - 1];
    }
    int[] listRows = new int[size];
    float[] listValues = new float[size];
    for (int i = 0; i < size; i++) {
      int at = next[indices[i]]++;
      listRows[at] = rows[i];
      listValues[at] = values[i];
    }
    int blockCount = Arrays.stream(counts).map(SparseIndex::blocksOf).sum();
    SparseIndex.Blocks blocks = new SparseIndex.Blocks(blockCount);
    byte[] packed = pack(listRows, listValues, counts, blocks);
    return new SparseIndex(
        metric, rowCount, present, norms, terms, counts, blocks, packed, listValues);
  }

  private int[] distinctIndices() {
    int[] sorted = Arrays.copyOf(indices, size);
    Arrays.sort(sorted);
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (i == 0 || sorted[i] != sorted[i - 1]) {
        sorted[count++] = sorted[i];
      }
    }
    return Arrays.copyOf(sorted, count);
  }

  private byte[] pack(int[] rowLists, float[] lists, int[] counts, SparseIndex.Blocks blocks) {
    long bytes = 0;
    int block = 0;
    int at = 0;
    for (int count : counts) {
      int before = -1;
      for (int from = at; from < at + count; from += SparseIndex.BLOCK_ROWS, block++) {
        int to = Math.min(at + count, from + SparseIndex.BLOCK_ROWS);
        describe(block, rowLists, lists, from, to, before, blocks);
        bytes += SparseIndex.packedBytes(blocks.widths()[block], to - from);
        before = rowLists[to - 1];
      }
      at += count;
    }
    // No list takes more than four bytes a row, which MAX_COMPONENTS keeps below an array's size.
    byte[] packed = new byte[Math.toIntExact(bytes + SparseIndex.PADDING)];
    block = 0;
    at = 0;
    int place = 0;
    for (int count : counts) {
      int before = -1;
      for (int from = at; from < at + count; from += SparseIndex.BLOCK_ROWS, block++) {
        int rowsHere = Math.min(at + count - from, SparseIndex.BLOCK_ROWS);
        int width = blocks.widths()[block];
        SparseIndex.pack(rowLists, from, rowsHere, before, width, packed, place);
        place += SparseIndex.packedBytes(width, rowsHere);
        before = rowLists[from + rowsHere - 1];
      }
      at += count;
    }
    return packed;
  }

  private void describe(
      int block,
      int[] rowLists,
      float[] lists,
      int from,
      int to,
      int before,
      SparseIndex.Blocks blocks) {
    int widest = 0;
    int last = before;
    double high = Double.NEGATIVE_INFINITY;
    double low = Double.POSITIVE_INFINITY;
    for (int i = from; i < to; i++) {
      widest |= rowLists[i] - last - 1;
      last = rowLists[i];
      double impact = metric == Metric.COSINE ? lists[i] / norms[rowLists[i]] : lists[i];
      high = Math.max(high, impact);
      low = Math.min(low, impact);
    }
    blocks.lastRows()[block] = last;
    blocks.widths()[block] = (byte) (Integer.SIZE - Integer.numberOfLeadingZeros(widest));
    blocks.highest()[block] = roundedUp(high);
    blocks.lowest()[block] = -roundedUp(-low);
  }

  private static float roundedUp(double value) {
    float rounded = (float) value;
    return rounded < value ? Math.nextUp(rounded) : rounded;
  }
}
