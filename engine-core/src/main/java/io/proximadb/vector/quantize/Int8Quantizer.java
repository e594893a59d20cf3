package io.proximadb.vector.quantize;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Metric;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Codes a vector by eight bits for each of some directions. Immutable and safe for use by several
 * threads; trained from a sample, the same sample and seed giving the same quantizer on kernels
 * that round alike.
 *
 * <p>A row less the mean of the sample is split into its part {@code p} along the directions, see
 * {@link Projection}, and the rest {@code r}. The part is rounded to multiples of one step. Beside
 * the codes stand the row's correction and the lengths of what was lost, so that
 *
 * <pre>
 * estimate = correction(row) + constant(query) - factor(query) * (codes of row . codes of query)
 * </pre>
 *
 * estimates the <em>target</em>: the squared distance under EUCLIDEAN, that of the directions under
 * COSINE (twice the cosine distance), minus the dot product under DOT. The two rests are not
 * compared; those of near vectors are taken to have a cosine of {@value #REST_COSINE}, which
 * measured better than 0 and 1. MANHATTAN has no such form and is refused.
 *
 * <p>With fewer directions than the vectors have dimensions this is the reduction of LeanVec [1],
 * with as many it is scalar quantization in a rotated space.
 *
 * <p>A coded row is {@link #rowBytes()} long: codes, zeros, then three little-endian floats: the
 * correction, the length of {@code r}, the length of the rounding error of {@code p}. A row that is
 * not finite is coded as one that is far from all.
 *
 * <p>[1] Tepper et al., LeanVec: Searching vectors faster by making them fit, 2024.
 */
public final class Int8Quantizer {
  /** Rows of a sample, at most; more move the directions by little and cost more to look at. */
  public static final int MAX_SAMPLE_ROWS = 8_192;

  /**
   * From more dimensions the covariance would take over 64 MiB; directions are random then, which
   * keeps estimates right but less sharp.
   */
  public static final int MAX_PRINCIPAL_DIMENSION = 4_096;

  /** A coded row is a multiple of so many bytes, which is what kernels read at once. */
  static final int ALIGNMENT = 16;

  /** Bytes beside the codes. */
  static final int FOOTER_BYTES = 3 * Float.BYTES;

  static final int MAX_CODE = 127;

  /** Cosine of the rests of near vectors, assumed. */
  static final double REST_COSINE = 0.5;

  /** Standard deviations that the codes reach to: what is farther is cut, 1 of 150,000. */
  private static final double REACH = 4.5;

  /** The correction of a row that is not finite or too far for floats: farther than any other. */
  private static final float FAR = Float.MAX_VALUE / 8;

  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VectorKernels KERNELS = Kernels.best();
  private static final CodeKernels CODES = KERNELS.codes();

  private final Metric metric;
  private final int dimension;
  private final int codes;
  private final float[] mean;
  private final float[] basis;
  private final float step;

  /** The directions by eight bits, for queries that need no bound. */
  private final byte[] coarseBasis;

  private final float[] coarseSteps;

  /** A quantizer that was trained before. */
  public Int8Quantizer(Int8Parameters parameters) {
    this.metric = parameters.metric();
    this.dimension = parameters.mean().length;
    this.codes = parameters.basis().length / dimension;
    this.mean = parameters.mean();
    this.basis = parameters.basis();
    this.step = parameters.step();
    this.coarseBasis = new byte[basis.length];
    this.coarseSteps = new float[codes];
    for (int i = 0; i < codes; i++) {
      coarseSteps[i] = round(basis, i * dimension, dimension, coarseBasis, i * dimension);
    }
  }

  /** What makes it, to be kept. */
  public Int8Parameters parameters() {
    return new Int8Parameters(metric, mean, basis, step);
  }

  /**
   * Trains on a sample.
   *
   * @param sample rows end to end; overwritten
   * @param count of rows, 1 to {@link #MAX_SAMPLE_ROWS}
   * @param codes wanted for each row; with more than dimensions there are as many as dimensions
   */
  public static Int8Quantizer train(
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
    float[] row = new float[dimension];
    float[] part = new float[directions];
    double square = 0;
    for (int i = 0; i < finite; i++) {
      System.arraycopy(sample, i * dimension, row, 0, dimension);
      KERNELS.dotRows(row, basis, 0, directions, part, 0);
      square += KERNELS.dot(part, 0, part, 0, directions);
    }
    double deviation = Math.sqrt(square / Math.max(1, finite) / directions);
    // A sample of equal rows has no spread; any step does.
    float step = (float) (deviation * REACH / MAX_CODE);
    boolean usable = step >= Float.MIN_NORMAL && step < Float.MAX_VALUE;
    return new Int8Quantizer(new Int8Parameters(metric, mean, basis, usable ? step : 1));
  }

  public Metric metric() {
    return metric;
  }

  public int dimension() {
    return dimension;
  }

  /** Codes of a row. */
  public int codes() {
    return codes;
  }

  /** Bytes of a coded row. */
  public int rowBytes() {
    return rowBytes(codes);
  }

  /** Bytes of a row of so many codes. */
  public static int rowBytes(int codes) {
    return (codes + FOOTER_BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Bytes of the quantizer itself in memory: the directions twice, as floats and as bytes. */
  public long memoryBytes() {
    return (long) codes * dimension * (Float.BYTES + 1);
  }

  /** Codes a row into {@link #rowBytes()} bytes. */
  public void encode(float[] rows, int offset, byte[] coded, int at) {
    float[] row = new float[dimension];
    System.arraycopy(rows, offset, row, 0, dimension);
    boolean finite = Rows.isFinite(row);
    centre(row);
    float[] part = new float[codes];
    KERNELS.dotRows(row, basis, 0, codes, part, 0);
    double whole = KERNELS.dot(row, 0, row, 0, dimension);
    double kept = 0;
    double error = 0;
    for (int i = 0; i < codes; i++) {
      int code = Math.max(-MAX_CODE, Math.min(MAX_CODE, Math.round(part[i] / step)));
      coded[at + i] = (byte) code;
      double lost = part[i] - (double) code * step;
      kept += (double) part[i] * part[i];
      error += lost * lost;
    }
    double rest = Math.max(0, whole - kept);
    float correction =
        metric == Metric.DOT
            ? -KERNELS.dot(mean, 0, row, 0, dimension)
            : (float) (kept + (1 - REST_COSINE) * rest);
    int footer = at + rowBytes() - FOOTER_BYTES;
    for (int i = at + codes; i < footer; i++) {
      coded[i] = 0;
    }
    if (!finite || !(Math.abs(correction) < FAR)) {
      Arrays.fill(coded, at, footer, (byte) 0);
      correction = FAR;
    }
    FLOAT.set(coded, footer, correction);
    FLOAT.set(coded, footer + Float.BYTES, (float) Math.sqrt(rest));
    FLOAT.set(coded, footer + 2 * Float.BYTES, (float) Math.sqrt(error));
  }

  /** What a row adds to its estimates. */
  public float correction(byte[] coded, int at) {
    return (float) FLOAT.get(coded, at + rowBytes() - FOOTER_BYTES);
  }

  /** The factor of estimates between two rows, whose constant is the other's correction. */
  public float rowFactor() {
    return (float) (targetFactor() * step * step);
  }

  private double targetFactor() {
    return metric == Metric.DOT ? 1 : 2;
  }

  /** A query whose estimates have bounds. */
  public Int8Query query(float[] query) {
    float[] centred = centred(query);
    float[] part = new float[codes];
    KERNELS.dotRows(centred, basis, 0, codes, part, 0);
    return coded(centred, part);
  }

  /**
   * A query for estimates alone: its part is computed from eight bits of query and directions,
   * which reads a quarter of the memory and loses less than the rounding of the rows.
   */
  public Int8Query coarseQuery(float[] query) {
    float[] centred = centred(query);
    byte[] rounded = new byte[dimension];
    float queryStep = round(centred, 0, dimension, rounded, 0);
    int[] wide = new int[dimension];
    CODES.widen(rounded, 0, wide);
    int[] dots = new int[codes];
    CODES.dotRows(wide, coarseBasis, 0, dimension, codes, dots);
    float[] part = new float[codes];
    for (int i = 0; i < codes; i++) {
      part[i] = dots[i] * queryStep * coarseSteps[i];
    }
    return coded(centred, part);
  }

  private Int8Query coded(float[] centred, float[] part) {
    byte[] rounded = new byte[rowBytes()];
    float queryStep = round(part, 0, codes, rounded, 0);
    int[] wide = new int[rowBytes()];
    double kept = 0;
    double error = 0;
    for (int i = 0; i < codes; i++) {
      wide[i] = rounded[i];
      double lost = part[i] - (double) rounded[i] * queryStep;
      kept += (double) part[i] * part[i];
      error += lost * lost;
    }
    double rest = Math.max(0, KERNELS.dot(centred, 0, centred, 0, dimension) - kept);
    double constant =
        metric == Metric.DOT
            ? -KERNELS.dot(mean, 0, centred, 0, dimension)
                - KERNELS.dot(mean, 0, mean, 0, dimension)
            : kept + (1 - REST_COSINE) * rest;
    return new Int8Query(
        wide, (float) (targetFactor() * step * queryStep), (float) constant, kept, rest, error);
  }

  /**
   * How far the target can be from a row's estimate.
   *
   * @param query of {@link #query(float[])}
   * @return the target is at least {@code estimate - lower} and at most {@code estimate + upper},
   *     given as these two
   */
  public Int8Bounds bounds(Int8Query query, byte[] coded, int at) {
    int footer = at + rowBytes() - FOOTER_BYTES;
    double rest = (float) FLOAT.get(coded, footer + Float.BYTES);
    double error = (float) FLOAT.get(coded, footer + 2 * Float.BYTES);
    double codedLength = Math.sqrt((double) CODES.dot(coded, at, coded, at, codes)) * step;
    double queryRest = Math.sqrt(query.squaredRest());
    // The rounding errors of both parts, and rests in any direction, by Cauchy and Schwarz.
    double dots =
        error * Math.sqrt(query.squaredPart())
            + codedLength * Math.sqrt(query.squaredError())
            + rest * queryRest;
    double shift = metric == Metric.DOT ? 0 : REST_COSINE * (rest * rest + query.squaredRest());
    double length = codedLength + error + rest + Math.sqrt(query.squaredPart()) + queryRest;
    if (metric == Metric.DOT) {
      length += Math.sqrt(KERNELS.dot(mean, 0, mean, 0, dimension));
    }
    double rounding = (dimension + 64) * 0x1p-23 * length * length;
    return new Int8Bounds(
        Math.max(0, targetFactor() * dots - shift + rounding),
        Math.max(0, targetFactor() * dots + shift + rounding));
  }

  private float[] centred(float[] query) {
    if (query.length != dimension) {
      throw new InvalidArgumentException(
          "Invalid query: dimension " + query.length + " (expected " + dimension + ")");
    }
    float[] centred = query.clone();
    centre(centred);
    return centred;
  }

  private void centre(float[] row) {
    if (metric == Metric.COSINE) {
      Rows.normalize(row, 0, dimension);
    }
    for (int i = 0; i < dimension; i++) {
      row[i] -= mean[i];
    }
  }

  /** Rounds to multiples of a step that is returned: the largest becomes the largest code. */
  private static float round(float[] values, int offset, int length, byte[] codes, int at) {
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
