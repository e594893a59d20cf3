package io.proximadb.index.flat;

import java.util.Arrays;

/**
 * Keeps the k best of the rows offered, and all whose score equals that of the last of them: which
 * of these are in an answer depends on ids, which are not known here.
 */
final class NearestRows implements Selection {
  /** Rows over k, at least, before those that have become too far are dropped. */
  private static final int LEAST_SLACK = 8;

  private final int k;
  private double bound;
  private long[] rows;
  private double[] scores;
  private int size;

  /** As many rows are kept before some are dropped. */
  private int full;

  /**
   * An empty selection.
   *
   * @param k at least 1
   * @param bound rows with a score above it are not kept
   */
  NearestRows(int k, double bound) {
    this.k = k;
    this.bound = bound;
    this.full = k;
    this.rows = new long[k];
    this.scores = new double[k];
  }

  @Override
  public double bound() {
    return bound;
  }

  @Override
  public void offer(long row, double score) {
    if (score > bound) {
      return;
    }
    if (size == rows.length) {
      rows = Arrays.copyOf(rows, 2 * size);
      scores = Arrays.copyOf(scores, 2 * size);
    }
    rows[size] = row;
    scores[size++] = score;
    if (size >= full) {
      drop();
      full = size + Math.max(LEAST_SLACK, k / 8);
    }
  }

  /** Drops the rows that are farther than the k-th. */
  private void drop() {
    if (size < k) {
      return;
    }
    double[] sorted = Arrays.copyOf(scores, size);
    Arrays.sort(sorted);
    bound = sorted[k - 1];
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (scores[i] <= bound) {
        rows[kept] = rows[i];
        scores[kept++] = scores[i];
      }
    }
    size = kept;
  }

  /** The rows kept, in no order. */
  long[] rows() {
    drop();
    return Arrays.copyOf(rows, size);
  }

  /** Their scores. */
  double[] scores() {
    drop();
    return Arrays.copyOf(scores, size);
  }
}
