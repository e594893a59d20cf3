package io.proximadb.vector.quantize;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Metric;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.Kernels;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Codes a vector by one to four bits for each of some directions: RaBitQ [1], [2]. Immutable and
 * safe for use by several threads.
 *
 * <p>A row less the mean of a sample is split into its part {@code p} along the directions, which
 * are rotated at random, and the rest. A code {@code u} of {@code b} bits stands for {@code u -
 * (2^b - 1) / 2}; of some widths of steps that is taken whose codes {@code x} make the smallest
 * angle with {@code p}. With {@code f = |p|^2 / (x . p)}, {@code f x} is {@code p} and an error
 * {@code e} at right angles to it, so that for a part {@code q} of a query
 *
 * <pre>
 * f (x . q) = p . q + e . q,    |e . q| &lt;= |e| |q|
 * </pre>
 *
 * and, since the rotation is random, {@code e . q} has the mean zero and is above {@code epsilon
 * |e| |q| / sqrt(directions - 1)} with a probability that falls like {@code exp(-epsilon^2 / 2)}
 * [1, theorem 3.2]. The estimate is
 *
 * <pre>
 * correction(row) + constant(query) - factor(query) scale(row) (codes of row . query - shift(query))
 * </pre>
 *
 * of the same target, and with the same treatment of rests, as that of {@link Int8Quantizer}.
 * Unlike in [1] a query is rounded to eight bits, and its codes are multiplied, not counted.
 *
 * <p>A coded row is {@link #rowBytes()} long: {@code n} little-endian shorts that hold the codes,
 * code {@code i} in short {@code i mod n} from bit {@code b (i / n)} on, then as two little-endian
 * floats the correction and the scale {@code f}. A row that is not finite is coded as one that is
 * far from all. What bounds need besides is given by {@link #encode}; who keeps no bounds need not
 * keep it.
 *
 * <p>[1] Gao and Long, RaBitQ: Quantizing high-dimensional vectors with a theoretical error bound,
 * SIGMOD 2024, arXiv 2405.12497.
 *
 * <p>[2] Gao et al., Practical and asymptotically optimal quantization of high-dimensional vectors
 * in Euclidean space for approximate nearest neighbor search, 2024, arXiv 2409.09913.
 */
public final class BitQuantizer {
  /** Bits of a code, at most: products of these and eight bits are summed up in sixteen. */
  public static final int MAX_BITS = 4;

  /** Bytes beside the codes. */
  static final int FOOTER_BYTES = 2 * Float.BYTES;

  /** Width of a step in standard deviations that suits a Gaussian best, by bits. */
  private static final double[] STEPS = {0, 1, 0.9957, 0.5860, 0.3352};

  /**
   * Widths that are tried, in parts of these: how far out a row's largest components are varies.
   */
  private static final double[] TRIED = {0.75, 0.88, 1, 1.12, 1.25};

  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final CodeKernels CODES = Kernels.best().codes();

  private final Reduction space;
  private final int codes;
  private final int bits;
  private final int shorts;

  /** The smallest code stands for minus this, the largest for this. */
  private final float reach;

  BitQuantizer(Reduction space, int bits) {
    if (bits < 1 || bits > MAX_BITS) {
      throw new InvalidArgumentException(
          "Invalid bits: " + bits + " (expected 1 to " + MAX_BITS + ")");
    }
    this.space = space;
    this.codes = space.directions;
    this.bits = bits;
    this.shorts = shorts(codes, bits);
    this.reach = ((1 << bits) - 1) / 2f;
  }

  /**
   * A quantizer that was trained before.
   *
   * @param parameters whose step is not used
   * @param bits of a code, 1 to {@value #MAX_BITS}
   */
  public BitQuantizer(Int8Parameters parameters, int bits) {
    this(new Reduction(parameters.metric(), parameters.mean(), parameters.basis()), bits);
  }

  /**
   * Trains on a sample.
   *
   * @param sample rows end to end; overwritten
   * @param count of rows, 1 to {@link Int8Quantizer#MAX_SAMPLE_ROWS}
   * @param codes wanted for each row; with more than dimensions there are as many as dimensions,
   *     and the directions are random
   * @param bits of a code, 1 to {@value #MAX_BITS}
   */
  public static BitQuantizer train(
      Metric metric, int dimension, float[] sample, int count, int codes, int bits, long seed) {
    return new BitQuantizer(
        Reduction.train(metric, dimension, sample, count, codes, seed).space(), bits);
  }

  /** What makes it, to be kept; the step is 1. */
  public Int8Parameters parameters() {
    return new Int8Parameters(space.metric, space.mean, space.basis, 1);
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

  /** Bits of a code. */
  public int bits() {
    return bits;
  }

  /** Bytes of a coded row. */
  public int rowBytes() {
    return rowBytes(codes, bits);
  }

  /** Bytes of a row of so many codes. */
  public static int rowBytes(int codes, int bits) {
    return Short.BYTES * shorts(codes, bits) + FOOTER_BYTES;
  }

  /** Bytes that kernels read from where a row begins; there have to be as many. */
  public int readBytes() {
    return Math.max(rowBytes(), Short.BYTES * paddedShorts());
  }

  private static int shorts(int codes, int bits) {
    int ofShort = Short.SIZE / bits;
    return (codes + ofShort - 1) / ofShort;
  }

  private int paddedShorts() {
    int step = CodeKernels.PACKED_SHORTS;
    return (shorts + step - 1) / step * step;
  }

  /** Bytes of the quantizer itself in memory: the directions twice, as floats and as bytes. */
  public long memoryBytes() {
    return space.memoryBytes();
  }

  /**
   * Codes a row into {@link #rowBytes()} bytes.
   *
   * @return what bounds of its estimates need
   */
  public BitErrors encode(float[] rows, int offset, byte[] coded, int at) {
    float[] row = space.centred(rows, offset);
    float[] part = space.part(row);
    double kept = square(part);
    double rest = Math.max(0, space.squaredLength(row) - kept);
    float correction = space.correction(row, kept, rest);
    Arrays.fill(coded, at, at + rowBytes(), (byte) 0);
    int footer = at + rowBytes() - FOOTER_BYTES;
    if (!Rows.isFinite(rows, offset, space.dimension) || !(Math.abs(correction) < Reduction.FAR)) {
      FLOAT.set(coded, footer, Reduction.FAR);
      return new BitErrors(Float.POSITIVE_INFINITY, 0, 0);
    }
    float[] best = nearest(part, kept);
    double dot = 0;
    for (int i = 0; i < codes; i++) {
      put(coded, at, i, (int) (best[i] + reach));
      dot += (double) best[i] * part[i];
    }
    float scale = dot > 0 ? (float) (kept / dot) : 0;
    double error = 0;
    for (int i = 0; i < codes; i++) {
      double lost = (double) scale * best[i] - part[i];
      error += lost * lost;
    }
    FLOAT.set(coded, footer, correction);
    FLOAT.set(coded, footer + Float.BYTES, scale);
    return new BitErrors(
        (float) Math.sqrt(kept), (float) Math.sqrt(error), (float) Math.sqrt(rest));
  }

  /** What codes stand for: of those by several steps the ones with the smallest angle. */
  private float[] nearest(float[] part, double kept) {
    double deviation = Math.sqrt(kept / codes);
    float[] best = new float[codes];
    float[] tried = new float[codes];
    double bestCosine = -1;
    for (int i = 0; i < (bits == 1 ? 1 : TRIED.length); i++) {
      double step = bits == 1 ? 1 : Math.max(TRIED[i] * STEPS[bits] * deviation, Float.MIN_VALUE);
      float inverse = (float) Math.min(1 / step, Float.MAX_VALUE);
      double dot = 0;
      double square = 0;
      for (int j = 0; j < codes; j++) {
        float value = (float) Math.floor(part[j] * inverse) + 0.5f;
        tried[j] = bits == 1 ? Math.copySign(0.5f, part[j]) : clamp(value);
        dot += tried[j] * part[j];
        square += tried[j] * tried[j];
      }
      double cosine = dot / Math.sqrt(square);
      if (cosine > bestCosine) {
        bestCosine = cosine;
        float[] swap = best;
        best = tried;
        tried = swap;
      }
    }
    return best;
  }

  private float clamp(float value) {
    return Math.max(-reach, Math.min(reach, value));
  }

  private void put(byte[] coded, int at, int code, int value) {
    int place = at + Short.BYTES * (code % shorts);
    int packed = (short) SHORT.get(coded, place) | (value << (bits * (code / shorts)));
    SHORT.set(coded, place, (short) packed);
  }

  /** What a row adds to its estimates. */
  public float correction(byte[] coded, int at) {
    return (float) FLOAT.get(coded, at + Short.BYTES * shorts);
  }

  /** What the dot product of a row's codes is multiplied by. */
  public float scale(byte[] coded, int at) {
    return (float) FLOAT.get(coded, at + Short.BYTES * shorts + Float.BYTES);
  }

  /** A query whose estimates have bounds. */
  public BitQuery query(float[] query) {
    float[] centred = space.centred(query);
    return coded(centred, space.part(centred));
  }

  /** A query for estimates alone, see {@link Int8Quantizer#coarseQuery}. */
  public BitQuery coarseQuery(float[] query) {
    float[] centred = space.centred(query);
    return coded(centred, space.coarsePart(centred));
  }

  private BitQuery coded(float[] centred, float[] part) {
    byte[] rounded = new byte[codes];
    float step = Reduction.round(part, 0, codes, rounded, 0);
    short[] values = new short[values()];
    int sum = 0;
    double error = 0;
    for (int i = 0; i < codes; i++) {
      values[place(i)] = rounded[i];
      sum += rounded[i];
      double lost = part[i] - (double) rounded[i] * step;
      error += lost * lost;
    }
    double kept = square(part);
    double rest = Math.max(0, space.squaredLength(centred) - kept);
    return new BitQuery(
        values,
        (float) (space.targetFactor() * step),
        reach * sum,
        (float) space.constant(centred, kept, rest),
        kept,
        rest,
        error);
  }

  /** Values of a query, of whole registers. */
  public int values() {
    return paddedShorts() * (Short.SIZE / bits);
  }

  private int place(int code) {
    return code / shorts * paddedShorts() + code % shorts;
  }

  /**
   * The codes of a row as the values of a query, doubled.
   *
   * @param values {@link #values()} of them
   * @return the shift of that query; its factor is {@link #rowFactor}, its constant the row's
   *     correction
   */
  public float widen(byte[] coded, int at, short[] values) {
    int padded = paddedShorts();
    int mask = (1 << bits) - 1;
    int sum = 0;
    for (int place = 0; place * shorts < codes; place++) {
      int first = place * shorts;
      int shift = bits * place;
      for (int i = 0; i < Math.min(shorts, codes - first); i++) {
        int packed = (short) SHORT.get(coded, at + Short.BYTES * i);
        int value = 2 * ((packed >>> shift) & mask) - mask;
        values[place * padded + i] = (short) value;
        sum += value;
      }
    }
    return reach * sum;
  }

  /** The factor of estimates between a row whose codes are the query and others. */
  public float rowFactor(byte[] coded, int at) {
    return (float) (space.targetFactor() / 2 * scale(coded, at));
  }

  /** Dot products of rows' codes with a query. */
  public void dots(short[] values, byte[] coded, int[] offsets, int count, int[] dots) {
    CODES.packedDotGathered(values, bits, coded, offsets, count, dots);
  }

  /**
   * How far the target can be from a row's estimate, whatever the rotation.
   *
   * @param query of {@link #query(float[])}
   */
  public EstimateBounds bounds(BitQuery query, BitErrors errors) {
    double dots =
        errors.error() * Math.sqrt(query.squaredPart())
            + codedLength(errors) * Math.sqrt(query.squaredError());
    return bounds(query, errors, dots);
  }

  /**
   * The same, but for a chance that falls with epsilon. Rests are in it as in {@link #bounds}.
   *
   * @param epsilon in standard deviations; the chance is about that of a Gaussian
   */
  public EstimateBounds likelyBounds(BitQuery query, BitErrors errors, double epsilon) {
    double dots =
        Math.hypot(
            errors.error() * Math.sqrt(query.squaredPart()),
            codedLength(errors) * Math.sqrt(query.squaredError()));
    return bounds(query, errors, epsilon * dots / Math.sqrt(Math.max(1, codes - 1)));
  }

  private EstimateBounds bounds(BitQuery query, BitErrors errors, double dots) {
    double length = errors.length() + errors.error() + Math.sqrt(query.squaredPart());
    return space.bounds(dots, errors.rest(), query.squaredRest(), length);
  }

  /** The length of what a row's codes stand for. */
  private static double codedLength(BitErrors errors) {
    return Math.hypot(errors.length(), errors.error());
  }

  private static double square(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return sum;
  }
}
