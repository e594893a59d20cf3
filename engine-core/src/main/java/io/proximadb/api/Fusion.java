package io.proximadb.api;

import io.proximadb.error.InvalidArgumentException;

/** How the rankings of the parts of a {@link HybridRequest} become one. */
public sealed interface Fusion {
  /**
   * Reciprocal rank fusion: a record's score is the sum over parts of {@code weight / (constant +
   * rank)}, ranks counted from 1; a part that has not found it adds nothing. Needs no common scale
   * of distances.
   *
   * <p>Source: Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and
   * individual rank learning methods", 2009.
   *
   * @param constant how little the first ranks count more than those after them, at least 0
   */
  record ReciprocalRank(double constant) implements Fusion {
    public ReciprocalRank {
      if (!(constant >= 0 && constant <= MAX_CONSTANT)) {
        throw new InvalidArgumentException(
            "Invalid constant of reciprocal rank fusion: "
                + constant
                + " (expected 0 to "
                + MAX_CONSTANT
                + ")");
      }
    }
  }

  /**
   * Weighted sum of normalised distances: of the candidates of a part the nearest counts {@code
   * weight}, the farthest 0, the others by their distances between these; a part that has not found
   * a record adds nothing. Where all are equally near, they count {@code weight}.
   *
   * <p>Source: Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid retrieval", 2023
   * (convex combination with min-max normalisation).
   */
  record WeightedDistances() implements Fusion {}

  /** The constant of the paper. */
  double DEFAULT_CONSTANT = 60;

  /** More makes all ranks equal. */
  double MAX_CONSTANT = 1e6;

  /** Reciprocal rank fusion with the constant of the paper, {@value #DEFAULT_CONSTANT}. */
  static Fusion reciprocalRank() {
    return new ReciprocalRank(DEFAULT_CONSTANT);
  }

  /** Weighted sum of normalised distances. */
  static Fusion weightedDistances() {
    return new WeightedDistances();
  }
}
