package io.proximadb.vector.quantize;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Metric;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import java.util.Locale;
import java.util.Random;

/**
 * Rows less a mean, split into their part along some directions and the rest: what quantizers of
 * directions have in common. Immutable and safe for use by several threads.
 *
 * <p>Of the rests only lengths are known. Those of near vectors are taken to have a cosine of
 * {@value #REST_COSINE}, which measured better than 0 and 1.
 */
final class Reduction {
  /** Rows of a sample, at most; more move the directions by little and cost more to look at. */
  static final int MAX_SAMPLE_ROWS = 8_192;

  /**
   * From more dimensions the covariance would take over 64 MiB; directions are random then, which
   * keeps estimates right but less sharp.
   */
  static final int MAX_PRINCIPAL_DIMENSION = 4_096;

  /** Cosine of the rests of near vectors, assumed. */
  static final double REST_COSINE = 0.5;

  /** The correction of a row that is not finite or too far for floats: farther than any other. */
  static final float FAR = Float.MAX_VALUE / 8;

  static final int MAX_CODE = 127;

  private static final VectorKernels KERNELS = Kernels.best();
  private static final CodeKernels CODES = KERNELS.codes();

  final Metric metric;
  final int dimension;
  final int directions;
  final float[] mean;
  final float[] basis;

  /** The directions by eight bits, for queries that need no bound. */
  private final byte[] coarseBasis;

  private final float[] coarseSteps;

  /** Directions, orthonormal within float rounding and end to end. */
  Reduction(Metric metric, float[] mean, float[] basis) {
    this.metric = metric;
    this.dimension = mean.length;
    this.directions = basis.length / dimension;
    this.mean = mean;
    this.basis = basis;
    this.coarseBasis = new byte[basis.length];
    this.coarseSteps = new float[directions];
    for (int i = 0; i < directions; i++) {
      coarseSteps[i] = round(basis, i * dimension, dimension, coarseBasis, i * dimension);
    }
  }

  /**
   * What training found.
   *
   * @param finite rows of the sample that are finite, moved to its front and less the mean
   */
  record Trained(Reduction space, int finite) {}

  /**
   * Trains on a sample: the first principal components, rotated at random among themselves.
   *
   * @param sample rows end to end; overwritten
   * @param count of rows, 1 to {@link #MAX_SAMPLE_ROWS}
   * @param codes directions wanted; those of the vectors where that is less
   */
  static Trained train(
      Metric metric, int dimension, float[] sample, int count, int codes, long seed) {
    if (metric == Metric.MANHATTAN) {
      throw new InvalidArgumentException(
          "Cannot quantize vectors compared by MANHATTAN (expected EUCLIDEAN, COSINE or DOT)");
    }
    if (count < 1 || count > MAX_SAMPLE_ROWS || codes < 1) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid training: %d rows, %d codes (expected 1 to %d rows, at least 1 code)",
              count,
              codes,
              MAX_SAMPLE_ROWS));
    }
    int directions = Math.min(codes, dimension);
    int finite = Rows.keepFinite(sample, count, dimension, metric == Metric.COSINE);
    float[] mean = Rows.mean(sample, finite, dimension);
    Rows.subtract(sample, finite, dimension, mean);
    Random random = new Random(seed);
    int looked = dimension <= MAX_PRINCIPAL_DIMENSION ? finite : 0;
    float[] basis = Projection.train(sample, looked, dimension, directions, random);
    return new Trained(new Reduction(metric, mean, basis), finite);
  }

  /** A row as it is compared, less the mean. */
  float[] centred(float[] rows, int offset) {
    float[] row = new float[dimension];
    System.arraycopy(rows, offset, row, 0, dimension);
    if (metric == Metric.COSINE) {
      Rows.normalize(row, 0, dimension);
    }
    for (int i = 0; i < dimension; i++) {
      row[i] -= mean[i];
    }
    return row;
  }

  /** The same of a query. */
  float[] centred(float[] query) {
    if (query.length != dimension) {
      throw new InvalidArgumentException(
          "Invalid query: dimension " + query.length + " (expected " + dimension + ")");
    }
    return centred(query, 0);
  }

  /** What is along the directions. */
  float[] part(float[] centred) {
    float[] part = new float[directions];
    KERNELS.dotRows(centred, basis, 0, directions, part, 0);
    return part;
  }

  /**
   * The same from eight bits of query and directions, which reads a quarter of the memory and loses
   * less than the rounding of the rows.
   */
  float[] coarsePart(float[] centred) {
    byte[] rounded = new byte[dimension];
    float step = round(centred, 0, dimension, rounded, 0);
    int[] wide = new int[dimension];
    CODES.widen(rounded, 0, wide);
    int[] dots = new int[directions];
    CODES.dotRows(wide, coarseBasis, 0, dimension, directions, dots);
    float[] part = new float[directions];
    for (int i = 0; i < directions; i++) {
      part[i] = dots[i] * step * coarseSteps[i];
    }
    return part;
  }

  /** The squared length of a row or query less the mean. */
  double squaredLength(float[] centred) {
    return KERNELS.dot(centred, 0, centred, 0, dimension);
  }

  /** What a row adds to estimates of the target, given the squared lengths of part and rest. */
  float correction(float[] centred, double kept, double rest) {
    return metric == Metric.DOT
        ? -KERNELS.dot(mean, 0, centred, 0, dimension)
        : (float) (kept + (1 - REST_COSINE) * rest);
  }

  /** What a query adds to them. */
  double constant(float[] centred, double kept, double rest) {
    return metric == Metric.DOT
        ? -KERNELS.dot(mean, 0, centred, 0, dimension) - KERNELS.dot(mean, 0, mean, 0, dimension)
        : kept + (1 - REST_COSINE) * rest;
  }

  /** The target has minus so many dot products. */
  double targetFactor() {
    return metric == Metric.DOT ? 1 : 2;
  }

  /**
   * How far the target can be from an estimate.
   *
   * @param dots how far the dot product of the parts can be from its estimate
   * @param rest length of the row's rest
   * @param squaredRest of the query's
   * @param length no less than the lengths of all that the estimate adds up, together
   */
  EstimateBounds bounds(double dots, double rest, double squaredRest, double length) {
    double withRests = dots + rest * Math.sqrt(squaredRest);
    double shift = metric == Metric.DOT ? 0 : REST_COSINE * (rest * rest + squaredRest);
    double added = length + rest + Math.sqrt(squaredRest);
    if (metric == Metric.DOT) {
      added += Math.sqrt(KERNELS.dot(mean, 0, mean, 0, dimension));
    }
    double rounding = rounding(added);
    return new EstimateBounds(
        Math.max(0, targetFactor() * withRests - shift + rounding),
        Math.max(0, targetFactor() * withRests + shift + rounding));
  }

  /**
   * How far an estimate can be off by rounding alone.
   *
   * @param length no less than the lengths of all that it adds up, together
   */
  double rounding(double length) {
    return (dimension + 64) * 0x1p-23 * length * length;
  }

  /** Bytes of the directions in memory, once as floats and once by eight bits, and the mean. */
  long memoryBytes() {
    return memoryBytes(directions, dimension);
  }

  static long memoryBytes(int directions, int dimension) {
    return (long) directions * dimension * (Float.BYTES + 1)
        + (long) (directions + dimension) * Float.BYTES;
  }

  /** Rounds to multiples of a step that is returned: the largest becomes the largest code. */
  static float round(float[] values, int offset, int length, byte[] codes, int at) {
    float largest = 0;
    for (int i = offset; i < offset + length; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    float step = Math.max(largest / MAX_CODE, Float.MIN_NORMAL);
    float inverse = 1 / step;
    for (int i = 0; i < length; i++) {
      float scaled = values[offset + i] * inverse;
      // Half away from zero and cut off, which is to round; Math.round takes several times as long.
      int code = (int) (scaled + Math.copySign(0.5f, scaled));
      codes[at + i] = (byte) Math.max(-MAX_CODE, Math.min(MAX_CODE, code));
    }
    return step;
  }
}
