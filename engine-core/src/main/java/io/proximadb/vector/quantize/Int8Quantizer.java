package io.proximadb.vector.quantize;

import io.proximadb.model.Metric;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

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
 * compared, see {@link Reduction}. MANHATTAN has no such form and is refused.
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
  /** Rows of a sample, at most. */
  public static final int MAX_SAMPLE_ROWS = Reduction.MAX_SAMPLE_ROWS;

  /** From more dimensions directions are random, see {@link Reduction}. */
  public static final int MAX_PRINCIPAL_DIMENSION = Reduction.MAX_PRINCIPAL_DIMENSION;

  /** A coded row is a multiple of so many bytes, which is what kernels read at once. */
  static final int ALIGNMENT = 16;

  /** Bytes beside the codes. */
  static final int FOOTER_BYTES = 3 * Float.BYTES;

  static final int MAX_CODE = Reduction.MAX_CODE;

  /** Standard deviations that the codes reach to: what is farther is cut, 1 of 150,000. */
  private static final double REACH = 4.5;

  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VectorKernels KERNELS = Kernels.best();
  private static final CodeKernels CODES = KERNELS.codes();

  private final Reduction space;
  private final int codes;
  private final float step;

  /** A quantizer that was trained before. */
  public Int8Quantizer(Int8Parameters parameters) {
    this(
        new Reduction(parameters.metric(), parameters.mean(), parameters.basis()),
        parameters.step());
  }

  private Int8Quantizer(Reduction space, float step) {
    this.space = space;
    this.codes = space.directions;
    this.step = step;
  }

  /** What makes it, to be kept. */
  public Int8Parameters parameters() {
    return new Int8Parameters(space.metric, space.mean, space.basis, step);
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
    Reduction.Trained trained = Reduction.train(metric, dimension, sample, count, codes, seed);
    Reduction space = trained.space();
    int finite = trained.finite();
    int directions = space.directions;
    float[] row = new float[dimension];
    double square = 0;
    for (int i = 0; i < finite; i++) {
      System.arraycopy(sample, i * dimension, row, 0, dimension);
      float[] part = space.part(row);
      square += KERNELS.dot(part, 0, part, 0, directions);
    }
    double deviation = Math.sqrt(square / Math.max(1, finite) / directions);
    // A sample of equal rows has no spread; any step does.
    float step = (float) (deviation * REACH / MAX_CODE);
    boolean usable = step >= Float.MIN_NORMAL && step < Float.MAX_VALUE;
    return new Int8Quantizer(space, usable ? step : 1);
  }

  public Metric metric() {
    return space.metric;
  }

  public int dimension() {
    return space.dimension;
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
    return space.memoryBytes();
  }

  /** The same of one that was not trained yet. */
  public static long memoryBytes(int codes, int dimension) {
    return Reduction.memoryBytes(codes, dimension);
  }

  /** One that codes the same directions by fewer bits, 1 to {@link BitQuantizer#MAX_BITS}. */
  public BitQuantizer withBits(int bits) {
    return new BitQuantizer(space, bits);
  }

  /** Codes a row into {@link #rowBytes()} bytes. */
  public void encode(float[] rows, int offset, byte[] coded, int at) {
    float[] row = space.centred(rows, offset);
    boolean finite = Rows.isFinite(rows, offset, space.dimension);
    float[] part = space.part(row);
    double whole = space.squaredLength(row);
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
    float correction = space.correction(row, kept, rest);
    int footer = at + rowBytes() - FOOTER_BYTES;
    for (int i = at + codes; i < footer; i++) {
      coded[i] = 0;
    }
    if (!finite || !(Math.abs(correction) < Reduction.FAR)) {
      Arrays.fill(coded, at, footer, (byte) 0);
      correction = Reduction.FAR;
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
    return (float) (space.targetFactor() * step * step);
  }

  /** A query whose estimates have bounds. */
  public Int8Query query(float[] query) {
    float[] centred = space.centred(query);
    return coded(centred, space.part(centred));
  }

  /**
   * A query for estimates alone: its part is computed from eight bits of query and directions,
   * which reads a quarter of the memory and loses less than the rounding of the rows.
   */
  public Int8Query coarseQuery(float[] query) {
    float[] centred = space.centred(query);
    return coded(centred, space.coarsePart(centred));
  }

  /** What rows are compared along. */
  Reduction space() {
    return space;
  }

  /** A query of which its part is known. */
  Int8Query coded(float[] centred, float[] part) {
    byte[] rounded = new byte[rowBytes()];
    float queryStep = Reduction.round(part, 0, codes, rounded, 0);
    int[] wide = new int[rowBytes()];
    double kept = 0;
    double error = 0;
    for (int i = 0; i < codes; i++) {
      wide[i] = rounded[i];
      double lost = part[i] - (double) rounded[i] * queryStep;
      kept += (double) part[i] * part[i];
      error += lost * lost;
    }
    double rest = Math.max(0, space.squaredLength(centred) - kept);
    return new Int8Query(
        wide,
        (float) (space.targetFactor() * step * queryStep),
        (float) space.constant(centred, kept, rest),
        kept,
        rest,
        error);
  }

  /**
   * How far the target can be from a row's estimate.
   *
   * @param query of {@link #query(float[])}
   * @return the target is at least {@code estimate - lower} and at most {@code estimate + upper},
   *     given as these two
   */
  public EstimateBounds bounds(Int8Query query, byte[] coded, int at) {
    int footer = at + rowBytes() - FOOTER_BYTES;
    double rest = (float) FLOAT.get(coded, footer + Float.BYTES);
    double error = (float) FLOAT.get(coded, footer + 2 * Float.BYTES);
    double codedLength = Math.sqrt((double) CODES.dot(coded, at, coded, at, codes)) * step;
    // The rounding errors of both parts, by Cauchy and Schwarz.
    double dots =
        error * Math.sqrt(query.squaredPart()) + codedLength * Math.sqrt(query.squaredError());
    double length = codedLength + error + Math.sqrt(query.squaredPart());
    return space.bounds(dots, rest, query.squaredRest(), length);
  }
}
