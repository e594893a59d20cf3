package io.proximadb.index.hnsw;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.DistanceFunction;
import io.proximadb.vector.quantize.Int8Query;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Searches an index: walks its graph by codes and ranks the nearest rows by their vectors. Keeps
 * what one thread needs, a bit for each row among it; not safe for use by several, cheap enough for
 * one each.
 */
public final class HnswSearcher {
  /** Rows that a walk keeps at most; an exact search is the better way before that. */
  public static final int MAX_EF = 16_384;

  /** Rows near the live ones that a walk with a filter may go through for each that it keeps. */
  private static final int FRONTIER_SHARE = 4;

  private final HnswIndex index;
  private final int dimension;
  private final GraphWalker walker;
  private final ByteBuffer[] blocks;
  private final int[] firstRows;
  private final Candidates found = new Candidates();
  private final Candidates frontier = new Candidates();
  private final double[] score = new double[1];

  /**
   * A searcher.
   *
   * @param rows that the index was built of; read while the searcher is used
   */
  public HnswSearcher(HnswIndex index, VectorRows rows) {
    if (rows.rowCount() != index.rowCount() || rows.dimension() != index.dimension()) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid rows: %d x %d (expected the %d x %d that the index was built of)",
              rows.rowCount(),
              rows.dimension(),
              index.rowCount(),
              index.dimension()));
    }
    this.index = index;
    this.dimension = index.dimension();
    this.walker = new GraphWalker(index.graph(), index.codes());
    this.blocks = new ByteBuffer[rows.blockCount()];
    this.firstRows = new int[blocks.length];
    for (int block = 0; block < blocks.length; block++) {
      blocks[block] = rows.block(block);
      firstRows[block] = rows.firstRow(block);
    }
  }

  /**
   * Finds rows near a query.
   *
   * @param k rows wanted, at least 1
   * @param ef rows that the walk keeps, {@code rank} to {@value #MAX_EF}: more find more of the
   *     nearest and take longer
   * @param rank rows whose vectors are read, at least {@code k}: more make up for the error of the
   *     codes
   * @param live which rows may be in the answer; null for all
   */
  public HnswHits search(float[] query, int k, int ef, int rank, @Nullable IntPredicate live) {
    if (k < 1 || rank < k || ef < rank || ef > MAX_EF) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid search: k=%d, rank=%d, ef=%d (expected 1 <= k <= rank <= ef <= %d)",
              k,
              rank,
              ef,
              MAX_EF));
    }
    long before = walker.scored();
    Int8Query coded = index.codes().quantizer.coarseQuery(query);
    walker.aimAt(coded);
    int start = walker.entryRow();
    found.reset(Math.min(ef, index.rowCount()));
    if (live == null) {
      walker.beam(0, start, found);
    } else {
      frontier.reset(Math.min(FRONTIER_SHARE * ef, index.rowCount()));
      walker.liveBeam(start, live, frontier, found);
    }
    return ranked(query, k, Math.min(rank, found.size()), walker.scored() - before);
  }

  /** Puts the first of those found in the order of their exact scores; equal ones by row. */
  private HnswHits ranked(float[] query, int k, int count, long scored) {
    DistanceFunction distance = DistanceFunction.of(index.metric(), query);
    int kept = Math.min(k, count);
    int[] rows = new int[kept];
    double[] scores = new double[kept];
    int size = 0;
    for (int i = 0; i < count; i++) {
      int row = found.node(i);
      double rowScore = exactScore(distance, row);
      int at = size < kept ? size++ : kept;
      for (; at > 0 && isBefore(rowScore, row, scores[at - 1], rows[at - 1]); at--) {
        if (at < kept) {
          scores[at] = scores[at - 1];
          rows[at] = rows[at - 1];
        }
      }
      if (at < kept) {
        scores[at] = rowScore;
        rows[at] = row;
      }
    }
    return new HnswHits(rows, scores, scored, count);
  }

  private static boolean isBefore(double score, int row, double otherScore, int otherRow) {
    int order = Double.compare(score, otherScore);
    return order < 0 || (order == 0 && row < otherRow);
  }

  private double exactScore(DistanceFunction distance, int row) {
    int block = blocks.length == 1 ? 0 : Arrays.binarySearch(firstRows, row);
    if (block < 0) {
      block = -block - 2;
    }
    int byteOffset = (row - firstRows[block]) * dimension * Float.BYTES;
    distance.scores(blocks[block], byteOffset, 1, score);
    return score[0];
  }
}
