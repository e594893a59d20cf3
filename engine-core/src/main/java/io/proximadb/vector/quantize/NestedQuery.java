package io.proximadb.vector.quantize;

import io.proximadb.model.Metric;
import org.jspecify.annotations.Nullable;

/**
 * A query in the codes of a {@link NestedQuantizer}: what the ranking score of a row is at least,
 * see {@link io.proximadb.vector.DistanceFunction}. Immutable.
 *
 * <p>The coarse stage compares, for each row, a value with a limit:
 *
 * <pre>
 * value = squareFactor * coarseSquare(row) - dotFactor * (codes of row . coarse codes)
 * limit = constant + linear * coarseSlack(row) + square * coarseSlack(row)^2
 * </pre>
 *
 * and the row's score is proven to exceed the bound that the {@link Limit} was made for if {@code
 * value > limit}. Values ascend with the distance, so that the least are the likeliest to be near.
 */
public final class NestedQuery {
  /** Query codes reach so far: of twelve bits, so that their rounding is next to nothing. */
  private static final int MAX_QUERY_CODE = 2_047;

  /** Squares of a longer query, in steps, come too close to the end of floats. */
  private static final double MAX_LENGTH = 1e12;

  /** Roundings of the few float operations in values and limits, of the largest of their terms. */
  private static final double FLOAT_MARGIN = 0x1p-20;

  /** Of the few double operations in the fine stage. */
  private static final double DOUBLE_MARGIN = 1e-12;

  /**
   * What a coarse value is compared with.
   *
   * @param constant part that all rows share
   * @param linear factor of the slack
   * @param square factor of the slack's square
   */
  public record Limit(float constant, float linear, float square) {}

  private final NestedParameters parameters;
  private final int dimension;
  private final boolean dot;

  /** The query's codes, the last one for the rest. */
  private final int[] coarse;

  private final int[] fine;
  private final double coarseUnit;
  private final double fineUnit;

  /** Squared length of the codes of each stage, the coarse one without its rest. */
  private final double coarseSquare;

  private final double partSquare;
  private final double fineSquare;

  /** How far the codes of one stage, and of both, are from the query. */
  private final double coarseError;

  private final double fineError;

  /**
   * Under DOT: the length of the query, its product with the mean, and what is off for all rows.
   */
  private final double length;

  private final double meanDot;
  private final double dotMargin;

  private NestedQuery(NestedQuantizer quantizer, float[] query, NestedQuantizer.Image image) {
    this.parameters = quantizer.parameters();
    this.dimension = quantizer.dimension();
    this.dot = parameters.metric() == Metric.DOT;
    int directions = parameters.coarse();
    this.coarse = new int[quantizer.coarseCodes()];
    this.fine = new int[quantizer.fineCodes()];
    double[] part = new double[coarse.length];
    System.arraycopy(image.part, 0, part, 0, directions);
    part[directions] = image.coarseRest - (dot ? 0 : parameters.coarseRest());
    this.coarseUnit = unit(part);
    double lost = round(part, coarseUnit, coarse);
    double restCode = coarse[directions] * coarseUnit;
    this.coarseSquare = square(coarse) * coarseUnit * coarseUnit;
    this.partSquare = coarseSquare - restCode * restCode;
    this.coarseError = Math.sqrt(lost) * (1 + 1e-9) + image.coarseError;
    if (fine.length == 0) {
      this.fineUnit = 1;
      this.fineSquare = 0;
      this.fineError = coarseError;
    } else {
      double restLost = part[directions] - restCode;
      part = new double[fine.length];
      System.arraycopy(image.part, directions, part, 0, fine.length - 1);
      part[fine.length - 1] = image.fineRest - (dot ? 0 : parameters.fineRest());
      this.fineUnit = unit(part);
      double all = lost - restLost * restLost + round(part, fineUnit, fine);
      this.fineSquare = square(fine) * fineUnit * fineUnit;
      this.fineError = Math.sqrt(Math.max(0, all) + 1e-9 * lost) * (1 + 1e-9) + image.fineError;
    }
    double squares = 0;
    double products = 0;
    double means = 0;
    for (int i = 0; i < dimension; i++) {
      squares += (double) query[i] * query[i];
      products += (double) query[i] * parameters.mean()[i];
      means += (double) parameters.mean()[i] * parameters.mean()[i];
    }
    this.length = Math.sqrt(squares) * (1 + 1e-9);
    this.meanDot = products;
    this.dotMargin = 1e-10 * length * Math.sqrt(means) + dimension * NestedQuantizer.VANISHED;
  }

  static @Nullable NestedQuery of(
      NestedQuantizer quantizer, float[] query, NestedQuantizer.Image image) {
    NestedQuery made = new NestedQuery(quantizer, query, image);
    double steps = Math.min(made.parameters.coarseStep(), made.parameters.fineStep());
    double reach = Math.sqrt(made.coarseSquare + made.fineSquare) + (made.dot ? made.length : 0);
    double errors = made.coarseError + made.fineError;
    return (reach + errors) / steps < MAX_LENGTH ? made : null;
  }

  /** The unit of a query's codes: the largest gets the largest code. */
  private static double unit(double[] part) {
    double largest = 0;
    for (double value : part) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest > 0 ? Math.max(largest / MAX_QUERY_CODE, Float.MIN_NORMAL) : 1;
  }

  private static double round(double[] part, double unit, int[] codes) {
    double lost = 0;
    for (int i = 0; i < part.length; i++) {
      codes[i] = (int) Math.rint(part[i] / unit);
      double difference = part[i] - codes[i] * unit;
      lost += difference * difference;
    }
    return lost;
  }

  private static double square(int[] codes) {
    double square = 0;
    for (int code : codes) {
      square += (double) code * code;
    }
    return square;
  }

  /** Codes of the coarse stage, one for each code of a row. Do not change. */
  public int[] coarse() {
    return coarse;
  }

  /** Codes of the fine stage, empty if there is none. Do not change. */
  public int[] fine() {
    return fine;
  }

  /** What squares of coarse codes count in a value: 0 under DOT, else 1. */
  public float squareFactor() {
    return dot ? 0 : 1;
  }

  /** What dot products of coarse codes count in a value. */
  public float dotFactor() {
    return dot ? 1 : (float) (2 * coarseUnit / parameters.coarseStep());
  }

  /**
   * The limit for a bound on scores.
   *
   * @param bound a ranking score, or infinity
   * @param largestSquare of the coarse codes of any row to be compared
   */
  public Limit limit(double bound, double largestSquare) {
    double step = parameters.coarseStep();
    double codesLength = Math.sqrt(largestSquare);
    double queryLength = Math.sqrt(coarseSquare) / coarseUnit;
    double largestValue = largestSquare + dotFactor() * queryLength * codesLength;
    double constant;
    double linear;
    double scale;
    if (dot) {
      double unit = coarseUnit * step;
      double rest = coarse[coarse.length - 1] * coarseUnit * parameters.coarseRest();
      double rows = step * codesLength + Math.abs(parameters.coarseRest());
      constant = (bound + meanDot + rest + coarseError * rows + dotMargin) / unit;
      linear = length / coarseUnit;
      scale = Math.abs(constant) + (Math.abs(meanDot) + Math.abs(rest)) / unit;
    } else {
      double reach = (reach(bound) + coarseError) / step;
      double square = coarseSquare / (step * step);
      constant = reach * reach - square;
      linear = 2 * reach;
      scale = reach * reach + square;
    }
    double margin = FLOAT_MARGIN * (scale + largestValue);
    return new Limit(
        (float) (constant + margin),
        (float) (linear * (1 + FLOAT_MARGIN)),
        dot ? 0 : (float) (1 + FLOAT_MARGIN));
  }

  /** What the distance of a row is at most if its score is within the bound. */
  private double reach(double bound) {
    double error = NestedQuantizer.sumError(dimension);
    double square =
        parameters.metric() == Metric.EUCLIDEAN
            ? bound * (1 + 2 * error)
            // The dot product, the length and the query's unit length are all rounded.
            : 2 * (bound + 3 * error);
    return Math.sqrt(square) * (1 + 1e-9);
  }

  /**
   * The squared distance between the codes of query and row in both stages, or their dot product
   * negated under DOT: the less, the likelier to be near.
   *
   * @param coarseDot dot product of all coarse codes
   * @param restCode the row's last coarse code
   * @param coarseCodesSquare sum of the squares of the row's coarse codes
   * @param fineDot dot product of the fine codes
   * @param fineCodesSquare sum of the squares of the row's fine codes
   */
  public double estimate(
      int coarseDot, byte restCode, float coarseCodesSquare, int fineDot, float fineCodesSquare) {
    double dots = dots(coarseDot, restCode, fineDot);
    return dot ? -dots : square(dots, rows(restCode, coarseCodesSquare, fineCodesSquare));
  }

  private double dots(int coarseDot, byte restCode, int fineDot) {
    double partDot = coarseDot - (double) coarse[parameters.coarse()] * restCode;
    return coarseUnit * parameters.coarseStep() * partDot
        + fineUnit * parameters.fineStep() * fineDot;
  }

  /** Squared length of a row's codes. */
  private double rows(byte restCode, float coarseCodesSquare, float fineCodesSquare) {
    double step = parameters.coarseStep();
    double fineStep = parameters.fineStep();
    return step * step * (coarseCodesSquare - (double) restCode * restCode)
        + fineStep * fineStep * fineCodesSquare;
  }

  private double square(double dots, double rows) {
    return partSquare + fineSquare + rows - 2 * dots;
  }

  /**
   * True if the score of a row is proven to exceed a bound.
   *
   * @param bound a ranking score, or infinity
   * @param coarseDot dot product of all coarse codes
   * @param restCode the row's last coarse code
   * @param coarseCodesSquare sum of the squares of the row's coarse codes
   * @param fineDot dot product of the fine codes
   * @param fineCodesSquare sum of the squares of the row's fine codes
   * @param slack of both stages, in steps of the coarse one
   */
  public boolean exceeds(
      double bound,
      int coarseDot,
      byte restCode,
      float coarseCodesSquare,
      int fineDot,
      float fineCodesSquare,
      float slack) {
    double dots = dots(coarseDot, restCode, fineDot);
    double rows = rows(restCode, coarseCodesSquare, fineCodesSquare);
    double off = slack * (double) parameters.coarseStep();
    if (dot) {
      double rest = fine[fine.length - 1] * fineUnit * parameters.fineRest();
      double rowLength = Math.sqrt(rows) + Math.abs(parameters.fineRest());
      double most = meanDot + dots + rest + fineError * rowLength + length * off + dotMargin;
      double margin = DOUBLE_MARGIN * (Math.abs(meanDot) + length * rowLength + Math.abs(rest));
      return -(most + margin) > bound;
    }
    double margin = DOUBLE_MARGIN * (partSquare + fineSquare + rows);
    double reach = reach(bound) + fineError + off;
    return square(dots, rows) - margin > reach * reach * (1 + DOUBLE_MARGIN);
  }
}
