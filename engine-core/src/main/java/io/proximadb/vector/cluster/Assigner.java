package io.proximadb.vector.cluster;

import io.proximadb.model.Metric;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;

/**
 * Finds the cluster of one row after the other. What it finds depends on the row alone. Not safe
 * for use by several threads.
 */
public final class Assigner {
  /** Groups whose centroids are looked at, at least: a row near a border has two or three. */
  private static final int MIN_PROBED_GROUPS = 4;

  /**
   * Groups looked at, in square roots of their number. Of a thousand clusters 49 rows of 50 get the
   * nearest, and the mean squared distance is within a percent of the least; half as many groups
   * again would take that much longer for the rest.
   */
  private static final double PROBED_GROUPS_FACTOR = 1;

  /**
   * A group is too far if its centre's squared distance is above that of the nearest centre by more
   * than this part of the squared distance to the nearest centroid so far.
   */
  private static final float FAR_PART = 0.5f;

  private final Centroids centroids;
  private final CentroidBlocks blocks;
  private final VectorKernels kernels = Kernels.best();
  private final boolean unitLength;
  private final int probedGroups;
  private final float[] row;
  private final float[] groupScores;
  private final float[] scores;
  private double squaredDistance;

  Assigner(Centroids centroids) {
    this.centroids = centroids;
    this.blocks = centroids.blocks();
    this.unitLength = centroids.metric() == Metric.COSINE;
    this.row = new float[centroids.dimension()];
    this.groupScores = new float[blocks.maxScores()];
    this.scores = new float[blocks.maxScores()];
    this.probedGroups =
        Math.min(
            centroids.groups(),
            Math.max(
                MIN_PROBED_GROUPS,
                (int) Math.ceil(PROBED_GROUPS_FACTOR * Math.sqrt(centroids.groups()))));
  }

  /** The cluster of a vector. */
  public int assign(float[] vector) {
    return assign(vector, 0);
  }

  /** The cluster of the vector that starts at an offset. */
  public int assign(float[] vectors, int offset) {
    System.arraycopy(vectors, offset, row, 0, row.length);
    if (unitLength) {
      normalize(row, 0, row.length);
    }
    int best = nearest();
    if (best < 0) {
      // Squares outside what floats hold.
      best = nearestInDouble();
    }
    return best;
  }

  /**
   * Squared L2 distance of the last row to the centroid of its cluster, under COSINE of unit
   * vectors; infinite if the row is not finite.
   */
  public double squaredDistance() {
    return squaredDistance;
  }

  private int nearest() {
    int groups = centroids.groups();
    if (groups == 1) {
      return nearestIn(0, Float.POSITIVE_INFINITY, -1);
    }
    blocks.toCentres(kernels, row, groupScores);
    int best = -1;
    float bestScore = Float.POSITIVE_INFINITY;
    float nearestCentre = Float.POSITIVE_INFINITY;
    for (int probe = 0; probe < probedGroups; probe++) {
      int group = -1;
      for (int i = 0; i < groups; i++) {
        if (groupScores[i] < Float.POSITIVE_INFINITY
            && (group < 0 || groupScores[i] < groupScores[group])) {
          group = i;
        }
      }
      if (group < 0) {
        return best;
      }
      nearestCentre = Math.min(nearestCentre, groupScores[group]);
      if (groupScores[group] - nearestCentre > FAR_PART * bestScore) {
        return best;
      }
      groupScores[group] = Float.POSITIVE_INFINITY;
      best = nearestIn(group, bestScore, best);
      bestScore = best < 0 ? bestScore : (float) squaredDistance;
    }
    return best;
  }

  /** The nearest of a group if it is nearer than what is known, else that. */
  private int nearestIn(int group, float knownScore, int known) {
    int start = centroids.groupStart(group);
    int count = centroids.groupStart(group + 1) - start;
    blocks.toMembers(kernels, row, group, scores);
    float bestScore = knownScore;
    int best = known;
    for (int i = 0; i < count; i++) {
      // Equally near ones: the lower number, whatever group was looked at first.
      if (scores[i] < bestScore || (scores[i] == bestScore && start + i < best)) {
        bestScore = scores[i];
        best = start + i;
      }
    }
    squaredDistance = bestScore;
    return best;
  }

  private int nearestInDouble() {
    int best = 0;
    double bestScore = Double.POSITIVE_INFINITY;
    for (int c = 0; c < centroids.count(); c++) {
      double sum = 0;
      for (int i = 0; i < row.length; i++) {
        double difference = (double) row[i] - centroids.values()[c * row.length + i];
        sum += difference * difference;
      }
      if (sum < bestScore) {
        bestScore = sum;
        best = c;
      }
    }
    squaredDistance = bestScore;
    return best;
  }

  /** Brings a vector to unit length; one of zeros, or one that is not finite, stays. */
  static void normalize(float[] values, int offset, int dimension) {
    double sum = 0;
    for (int i = offset; i < offset + dimension; i++) {
      sum += (double) values[i] * values[i];
    }
    if (sum > 0 && sum < Double.POSITIVE_INFINITY) {
      double scale = 1 / Math.sqrt(sum);
      for (int i = offset; i < offset + dimension; i++) {
        values[i] = (float) (values[i] * scale);
      }
    }
  }
}
