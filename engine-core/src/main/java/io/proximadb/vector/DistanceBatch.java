package io.proximadb.vector;

import io.proximadb.error.InvalidArgumentException;
import java.util.Arrays;
import java.util.List;

/**
 * The distances of many rows to many queries of one metric. The score of a pair is, bit for bit,
 * the one that {@link DistanceFunction} gives, whatever it is batched with. Keeps scratch arrays;
 * not safe for use by several threads.
 */
public final class DistanceBatch {
  /** Queries scored by one call: what a tile of the kernels takes, while its rows are in cache. */
  public static final int GROUP = 4;

  private final List<DistanceFunction> functions;
  private final DistanceFunction any;
  private final float[] queries;
  private float[] tile = {};
  private float[] first = {};
  private float[] squaredNorms = {};

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
    any.squaredNorms(rows, count, squaredNorms);
  }

  /**
   * The ranking scores of rows for some of the queries.
   *
   * @param firstQuery the first of at most {@link #GROUP} queries
   * @param rows end to end, as they were said by {@link #rows}
   * @param scores filled from index 0, query by query
   */
  public void scores(int firstQuery, int queryCount, float[] rows, int count, double[] scores) {
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
