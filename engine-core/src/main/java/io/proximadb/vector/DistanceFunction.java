package io.proximadb.vector;

import io.proximadb.model.Metric;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * The distances of many rows to one query, by a metric. Immutable and safe for use by several
 * threads.
 *
 * <p>Rows are first given a <em>ranking score</em>, which ascends with the distance and is cheaper:
 * EUCLIDEAN ranks by the square. {@link #distance(double)} turns a score into the distance that
 * {@link Metric} defines. Scores and distances are finite for all finite vectors: a row whose score
 * is outside what floats hold exactly enough is computed again in double.
 *
 * <p>Writes refuse rows of zeros under COSINE and rows that are not finite, but other engines may
 * have written them: the former have no direction and get the distance 1, the latter rank last. The
 * score of a row depends on its components alone, see {@link VectorKernels}.
 */
public abstract sealed class DistanceFunction {
  /** Rows scored by one call of a kernel, so that the scratch arrays stay small. */
  private static final int CHUNK_ROWS = 1_024;

  /**
   * The smallest sum of squares taken as it is. Below, squares of components may have vanished: a
   * float holds no square of a number under 2^-75.
   */
  static final float MIN_SQUARE = 0x1p-80f;

  private final Metric metric;
  private final float[] exactQuery;

  /** What the kernels see: the query, or a scaled copy. */
  final float[] query;

  final VectorKernels kernels;

  private DistanceFunction(
      Metric metric, float[] exactQuery, float[] query, VectorKernels kernels) {
    this.metric = metric;
    this.exactQuery = exactQuery;
    this.query = query;
    this.kernels = kernels;
  }

  /**
   * The distances to a query, by the best kernels of this JVM.
   *
   * @param query finite components, not all zero under COSINE; copied
   */
  public static DistanceFunction of(Metric metric, float[] query) {
    return of(metric, query, Kernels.best());
  }

  static DistanceFunction of(Metric metric, float[] query, VectorKernels kernels) {
    float[] copy = query.clone();
    return switch (metric) {
      case COSINE -> new Cosine(copy, kernels);
      case EUCLIDEAN -> new Euclidean(copy, kernels);
      case MANHATTAN -> new Manhattan(copy, kernels);
      case DOT -> new Dot(copy, kernels);
    };
  }

  public final Metric metric() {
    return metric;
  }

  public final int dimension() {
    return query.length;
  }

  /** The distance that belongs to a ranking score. */
  public abstract double distance(double score);

  /**
   * The largest ranking score whose distance is not above the one given; below all scores if there
   * is none.
   */
  public double scoreWithin(double distance) {
    return distance;
  }

  /** The ranking score of one row. */
  public final double score(float[] rows, int offset) {
    double[] score = new double[1];
    scores(rows, offset, 1, score);
    return score[0];
  }

  /**
   * The ranking scores of rows that lie end to end.
   *
   * @param offset of the first row, in floats
   * @param scores filled from index 0
   */
  public final void scores(float[] rows, int offset, int count, double[] scores) {
    Objects.checkFromIndexSize(offset, (long) count * dimension(), (long) rows.length);
    scores(new RowSource.InArray(rows), offset, count, scores);
  }

  /**
   * The ranking scores of little-endian rows that lie end to end.
   *
   * @param byteOffset of the first row; the buffer's position is not read
   * @param scores filled from index 0
   */
  public final void scores(ByteBuffer rows, int byteOffset, int count, double[] scores) {
    Objects.checkFromIndexSize(
        byteOffset, (long) count * dimension() * Float.BYTES, (long) rows.limit());
    scores(new RowSource.InBuffer(rows), byteOffset, count, scores);
  }

  private void scores(RowSource rows, int offset, int count, double[] scores) {
    Objects.checkFromIndexSize(0, count, scores.length);
    int scratch = Math.min(count, CHUNK_ROWS);
    float[] first = new float[scratch];
    float[] second = this instanceof Cosine ? new float[scratch] : first;
    int rowUnits = dimension() * rows.unitsPerFloat();
    for (int done = 0; done < count; done += CHUNK_ROWS) {
      int n = Math.min(CHUNK_ROWS, count - done);
      run(rows, offset + done * rowUnits, n, first, second);
      finish(first, second, n, scores, done);
      for (int i = done; i < done + n; i++) {
        if (Double.isNaN(scores[i])) {
          scores[i] = repaired(rows.copy(offset + i * rowUnits, dimension()));
        }
      }
    }
  }

  /** The score of a row that floats do not fit. */
  final double repaired(float[] row) {
    double exact = exactScore(exactQuery, row);
    return Double.isFinite(exact) ? exact : farthestScore();
  }

  /** Runs the metric's kernel over rows. */
  abstract void run(RowSource rows, int offset, int count, float[] first, float[] second);

  /** Runs the metric's kernel for several queries, see {@link VectorKernels#dotTile}. */
  abstract void runTile(
      float[] queries, int firstQuery, int queryCount, float[] rows, int count, float[] first);

  /** The squared lengths of rows, where the metric needs them. */
  void squaredNorms(float[] rows, int count, float[] squaredNorms) {}

  /** Makes scores of what the kernel found; NaN where that is not exact enough. */
  abstract void finish(float[] first, float[] second, int count, double[] scores, int at);

  /** The score of a row that is not finite. */
  double farthestScore() {
    return Double.MAX_VALUE;
  }

  /** How many times as large as the query is what the kernels see, where scores undo that. */
  double scale() {
    return 1;
  }

  /** The score in double, for the rare rows that floats do not fit. */
  abstract double exactScore(float[] query, float[] row);

  private static final class Cosine extends DistanceFunction {
    /** That of opposite directions. */
    private static final double MAX_DISTANCE = 2;

    private final double queryNorm;
    private final double scaledNorm;

    Cosine(float[] query, VectorKernels kernels) {
      super(Metric.COSINE, query, normalized(query), kernels);
      queryNorm = Math.sqrt(dot(query, query));
      scaledNorm = Math.sqrt(dot(this.query, this.query));
    }

    private static float[] normalized(float[] query) {
      double norm = Math.sqrt(dot(query, query));
      if (norm == 0) {
        throw new IllegalArgumentException("A query of zeros has no direction");
      }
      float[] unit = new float[query.length];
      for (int i = 0; i < unit.length; i++) {
        unit[i] = (float) (query[i] / norm);
      }
      return unit;
    }

    @Override
    void run(RowSource rows, int offset, int count, float[] first, float[] second) {
      rows.dotAndSquaredNorm(kernels, query, offset, count, first, second);
    }

    @Override
    void runTile(
        float[] queries, int firstQuery, int queryCount, float[] rows, int count, float[] first) {
      kernels.dotTile(
          queries, firstQuery * dimension(), queryCount, dimension(), rows, 0, count, first);
    }

    @Override
    void squaredNorms(float[] rows, int count, float[] squaredNorms) {
      int dimension = dimension();
      for (int row = 0; row < count; row++) {
        squaredNorms[row] = kernels.dot(rows, row * dimension, rows, row * dimension, dimension);
      }
    }

    @Override
    void finish(float[] dots, float[] squaredNorms, int count, double[] scores, int at) {
      for (int i = 0; i < count; i++) {
        float norm = squaredNorms[i];
        scores[at + i] =
            norm >= MIN_SQUARE && norm <= Float.MAX_VALUE
                ? clamp(1 - dots[i] / (Math.sqrt(norm) * scaledNorm))
                : Double.NaN;
      }
    }

    @Override
    double exactScore(float[] query, float[] row) {
      double rowNorm = Math.sqrt(dot(row, row));
      return rowNorm == 0 ? 1 : clamp(1 - dot(query, row) / queryNorm / rowNorm);
    }

    @Override
    double farthestScore() {
      return MAX_DISTANCE;
    }

    @Override
    public double distance(double score) {
      return score;
    }

    private static double clamp(double distance) {
      return Math.max(0, Math.min(MAX_DISTANCE, distance));
    }
  }

  private static final class Euclidean extends DistanceFunction {
    Euclidean(float[] query, VectorKernels kernels) {
      super(Metric.EUCLIDEAN, query, query, kernels);
    }

    @Override
    void run(RowSource rows, int offset, int count, float[] first, float[] second) {
      rows.squaredL2(kernels, query, offset, count, first);
    }

    @Override
    void runTile(
        float[] queries, int firstQuery, int queryCount, float[] rows, int count, float[] first) {
      kernels.squaredL2Tile(
          queries, firstQuery * dimension(), queryCount, dimension(), rows, 0, count, first);
    }

    @Override
    void finish(float[] squares, float[] unused, int count, double[] scores, int at) {
      for (int i = 0; i < count; i++) {
        float square = squares[i];
        scores[at + i] = square >= MIN_SQUARE && square <= Float.MAX_VALUE ? square : Double.NaN;
      }
    }

    @Override
    double exactScore(float[] query, float[] row) {
      double sum = 0;
      for (int i = 0; i < row.length; i++) {
        double difference = (double) query[i] - row[i];
        sum += difference * difference;
      }
      return sum;
    }

    @Override
    public double distance(double score) {
      return Math.sqrt(score);
    }

    @Override
    public double scoreWithin(double distance) {
      double score = distance * distance;
      if (distance < 0 || score == Double.POSITIVE_INFINITY) {
        return distance;
      }
      while (Math.sqrt(score) > distance) {
        score = Math.nextDown(score);
      }
      while (Math.sqrt(Math.nextUp(score)) <= distance) {
        score = Math.nextUp(score);
      }
      return score;
    }
  }

  private static final class Manhattan extends DistanceFunction {
    Manhattan(float[] query, VectorKernels kernels) {
      super(Metric.MANHATTAN, query, query, kernels);
    }

    @Override
    void run(RowSource rows, int offset, int count, float[] first, float[] second) {
      rows.l1(kernels, query, offset, count, first);
    }

    @Override
    void runTile(
        float[] queries, int firstQuery, int queryCount, float[] rows, int count, float[] first) {
      kernels.l1Tile(
          queries, firstQuery * dimension(), queryCount, dimension(), rows, 0, count, first);
    }

    @Override
    void finish(float[] sums, float[] unused, int count, double[] scores, int at) {
      for (int i = 0; i < count; i++) {
        scores[at + i] = sums[i] <= Float.MAX_VALUE ? sums[i] : Double.NaN;
      }
    }

    @Override
    double exactScore(float[] query, float[] row) {
      double sum = 0;
      for (int i = 0; i < row.length; i++) {
        sum += Math.abs((double) query[i] - row[i]);
      }
      return sum;
    }

    @Override
    public double distance(double score) {
      return score;
    }
  }

  private static final class Dot extends DistanceFunction {
    /** Exact, because it is a power of two. */
    private final double unscale;

    Dot(float[] query, VectorKernels kernels) {
      super(Metric.DOT, query, scaled(query, scale(query)), kernels);
      unscale = 1 / scale(query);
    }

    /**
     * Brings the largest component of a tiny query to about 1, so that products with ordinary rows
     * do not vanish.
     */
    private static double scale(float[] query) {
      float largest = 0;
      for (float component : query) {
        largest = Math.max(largest, Math.abs(component));
      }
      return largest == 0 || largest >= 0x1p-20f
          ? 1
          : Math.scalb(1.0, -Math.getExponent((double) largest));
    }

    @Override
    double scale() {
      return 1 / unscale;
    }

    private static float[] scaled(float[] query, double scale) {
      float[] scaled = new float[query.length];
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] = (float) (query[i] * scale);
      }
      return scaled;
    }

    @Override
    void run(RowSource rows, int offset, int count, float[] first, float[] second) {
      rows.dot(kernels, query, offset, count, first);
    }

    @Override
    void runTile(
        float[] queries, int firstQuery, int queryCount, float[] rows, int count, float[] first) {
      kernels.dotTile(
          queries, firstQuery * dimension(), queryCount, dimension(), rows, 0, count, first);
    }

    @Override
    void finish(float[] dots, float[] unused, int count, double[] scores, int at) {
      for (int i = 0; i < count; i++) {
        // 0.0 - x instead of -x: orthogonal rows are at 0, not at -0.
        scores[at + i] =
            Math.abs(dots[i]) <= Float.MAX_VALUE ? 0.0 - dots[i] * unscale : Double.NaN;
      }
    }

    @Override
    double exactScore(float[] query, float[] row) {
      return 0.0 - dot(query, row);
    }

    @Override
    public double distance(double score) {
      return score;
    }
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
