package io.proximadb.vector;

import io.proximadb.error.InvalidArgumentException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The distances of many rows to many queries of one metric, where they matter: the score of a pair
 * is, bit for bit, the one that {@link DistanceFunction} gives, whatever it is batched with. Keeps
 * scratch arrays; not safe for use by several threads.
 */
public final class DistanceBatch {
  /** Queries scored by one call: what a tile of the kernels takes, while its rows are in cache. */
  public static final int GROUP = 4;

  /** Takes the scores of pairs. */
  public interface Taker {
    /**
     * Takes one.
     *
     * @param query counted from the first of the batch
     * @param row counted from the first that {@link #rows} was told of
     */
    void take(int query, int row, double score);
  }

  private final List<DistanceFunction> functions;
  private final DistanceFunction any;
  private final float[] queries;
  private float[] tile = {};
  private float[] first = {};
  private float[] squaredNorms = {};
  private double[] scores = {};

  /** Null if the near dot products say nothing, or the queries fill no tile. */
  private final @Nullable FarPairs far;

  /**
   * Squared lengths of the queries that the kernels see, and what counts of rows, for {@code far}.
   */
  private final double[] querySquares;

  private double[] measures = {};
  private int[] near = {};

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
    boolean bounded = functions.size() >= GROUP && FarPairs.supports(any.metric(), any.dimension());
    this.far = bounded ? new FarPairs(any.metric(), any.dimension()) : null;
    this.querySquares = new double[functions.size()];
    if (bounded) {
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
      scores = new double[count];
      measures = new double[count];
      near = new int[count];
      tile = new float[Math.multiplyExact(GROUP, count)];
    }
    FarPairs known = far;
    if (known == null) {
      any.squaredNorms(rows, count, squaredNorms);
      return;
    }
    squaredLengths(rows, count, squaredNorms);
    for (int row = 0; row < count; row++) {
      measures[row] = known.measure(squaredNorms[row]);
    }
  }

  /**
   * Gives the ranking scores of rows for some of the queries.
   *
   * @param firstQuery the first of at most {@link #GROUP} queries
   * @param rows end to end, as they were said by {@link #rows}
   * @param bounds of each query: scores above it may be left out
   * @param taker of the others
   */
  public void scores(
      int firstQuery, int queryCount, float[] rows, int count, double[] bounds, Taker taker) {
    FarPairs known = far;
    boolean bounded = true;
    for (int i = 0; i < queryCount; i++) {
      bounded &= bounds[i] < Double.POSITIVE_INFINITY;
    }
    if (known != null && bounded) {
      nearScores(known, firstQuery, queryCount, rows, count, bounds, taker);
    } else {
      allScores(firstQuery, queryCount, rows, count, taker);
    }
  }

  private void nearScores(
      FarPairs known,
      int firstQuery,
      int queryCount,
      float[] rows,
      int count,
      double[] bounds,
      Taker taker) {
    int dimension = dimension();
    any.kernels.nearDotTile(
        queries, firstQuery * dimension, queryCount, dimension, rows, 0, count, tile);
    for (int i = 0; i < queryCount; i++) {
      int query = firstQuery + i;
      DistanceFunction function = functions.get(query);
      double square = querySquares[query];
      double slope = known.slope(square, bounds[i]);
      double offset = known.offset(square, function.scale(), bounds[i]);
      int found = 0;
      for (int row = 0; row < count; row++) {
        // Not "at least": of what is not a number nothing is known.
        if (!(tile[i * count + row] < slope * measures[row] + offset)) {
          near[found++] = row;
        }
      }
      for (int n = 0; n < found; n++) {
        taker.take(query, near[n], function.score(rows, near[n] * dimension));
      }
    }
  }

  private void allScores(int firstQuery, int queryCount, float[] rows, int count, Taker taker) {
    any.runTile(queries, firstQuery, queryCount, rows, count, tile);
    for (int i = 0; i < queryCount; i++) {
      DistanceFunction function = functions.get(firstQuery + i);
      System.arraycopy(tile, i * count, first, 0, count);
      function.finish(first, squaredNorms, count, scores, 0);
      for (int row = 0; row < count; row++) {
        if (Double.isNaN(scores[row])) {
          int from = row * dimension();
          scores[row] = function.repaired(Arrays.copyOfRange(rows, from, from + dimension()));
        }
        taker.take(firstQuery + i, row, scores[row]);
      }
    }
  }
}
