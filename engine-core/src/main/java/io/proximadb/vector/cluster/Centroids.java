package io.proximadb.vector.cluster;

import io.proximadb.model.Metric;
import io.proximadb.vector.DistanceFunction;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The centroids of a model in groups of near ones, which makes assigning cheap: a row is compared
 * with the groups' centres first, then with the centroids of the nearest groups. Clusters are
 * numbered so that near ones tend to have near numbers. Immutable and safe for use by several
 * threads.
 *
 * <p>Rows go to the centroid that is nearest by L2, under COSINE after both were brought to unit
 * length. MANHATTAN and DOT are clustered by L2 as well: a mean is the centre of its rows by L2
 * only, and cells of L2 are compact for L1, and for the inner product at any length of the query.
 * Queries rank clusters by the metric itself.
 */
public final class Centroids {
  private final Metric metric;
  private final int dimension;
  private final float[] values;
  private final int[] groupStarts;
  private final float[] groupCentres;

  /** Made when rows are assigned; queries need none. Made twice at worst. */
  private volatile @Nullable CentroidBlocks blocks;

  private Centroids(
      Metric metric, int dimension, float[] values, int[] groupStarts, float[] groupCentres) {
    this.metric = metric;
    this.dimension = dimension;
    this.values = values;
    this.groupStarts = groupStarts;
    this.groupCentres = groupCentres;
  }

  /**
   * Takes centroids over.
   *
   * @param values one after the other, finite; of unit length under COSINE
   * @param groupStarts first centroid of each group and, at the end, the number of centroids; no
   *     group is empty
   */
  public static Centroids of(Metric metric, int dimension, float[] values, int[] groupStarts) {
    int groups = groupStarts.length - 1;
    if (dimension < 1 || groups < 1 || groupStarts[0] != 0) {
      throw new IllegalArgumentException(
          "Invalid centroids: " + groups + " groups of dimension " + dimension);
    }
    if ((long) groupStarts[groups] * dimension != values.length) {
      throw new IllegalArgumentException(
          "Invalid centroids: " + values.length + " floats for " + groupStarts[groups]);
    }
    float[] centres = new float[groups * dimension];
    for (int group = 0; group < groups; group++) {
      int members = groupStarts[group + 1] - groupStarts[group];
      if (members < 1) {
        throw new IllegalArgumentException("Invalid centroids: group " + group + " is empty");
      }
      for (int i = 0; i < dimension; i++) {
        double sum = 0;
        for (int c = groupStarts[group]; c < groupStarts[group + 1]; c++) {
          sum += values[c * dimension + i];
        }
        centres[group * dimension + i] = (float) (sum / members);
      }
    }
    return new Centroids(metric, dimension, values, groupStarts, centres);
  }

  public Metric metric() {
    return metric;
  }

  public int dimension() {
    return dimension;
  }

  /** Number of centroids, at least 1. */
  public int count() {
    return groupStarts[groupStarts.length - 1];
  }

  int groups() {
    return groupStarts.length - 1;
  }

  /** First centroid of a group; that of {@link #groups()} is the number of centroids. */
  int groupStart(int group) {
    return groupStarts[group];
  }

  /** As given to {@link #of}, copied. */
  public int[] groupStarts() {
    return groupStarts.clone();
  }

  /** A centroid, copied. */
  public float[] centroid(int cluster) {
    Objects.checkIndex(cluster, count());
    return Arrays.copyOfRange(values, cluster * dimension, (cluster + 1) * dimension);
  }

  /** All of them, not to be changed. */
  float[] values() {
    return values;
  }

  /** All of them once more, as kernels compare a row with many. */
  CentroidBlocks blocks() {
    CentroidBlocks made = blocks;
    if (made == null) {
      made = new CentroidBlocks(dimension, values, groupStarts, groupCentres);
      blocks = made;
    }
    return made;
  }

  /** Finds the clusters of rows; one for each thread. */
  public Assigner assigner() {
    return new Assigner(this);
  }

  /**
   * All clusters, the nearest to a query by the metric first; of equally near ones the lower number
   * first.
   *
   * @param query finite components, not all zero under COSINE
   */
  public int[] ranked(float[] query) {
    double[] scores = new double[count()];
    DistanceFunction.of(metric, query).scores(values, 0, count(), scores);
    // Ties are rare; the sort is stable.
    Integer[] order = new Integer[count()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Double.compare(scores[a], scores[b]));
    return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
  }
}
