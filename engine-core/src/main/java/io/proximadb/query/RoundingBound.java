package io.proximadb.query;

import io.proximadb.model.Metric;

/**
 * How far by the kernels' scores a row may lie that is among the k nearest by the vector functions
 * of SQL. Both round, in orders of their own, so that rows whose distances nearly agree may change
 * places; whoever keeps all rows up to this bound keeps all that SQL could choose.
 *
 * <p>Terms: a sum of n products of floats is wrong by at most {@code n * 2^-24} of the sum of their
 * absolute values, in whatever order it is taken (Higham, "Accuracy and Stability of Numerical
 * Algorithms", 2002, section 3.1); a few units more for differences, roots and quotients.
 */
final class RoundingBound {
  /** The unit roundoff of floats. */
  private static final double UNIT = 0x1p-24;

  /** Roundings beside those of the sum. */
  private static final int FURTHER_ROUNDINGS = 8;

  /** Sums beyond may be infinite as a float, which tells rows no longer apart. */
  private static final double LARGEST = 0x1p126;

  /** Squares below may have vanished; the lengths of a cosine are compared with its root. */
  private static final double SMALLEST_LENGTH = 0x1p-50;

  /** More than all products that vanish can add up to. */
  private static final double VANISHING = 0x1p-100;

  /**
   * The shortest and the longest row, by their Euclidean length.
   *
   * @param min infinite if there is no row
   * @param max 0 if there is no row
   */
  record Lengths(double min, double max) {
    static final Lengths NONE = new Lengths(Double.POSITIVE_INFINITY, 0);

    Lengths and(Lengths other) {
      return new Lengths(Math.min(min, other.min), Math.max(max, other.max));
    }
  }

  private RoundingBound() {}

  /** True if the bound goes by how long rows are. */
  static boolean needsLengths(Metric metric) {
    return metric == Metric.COSINE || metric == Metric.DOT;
  }

  /**
   * The bound.
   *
   * @param score the ranking score of the k-th nearest row, see {@link
   *     io.proximadb.vector.DistanceFunction}
   * @param lengths of the rows that are searched; of no account where they are not needed
   * @return infinite if every row could be chosen
   */
  static double of(Metric metric, float[] query, double score, Lengths lengths) {
    double error = (query.length + FURTHER_ROUNDINGS) * UNIT;
    double queryLength = length(query);
    double longest = queryLength * lengths.max();
    return switch (metric) {
      // Twice the error of each of two functions, and as much again for products of errors.
      case EUCLIDEAN, MANHATTAN ->
          score > LARGEST ? Double.POSITIVE_INFINITY : score * (1 + 8 * error) + VANISHING;
      case DOT ->
          longest > LARGEST ? Double.POSITIVE_INFINITY : score + 8 * error * longest + VANISHING;
      case COSINE ->
          longest * longest > LARGEST
                  || queryLength < SMALLEST_LENGTH
                  || lengths.min() < SMALLEST_LENGTH
                  || queryLength * lengths.min() < SMALLEST_LENGTH
              ? Double.POSITIVE_INFINITY
              : score + 16 * error;
    };
  }

  private static double length(float[] vector) {
    double sum = 0;
    for (float component : vector) {
      sum += (double) component * component;
    }
    return Math.sqrt(sum);
  }
}
