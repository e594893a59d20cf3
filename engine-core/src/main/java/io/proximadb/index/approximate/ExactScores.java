package io.proximadb.index.approximate;

import io.proximadb.storage.VectorRows;
import io.proximadb.vector.DistanceFunction;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Scores rows by their vectors, one at a time, where they lie. Not safe for use by several threads.
 */
public final class ExactScores {
  private final VectorRows rows;
  private final int dimension;

  /** Runs of mapped vectors as they are met; null where vectors are not mapped, and are copied. */
  private final @Nullable ByteBuffer @Nullable [] blocks;

  private final int[] firstRows;
  private final float[] copied;
  private final double[] score = new double[1];

  /**
   * Scores of rows.
   *
   * @param rows read while this is used
   */
  public ExactScores(VectorRows rows) {
    this.rows = rows;
    this.dimension = rows.dimension();
    this.blocks = rows.isMapped() ? new @Nullable ByteBuffer[rows.blockCount()] : null;
    this.firstRows = new int[rows.blockCount()];
    for (int block = 0; block < firstRows.length; block++) {
      firstRows[block] = rows.firstRow(block);
    }
    this.copied = new float[rows.isMapped() ? 0 : dimension];
  }

  /**
   * Rows in the order of their scores.
   *
   * @param rows positions, the nearest first; equal ones by position
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Ranked(int[] rows, double[] scores) {}

  /**
   * Puts the first of the rows found in the order of their exact scores.
   *
   * @param k rows to keep, at most
   * @param count rows to look at, at most as many as were found
   */
  public Ranked ranked(DistanceFunction distance, Candidates found, int k, int count) {
    int kept = Math.min(k, count);
    int[] ranked = new int[kept];
    double[] scores = new double[kept];
    int size = 0;
    for (int i = 0; i < count; i++) {
      int row = found.node(i);
      double rowScore = score(distance, row);
      int at = size < kept ? size++ : kept;
      for (; at > 0 && isBefore(rowScore, row, scores[at - 1], ranked[at - 1]); at--) {
        if (at < kept) {
          scores[at] = scores[at - 1];
          ranked[at] = ranked[at - 1];
        }
      }
      if (at < kept) {
        scores[at] = rowScore;
        ranked[at] = row;
      }
    }
    return new Ranked(ranked, scores);
  }

  private static boolean isBefore(double score, int row, double otherScore, int otherRow) {
    int order = Double.compare(score, otherScore);
    return order < 0 || (order == 0 && row < otherRow);
  }

  /** The score of a row. */
  public double score(DistanceFunction distance, int row) {
    if (blocks == null) {
      rows.copy(row, 1, copied, 0);
      distance.scores(copied, 0, 1, score);
      return score[0];
    }
    int block = firstRows.length == 1 ? 0 : Arrays.binarySearch(firstRows, row);
    if (block < 0) {
      block = -block - 2;
    }
    ByteBuffer bytes = blocks[block];
    if (bytes == null) {
      bytes = rows.block(block);
      blocks[block] = bytes;
    }
    int byteOffset = (row - firstRows[block]) * dimension * Float.BYTES;
    distance.scores(bytes, byteOffset, 1, score);
    return score[0];
  }
}
