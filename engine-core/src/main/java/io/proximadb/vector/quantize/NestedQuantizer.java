package io.proximadb.vector.quantize;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Metric;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/*
 * Let Q be the orthogonal projection onto the directions (of a stage) and x' a row less the mean. The
 * map x -> (Q x', |x' - Q x'|), one number more than directions, brings no two points farther apart
 * than they are, by the triangle inequality on the rests: |x - q|^2 >= |Qx' - Qq'|^2 + (|rx| - |rq|)^2.
 * It also keeps x' . q' from below what it was: rests have at most the product of their lengths.
 *
 * So the distance of the images is a lower bound of the distance, and the distance of the codes less
 * how far each code is from its image is one too. "How far" counts everything: rounding to codes, the
 * rounding of floats in mean, projection and lengths, and that the directions are not quite
 * orthonormal: with |B B' - I| <= e, B = S Q for some Q with |S - I| <= e (polar decomposition).
 */
/**
 * Codes a vector by eight bits for each of some principal directions, in two stages, so that
 * distances have a proven lower bound: {@link NestedQuery}. Immutable and safe for use by several
 * threads; trained from a sample, the same sample and seed giving the same quantizer on kernels
 * that round alike.
 *
 * <p>The coarse stage has the strongest directions, the fine stage those that follow. Each has one
 * code more, for the length of what it leaves over; bounds know nothing of the rest but that. How
 * many directions are coarse is measured on the sample: as many as make the scan of all rows and
 * the second look at what it leaves over cheapest together.
 *
 * <p>Under COSINE rows are first brought to unit length. A row that is not finite, or has no
 * direction then, gets an infinite slack: no bound leaves it out. MANHATTAN has no such form and is
 * refused.
 */
public final class NestedQuantizer {
  /** Rows of a sample, at most. */
  public static final int MAX_SAMPLE_ROWS = Int8Quantizer.MAX_SAMPLE_ROWS;

  /** Directions, at most: sums of products of codes and a query's codes then fit an int. */
  public static final int MAX_DIRECTIONS = 510;

  static final int MAX_CODE = 127;

  /** Directions farther from orthonormal than this are no result of a training. */
  private static final double MAX_SKEW = 1e-3;

  /** Half the distance of 1 and the next float: a rounding changes a float by this share. */
  static final double UNIT = 0x1p-24;

  /** Products summed up in float; sums of segments are then added in double. */
  private static final int SEGMENT = 256;

  /** What a sum of a segment in float can be off, of the product of both lengths. */
  private static final double SEGMENT_ERROR = 1.1 * (SEGMENT + 4) * UNIT;

  /** Components under the smallest normal float are off by less, each; so are their products. */
  static final double VANISHED = 1e-44;

  private static final VectorKernels KERNELS = Kernels.best();

  private final NestedParameters parameters;
  private final int dimension;
  private final int directions;
  private final int fine;

  /** The directions by segments of components: those of all directions, then the next segment. */
  private final float[] segmented;

  /** How far the coarse directions, and all, are from orthonormal. */
  private final double coarseSkew;

  private final double fineSkew;

  /**
   * A quantizer that was trained before.
   *
   * @throws InvalidArgumentException if the directions are not orthonormal
   */
  public NestedQuantizer(NestedParameters parameters) {
    this.parameters = parameters;
    this.dimension = parameters.mean().length;
    this.directions = parameters.basis().length / dimension;
    this.fine = directions - parameters.coarse();
    this.segmented = segmented(parameters.basis(), directions, dimension);
    double[] skews = skews(parameters.basis(), directions, dimension, parameters.coarse());
    this.coarseSkew = skews[0];
    this.fineSkew = skews[1];
    if (!(fineSkew < MAX_SKEW)) {
      throw new InvalidArgumentException(
          "Invalid directions: "
              + fineSkew
              + " off orthonormal (expected at most "
              + MAX_SKEW
              + ")");
    }
  }

  /**
   * Trains on a sample.
   *
   * @param sample rows end to end; overwritten
   * @param count of rows, 1 to {@link #MAX_SAMPLE_ROWS}
   * @param directions wanted of both stages; with more than dimensions there are as many as these
   */
  public static NestedQuantizer train(
      Metric metric, int dimension, float[] sample, int count, int directions, long seed) {
    if (metric == Metric.MANHATTAN) {
      throw new InvalidArgumentException(
          "Cannot quantize vectors compared by MANHATTAN (expected EUCLIDEAN, COSINE or DOT)");
    }
    if (count < 1 || count > MAX_SAMPLE_ROWS || directions < 1 || directions > MAX_DIRECTIONS) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid training: %d rows, %d directions (expected 1 to %d rows, 1 to %d)",
              count,
              directions,
              MAX_SAMPLE_ROWS,
              MAX_DIRECTIONS));
    }
    return new NestedQuantizer(
        new NestedTraining(metric, dimension, sample, count, new Random(seed))
            .train(Math.min(directions, dimension)));
  }

  private static float[] segmented(float[] basis, int directions, int dimension) {
    float[] segmented = new float[basis.length];
    int at = 0;
    for (int from = 0; from < dimension; from += SEGMENT) {
      int length = Math.min(SEGMENT, dimension - from);
      for (int i = 0; i < directions; i++) {
        System.arraycopy(basis, i * dimension + from, segmented, at, length);
        at += length;
      }
    }
    return segmented;
  }

  /** The Frobenius norms of {@code B B' - I} for the first rows and for all. */
  private static double[] skews(float[] basis, int directions, int dimension, int coarse) {
    double first = 0;
    double all = 0;
    for (int i = 0; i < directions; i++) {
      for (int j = 0; j <= i; j++) {
        double dot = 0;
        for (int at = 0; at < dimension; at++) {
          dot += (double) basis[i * dimension + at] * basis[j * dimension + at];
        }
        double off = dot - (i == j ? 1 : 0);
        double square = (i == j ? 1 : 2) * off * off;
        all += square;
        first += i < coarse ? square : 0;
      }
    }
    return new double[] {1.01 * Math.sqrt(first) + 1e-9, 1.01 * Math.sqrt(all) + 1e-9};
  }

  /** What makes it, to be kept. */
  public NestedParameters parameters() {
    return parameters;
  }

  public Metric metric() {
    return parameters.metric();
  }

  public int dimension() {
    return dimension;
  }

  /** Codes of the coarse stage: one for each direction and one for the rest. */
  public int coarseCodes() {
    return parameters.coarse() + 1;
  }

  /** Codes of the fine stage; 0 if there is none. */
  public int fineCodes() {
    return fine == 0 ? 0 : fine + 1;
  }

  /** Bytes of the quantizer itself in memory: the directions twice. */
  public long memoryBytes() {
    return 2L * directions * dimension * Float.BYTES;
  }

  /** An image: what a vector is along the directions, and the lengths of what is left over. */
  static final class Image {
    final double[] part;
    double coarseRest;
    double fineRest;

    /** How far the image can be from the true one, in each stage. */
    double coarseError;

    double fineError;

    Image(int directions) {
      this.part = new double[directions];
    }
  }

  /**
   * The image of a vector that is centred already, but for what its components were rounded by.
   *
   * @param absolute what the centred vector's length can be off besides a rounding of each
   *     component
   * @return false if the vector is not finite
   */
  boolean project(float[] centred, double absolute, Image image) {
    double[] part = image.part;
    Arrays.fill(part, 0);
    float[] segment = new float[Math.min(SEGMENT, dimension)];
    float[] dots = new float[directions];
    double whole = 0;
    int at = 0;
    for (int from = 0; from < dimension; from += SEGMENT) {
      int length = Math.min(SEGMENT, dimension - from);
      if (length < segment.length) {
        segment = new float[length];
      }
      System.arraycopy(centred, from, segment, 0, length);
      for (float component : segment) {
        whole += (double) component * component;
      }
      KERNELS.dotRows(segment, segmented, at, directions, dots, 0);
      for (int i = 0; i < directions; i++) {
        part[i] += dots[i];
      }
      at += length * directions;
    }
    double length = Math.sqrt(whole);
    double kept = 0;
    for (int i = 0; i < parameters.coarse(); i++) {
      kept += part[i] * part[i];
    }
    double coarseOff = off(coarseSkew, parameters.coarse(), length, absolute);
    double wholeOff = (1.01 * UNIT * length + absolute) * (2 * length + absolute);
    double coarseRestOff = restOff(whole, kept, coarseOff, wholeOff, parameters.coarse());
    image.coarseRest = rest(whole, kept, parameters.coarse());
    image.coarseError = Math.hypot(coarseOff, coarseRestOff);
    for (int i = parameters.coarse(); i < directions; i++) {
      kept += part[i] * part[i];
    }
    double fineOff = off(fineSkew, directions, length, absolute);
    image.fineRest = rest(whole, kept, directions);
    image.fineError = Math.hypot(fineOff, restOff(whole, kept, fineOff, wholeOff, directions));
    return Double.isFinite(whole + kept);
  }

  /** How far the part along some directions can be from the projection onto them. */
  private double off(double skew, int count, double length, double absolute) {
    return (skew + 1.01 * UNIT + Math.sqrt(count) * SEGMENT_ERROR) * length
        + absolute
        + dimension * VANISHED;
  }

  /** The length left over; directions that span all leave nothing. */
  private double rest(double whole, double kept, int count) {
    return count == dimension ? 0 : Math.sqrt(Math.max(0, whole - kept));
  }

  /**
   * How far that length can be from the true one: of the square, then by whichever root is less.
   */
  private double restOff(double whole, double kept, double off, double wholeOff, int count) {
    if (count == dimension) {
      return 0;
    }
    double squareOff = (2 * Math.sqrt(whole) + 2 * off) * off + wholeOff + 1e-11 * whole;
    double rest = rest(whole, kept, count);
    return Math.min(Math.sqrt(squareOff), rest > 0 ? squareOff / rest : Double.POSITIVE_INFINITY);
  }

  /**
   * A vector less the mean, and of unit length before that under COSINE.
   *
   * @return null if it has no direction where it needs one
   */
  float @Nullable [] centred(float[] rows, int offset, boolean centre) {
    double factor = 1;
    if (metric() == Metric.COSINE) {
      double square = 0;
      for (int i = offset; i < offset + dimension; i++) {
        square += (double) rows[i] * rows[i];
      }
      factor = 1 / Math.sqrt(square);
      if (!(square > 0) || !Double.isFinite(square)) {
        return null;
      }
    }
    float[] centred = new float[dimension];
    float[] mean = parameters.mean();
    for (int i = 0; i < dimension; i++) {
      centred[i] = (float) (rows[offset + i] * factor - (centre ? mean[i] : 0));
    }
    return centred;
  }

  /** What centring can be off besides a rounding of each component, as a length. */
  double centringError() {
    return metric() == Metric.COSINE ? 1e-13 : 0;
  }

  /** Codes a row. */
  public void encode(float[] rows, int offset, NestedRow coded) {
    float[] centred = centred(rows, offset, true);
    Image image = new Image(directions);
    if (centred == null || !project(centred, centringError(), image)) {
      Arrays.fill(coded.coarse, (byte) 0);
      Arrays.fill(coded.fine, (byte) 0);
      coded.coarseSquare = 0;
      coded.fineSquare = 0;
      coded.coarseSlack = Float.POSITIVE_INFINITY;
      coded.fineSlack = Float.POSITIVE_INFINITY;
      return;
    }
    int coarse = parameters.coarse();
    double step = parameters.coarseStep();
    double lost = round(image.part, 0, coarse, step, coded.coarse);
    coded.coarseSquare = square(coded.coarse, coarse + 1);
    double rest = restLost(image.coarseRest, parameters.coarseRest(), step, coded.coarse);
    coded.coarseSquare = square(coded.coarse, coarse + 1);
    double beside = besideError(rows, offset);
    coded.coarseSlack = slack(Math.sqrt(lost + rest), image.coarseError + beside, step);
    if (fine > 0) {
      double fineStep = parameters.fineStep();
      lost += round(image.part, coarse, fine, fineStep, coded.fine);
      rest = restLost(image.fineRest, parameters.fineRest(), fineStep, coded.fine);
      coded.fineSquare = square(coded.fine, fine + 1);
      coded.fineSlack = slack(Math.sqrt(lost + rest), image.fineError + beside, step);
    }
  }

  /** What a score by DOT can be off by the rounding of its kernel, for a query of length 1. */
  private double besideError(float[] rows, int offset) {
    if (metric() != Metric.DOT) {
      return 0;
    }
    double square = 0;
    for (int i = offset; i < offset + dimension; i++) {
      square += (double) rows[i] * rows[i];
    }
    return sumError(dimension) * Math.sqrt(square);
  }

  /** What a float sum of so many products can be off, of the sum of their absolute values. */
  static double sumError(int terms) {
    return 1.1 * (terms + 8) * UNIT;
  }

  private static float slack(double lost, double error, double step) {
    float slack = Math.nextUp((float) ((lost * (1 + 1e-9) + error) / step));
    return Float.isNaN(slack) ? Float.POSITIVE_INFINITY : slack;
  }

  /** Rounds to codes; gives the square of what was lost. */
  private static double round(double[] part, int from, int count, double step, byte[] codes) {
    double lost = 0;
    for (int i = 0; i < count; i++) {
      int code = code(part[from + i], step);
      codes[i] = (byte) code;
      double difference = part[from + i] - code * step;
      lost += difference * difference;
    }
    return lost;
  }

  private static double restLost(double rest, double middle, double step, byte[] codes) {
    int code = code(rest - middle, step);
    codes[codes.length - 1] = (byte) code;
    double difference = rest - middle - code * step;
    return difference * difference;
  }

  private static int code(double value, double step) {
    return (int) Math.max(-MAX_CODE, Math.min(MAX_CODE, Math.rint(value / step)));
  }

  private static int square(byte[] codes, int count) {
    int square = 0;
    for (int i = 0; i < count; i++) {
      square += codes[i] * codes[i];
    }
    return square;
  }

  /**
   * A query in codes.
   *
   * @return null if no bound can be had: the query is so far from the rows that numbers leave their
   *     range
   */
  public @Nullable NestedQuery query(float[] query) {
    if (query.length != dimension) {
      throw new InvalidArgumentException(
          "Invalid query: dimension " + query.length + " (expected " + dimension + ")");
    }
    // A dot product is taken with the query as it is: only rows lose the mean.
    float[] centred = centred(query, 0, metric() != Metric.DOT);
    Image image = new Image(directions);
    if (centred == null || !project(centred, centringError(), image)) {
      return null;
    }
    return NestedQuery.of(this, query, image);
  }
}
