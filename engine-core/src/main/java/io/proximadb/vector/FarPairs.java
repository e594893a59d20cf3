package io.proximadb.vector;

import io.proximadb.model.Metric;

/*
 * With floats of unit roundoff u, a sum of n products in any order is off by at most
 * gamma = n u / (1 - n u) times the sum of their absolute values (Higham, Accuracy and Stability of
 * Numerical Algorithms, section 3.1), so a dot product by at most gamma |q| |r|, and two that were
 * added up in different orders differ by at most 2 gamma |q| |r|. Let D be the near dot product, Q and
 * N the squared lengths as floats have them, and S the score that the kernels of single pairs give.
 *
 * EUCLIDEAN: |q - r|^2 = |q|^2 + |r|^2 - 2 q.r. The parts are off by gamma |q|^2, gamma |r|^2 and
 * 2 gamma |q| |r| <= gamma (|q|^2 + |r|^2), and S by gamma |q - r|^2 <= 2 gamma (|q|^2 + |r|^2). So
 * S >= (1 - 4 gamma) (Q + N) - 2 D.
 *
 * COSINE: S = 1 - D' / (|q| sqrt(N)) with a D' that is off D by at most 2 gamma |q| |r|, and |r| is
 * sqrt(N) but for a share of gamma: S >= 1 - D / (|q| sqrt(N)) - 4 gamma. It is cut to [0, 2], which
 * changes nothing: by Cauchy and Schwarz that bound is never over 2.
 *
 * DOT: S = -D' / scale, so S >= -(D + 4 gamma sqrt(Q) sqrt(N)) / scale.
 *
 * What of that is over a bound is solved for D, so that a pair takes one multiply-add and one
 * comparison. Roundings of doubles are far below the EXTRA_ROUNDINGS of floats.
 */
/**
 * Tells which pairs of a query and a row are too far to matter, by their {@linkplain
 * VectorKernels#nearDotTile near dot products}: those of which {@code near < slope(query, bound) *
 * measure(row) + offset(query, bound)}. The score of such a pair is proven to be above the bound;
 * of others nothing is said. Immutable.
 */
final class FarPairs {
  /** From more dimensions on the bounds of rounding say little. */
  private static final int MAX_DIMENSION = 1 << 20;

  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /** Roundings beside one for each component, and room for those of the bounds themselves. */
  private static final int EXTRA_ROUNDINGS = 32;

  /** More than what a product loses that is too small for a float, and its share of the result. */
  private static final double LOST_PRODUCT = 0x1p-120;

  /** Squared lengths up to this have dot products and squared distances within floats. */
  private static final double MAX_SQUARE = 0x1p120;

  private final Metric metric;

  /** Four gammas. */
  private final double share;

  private final double lost;

  FarPairs(Metric metric, int dimension) {
    this.metric = metric;
    double roundings = (dimension + EXTRA_ROUNDINGS) * UNIT_ROUNDOFF;
    this.share = 4 * roundings / (1 - roundings);
    this.lost = dimension * LOST_PRODUCT;
  }

  /** False where pairs have to be scored one by one. */
  static boolean supports(Metric metric, int dimension) {
    return metric != Metric.MANHATTAN && dimension <= MAX_DIMENSION;
  }

  /**
   * What counts of a row.
   *
   * @param square its squared length by the kernels
   * @return NaN if nothing can be told of its pairs
   */
  double measure(float square) {
    if (!(square <= MAX_SQUARE)) {
      return Double.NaN;
    }
    return switch (metric) {
      case EUCLIDEAN -> square * (1 - share) / 2;
      case COSINE -> square >= DistanceFunction.MIN_SQUARE ? Math.sqrt(square) : Double.NaN;
      case DOT -> Math.sqrt(square + lost);
      case MANHATTAN -> Double.NaN;
    };
  }

  /**
   * The factor of measures for a query.
   *
   * @param square squared length of the query that the kernels see
   * @param bound the score to be above
   */
  double slope(double square, double bound) {
    if (!(square <= MAX_SQUARE)) {
      return Double.NaN;
    }
    return switch (metric) {
      case EUCLIDEAN -> 1;
      case COSINE -> (1 - share - bound) * Math.sqrt(square);
      case DOT -> -share * Math.sqrt(square + lost);
      case MANHATTAN -> Double.NaN;
    };
  }

  /**
   * What is added for a query.
   *
   * @param square squared length of the query that the kernels see
   * @param scale of the query that the kernels see, see {@link DistanceFunction#scale()}
   * @param bound the score to be above
   */
  double offset(double square, double scale, double bound) {
    return switch (metric) {
      case EUCLIDEAN -> (square * (1 - share) - bound - lost) / 2;
      case COSINE -> -lost;
      case DOT -> -bound * scale - lost;
      case MANHATTAN -> Double.NaN;
    };
  }
}
