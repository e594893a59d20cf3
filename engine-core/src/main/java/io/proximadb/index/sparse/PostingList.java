package io.proximadb.index.sparse;

/**
 * A list of a {@link SparseIndex} as one query goes through it, forward only. Not safe for use by
 * several threads.
 */
final class PostingList {
  private final SparseIndex index;
  private final int term;

  /** The query's component. */
  final float weight;

  /** The same in the scale of scores: under COSINE divided by the query's length. */
  private final double scale;

  /** What a component can add to a score at most, and less; in the scale of scores. */
  final double mostAbsolute;

  private final int blocksEnd;

  /** The first block that is not left behind, for sums and for single rows. */
  private int sumBlock;

  private int probeBlock;

  /** The rows of that block once they were asked for. */
  private final int[] rows = new int[SparseIndex.BLOCK_ROWS];

  private int unpacked = -1;
  private int place;

  PostingList(SparseIndex index, int term, float weight, double queryNorm) {
    this.index = index;
    this.term = term;
    this.weight = weight;
    this.scale = weight / queryNorm;
    this.sumBlock = index.firstBlock[term];
    this.probeBlock = sumBlock;
    this.blocksEnd = index.firstBlock[term + 1];
    double most = 0;
    for (int block = sumBlock; block < blocksEnd; block++) {
      most =
          Math.max(most, Math.max(Math.abs(index.highest[block]), Math.abs(index.lowest[block])));
    }
    this.mostAbsolute = most * Math.abs(scale);
  }

  int components() {
    return index.count(term);
  }

  /** What a component in rows from there on, to there exclusive, adds at most, or 0. */
  double bound(int from, int to) {
    while (sumBlock < blocksEnd && index.lastRows[sumBlock] < from) {
      sumBlock++;
    }
    float[] impacts = scale >= 0 ? index.highest : index.lowest;
    double bound = 0;
    int block = sumBlock;
    while (block < blocksEnd && index.rowBefore(term, block) < to - 1) {
      bound = Math.max(bound, impacts[block] * scale);
      block++;
    }
    return bound;
  }

  /** Adds the products of rows in a range to their sums, and marks the rows. */
  void addTo(int from, int to, double[] sums, long[] marks, int[] buffer) {
    double product = weight;
    float[] values = index.values;
    for (int block = sumBlock; block < blocksEnd; block++) {
      if (index.rowBefore(term, block) >= to - 1) {
        return;
      }
      int found = index.unpack(term, block, buffer);
      int valueAt = componentsBefore(block);
      int i = 0;
      while (i < found && buffer[i] < from) {
        i++;
      }
      for (; i < found && buffer[i] < to; i++) {
        int at = buffer[i] - from;
        sums[at] += product * values[valueAt + i];
        marks[at >> 6] |= 1L << at;
      }
      if (i < found) {
        return;
      }
    }
  }

  private int componentsBefore(int block) {
    return index.firstComponent[term] + (block - index.firstBlock[term]) * SparseIndex.BLOCK_ROWS;
  }

  /**
   * The value of a row, or 0.
   *
   * @param row not before one that was asked for
   */
  float value(int row) {
    if (probeBlock < blocksEnd && index.lastRows[probeBlock] < row) {
      advanceTo(row);
    }
    if (probeBlock == blocksEnd || index.rowBefore(term, probeBlock) >= row) {
      return 0;
    }
    if (unpacked != probeBlock) {
      index.unpack(term, probeBlock, rows);
      unpacked = probeBlock;
      place = 0;
    }
    while (rows[place] < row) {
      place++;
    }
    return rows[place] == row ? index.values[componentsBefore(probeBlock) + place] : 0;
  }

  /** Steps of twice the length until one goes too far, then halves. */
  private void advanceTo(int row) {
    int low = probeBlock;
    int step = 1;
    int high = low + step;
    while (high < blocksEnd && index.lastRows[high] < row) {
      low = high;
      step <<= 1;
      high = low + step;
    }
    high = Math.min(high, blocksEnd);
    while (low + 1 < high) {
      int middle = (low + high) >>> 1;
      if (index.lastRows[middle] < row) {
        low = middle;
      } else {
        high = middle;
      }
    }
    probeBlock = high;
  }

  /** The query's component in the scale of scores. */
  double scale() {
    return scale;
  }
}
