package io.proximadb.vector;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Metric;
import java.util.Arrays;
import java.util.List;

/**
 * The distances of many rows to many queries of one metric. The score of a pair is, bit for bit,
 * the one that {@link DistanceFunction} gives, whatever it is batched with, or said to be too large
 * to matter. Keeps scratch arrays; not safe for use by several threads.
 */
public final class DistanceBatch {
  /** Queries scored by one call: what a tile of the kernels takes, while its rows are in cache. */
  public static final int GROUP = 4;

  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /** Roundings beside one for each component: of sums across lanes, and of the bound itself. */
  private static final int EXTRA_ROUNDINGS = 32;

  /** More than what a product loses that is too small for a float, and its share of the result. */
  private static final double LOST_PRODUCT = 0x1p-120;

  private final List<DistanceFunction> functions;
  private final DistanceFunction any;
  private final float[] queries;
  private float[] tile = {};
  private float[] first = {};
  private float[] squaredNorms = {};

  /** Squared lengths of the queries, under EUCLIDEAN. */
  private final double[] querySquares;

  /**
   * Queries to be scored together.
   *
   * @param functions at least one, of equal metric and dimension
   */
  public DistanceBatch(List<DistanceFunction> functions) {
    this.functions = List.copyOf(functions);
    this.any = functions.get(0);
    this.queries = new float[Math.multiplyExact(functions.size(), any.dimension())];
    for (int i = 0; i < functions.size(); i++) {
      DistanceFunction function = functions.get(i);
      if (function.metric() != any.metric() || function.dimension() != any.dimension()) {
        throw new InvalidArgumentException(
            "Invalid batch: queries by "
                + any.metric()
                + " of dimension "
                + any.dimension()
                + " and by "
                + function.metric()
                + " of dimension "
                + function.dimension());
      }
      System.arraycopy(function.query, 0, queries, i * any.dimension(), any.dimension());
    }
    this.querySquares = new double[functions.size()];
    if (any.metric() == Metric.EUCLIDEAN) {
      float[] squares = new float[functions.size()];
      squaredLengths(queries, functions.size(), squares);
      Arrays.setAll(querySquares, i -> squares[i]);
    }
  }

  private void squaredLengths(float[] vectors, int count, float[] squares) {
    int dimension = dimension();
    for (int i = 0; i < count; i++) {
      int at = i * dimension;
      squares[i] = any.kernels.dot(vectors, at, vectors, at, dimension);
    }
  }

  /** How many queries there are. */
  public int size() {
    return functions.size();
  }

  public int dimension() {
    return any.dimension();
  }

  /** Says which rows {@link #scores} is asked for next. */
  public void rows(float[] rows, int count) {
    if (first.length < count) {
      first = new float[count];
      squaredNorms = new float[count];
      tile = new float[Math.multiplyExact(GROUP, count)];
    }
    if (any.metric() == Metric.EUCLIDEAN) {
      squaredLengths(rows, count, squaredNorms);
    } else {
      any.squaredNorms(rows, count, squaredNorms);
    }
  }

  /**
   * The ranking scores of rows for some of the queries, where they matter.
   *
   * @param firstQuery the first of at most {@link #GROUP} queries
   * @param rows end to end, as they were said by {@link #rows}
   * @param bounds of each query: a score above it may be given as infinite instead
   * @param scores filled from index 0, query by query
   */
  public void scores(
      int firstQuery, int queryCount, float[] rows, int count, double[] bounds, double[] scores) {
    boolean bounded = any.metric() == Metric.EUCLIDEAN;
    for (int i = 0; i < queryCount; i++) {
      bounded &= bounds[i] < Double.POSITIVE_INFINITY;
    }
    if (bounded) {
      boundedSquares(firstQuery, queryCount, rows, count, bounds, scores);
    } else {
      allScores(firstQuery, queryCount, rows, count, scores);
    }
  }

  /*
   * |q - r|^2 = |q|^2 + |r|^2 - 2 q.r takes half the arithmetic of the sum of squared differences, but
   * loses digits where the two are near each other. So it only says which pairs are too far: with
   * floats of unit roundoff u, a sum of n products in any order is off by at most gamma = n u / (1 - n u)
   * times the sum of their absolute values (Higham, Accuracy and Stability of Numerical Algorithms,
   * section 3.1). That makes gamma |q|^2, gamma |r|^2 and 2 gamma |q| |r| <= gamma (|q|^2 + |r|^2) for
   * the three parts, and gamma |q - r|^2 <= 2 gamma (|q|^2 + |r|^2) for the score as the kernels give it:
   * together 4 gamma (|q|^2 + |r|^2). What is not too far is scored as always.
   */
  private void boundedSquares(
      int firstQuery, int queryCount, float[] rows, int count, double[] bounds, double[] scores) {
    int dimension = dimension();
    any.kernels.dotTile(
        queries, firstQuery * dimension, queryCount, dimension, rows, 0, count, tile);
    double roundings = (dimension + EXTRA_ROUNDINGS) * UNIT_ROUNDOFF;
    double share = 4 * roundings / (1 - roundings);
    double lost = dimension * LOST_PRODUCT;
    for (int i = 0; i < queryCount; i++) {
      DistanceFunction function = functions.get(firstQuery + i);
      double limit = bounds[i] + lost;
      double querySquare = querySquares[firstQuery + i];
      for (int row = 0; row < count; row++) {
        int at = i * count + row;
        float dot = tile[at];
        double squares = querySquare + squaredNorms[row];
        boolean isTooFar = squares * (1 - share) - 2.0 * dot > limit && squares <= Float.MAX_VALUE;
        scores[at] = isTooFar ? Double.POSITIVE_INFINITY : function.score(rows, row * dimension);
      }
    }
  }

  private void allScores(int firstQuery, int queryCount, float[] rows, int count, double[] scores) {
    any.runTile(queries, firstQuery, queryCount, rows, count, tile);
    for (int i = 0; i < queryCount; i++) {
      DistanceFunction function = functions.get(firstQuery + i);
      System.arraycopy(tile, i * count, first, 0, count);
      function.finish(first, squaredNorms, count, scores, i * count);
      for (int row = 0; row < count; row++) {
        if (Double.isNaN(scores[i * count + row])) {
          int from = row * dimension();
          scores[i * count + row] =
              function.repaired(Arrays.copyOfRange(rows, from, from + dimension()));
        }
      }
    }
  }
}
