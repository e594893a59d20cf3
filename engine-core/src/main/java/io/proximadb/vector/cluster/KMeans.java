package io.proximadb.vector.cluster;

import io.proximadb.model.Metric;
import java.util.Arrays;
import java.util.Random;

/**
 * Trains centroids: k-means in two levels. Few groups are found first, each is split into its share
 * of the clusters, and a few rounds over all rows settle the borders between groups.
 *
 * <p>Seeds are drawn by k-means++ [1], rounds are Lloyd's. The same rows, seed and kernels give the
 * same centroids. No cluster is empty: with fewer distinct rows than clusters there are fewer
 * clusters.
 *
 * <p>[1] Arthur and Vassilvitskii, k-means++: The Advantages of Careful Seeding, SODA 2007.
 */
public final class KMeans {
  /** Up to so many clusters one level is cheaper than two. */
  private static final int MAX_FLAT_CLUSTERS = 32;

  /** Rounds over all rows at the end. */
  private static final int SETTLING_ROUNDS = 3;

  /** Rows for each group that the first level looks at; more move its centres by little. */
  private static final int ROWS_PER_GROUP = 256;

  private KMeans() {}

  /**
   * What training gave.
   *
   * @param centroids at least one
   * @param sizes rows of each cluster
   * @param distortion mean squared distance of a row to its centroid, see {@link
   *     Assigner#squaredDistance()}
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Result(Centroids centroids, int[] sizes, double distortion) {}

  /**
   * Trains on rows that lie end to end.
   *
   * @param rows finite; overwritten by their directions under COSINE
   * @param count how many, at least 1
   * @param clusters wanted, at least 1
   */
  public static Result train(
      Metric metric, int dimension, float[] rows, int count, int clusters, long seed) {
    if (count < 1 || clusters < 1) {
      throw new IllegalArgumentException(
          "Invalid training: " + clusters + " clusters of " + count + " rows (expected 1)");
    }
    if (metric == Metric.COSINE) {
      for (int row = 0; row < count; row++) {
        Assigner.normalize(rows, row * dimension, dimension);
      }
    }
    Random random = new Random(seed);
    int wanted = Math.min(clusters, count);
    float[][][] groups =
        wanted <= MAX_FLAT_CLUSTERS
            ? new float[][][] {new Lloyd(metric, dimension, random).train(rows, count, wanted)}
            : split(metric, dimension, rows, count, wanted, random);
    Centroids first = ClusterOrder.joined(metric, dimension, ClusterOrder.ordered(groups));
    return settle(metric, dimension, rows, count, first);
  }

  /** Finds groups, and splits each of them. */
  private static float[][][] split(
      Metric metric, int dimension, float[] rows, int count, int clusters, Random random) {
    int wantedGroups = (int) Math.round(Math.sqrt(clusters));
    int sampled = Math.min(count, wantedGroups * ROWS_PER_GROUP);
    Lloyd lloyd = new Lloyd(metric, dimension, random);
    float[][] centres = lloyd.train(sample(rows, count, sampled, dimension), sampled, wantedGroups);
    Assigner assigner = ClusterOrder.flat(metric, centres).assigner();
    int[] groupOf = new int[count];
    int[] sizes = new int[centres.length];
    for (int row = 0; row < count; row++) {
      groupOf[row] = assigner.assign(rows, row * dimension);
      sizes[groupOf[row]]++;
    }
    int[] shares = shares(sizes, count, clusters);
    float[][][] groups = new float[centres.length][][];
    for (int group = 0; group < centres.length; group++) {
      float[] members = new float[sizes[group] * dimension];
      int at = 0;
      for (int row = 0; row < count; row++) {
        if (groupOf[row] == group) {
          System.arraycopy(rows, row * dimension, members, at, dimension);
          at += dimension;
        }
      }
      groups[group] =
          sizes[group] == 0 ? new float[0][] : lloyd.train(members, sizes[group], shares[group]);
    }
    return Arrays.stream(groups).filter(group -> group.length > 0).toArray(float[][][]::new);
  }

  /** Rows at even steps. */
  private static float[] sample(float[] rows, int count, int sampled, int dimension) {
    float[] sample = new float[sampled * dimension];
    for (int i = 0; i < sampled; i++) {
      int row = (int) ((long) i * count / sampled);
      System.arraycopy(rows, row * dimension, sample, i * dimension, dimension);
    }
    return sample;
  }

  /** Clusters of each group, by its rows. */
  private static int[] shares(int[] sizes, int count, int clusters) {
    int[] shares = new int[sizes.length];
    long rowsBefore = 0;
    int given = 0;
    for (int group = 0; group < sizes.length; group++) {
      rowsBefore += sizes[group];
      int upTo = (int) Math.round((double) clusters * rowsBefore / count);
      shares[group] = Math.min(sizes[group], Math.max(1, upTo - given));
      given = Math.max(upTo, given + shares[group]);
    }
    return shares;
  }

  /** Moves centroids to the means of their rows, leaves empty ones out, and measures. */
  private static Result settle(
      Metric metric, int dimension, float[] rows, int count, Centroids first) {
    Centroids centroids = first;
    for (int round = 0; ; round++) {
      Assigner assigner = centroids.assigner();
      double[] sums = new double[centroids.count() * dimension];
      int[] sizes = new int[centroids.count()];
      double distortion = 0;
      for (int row = 0; row < count; row++) {
        int cluster = assigner.assign(rows, row * dimension);
        distortion += assigner.squaredDistance();
        sizes[cluster]++;
        Lloyd.add(rows, row, sums, cluster, dimension);
      }
      boolean whole = Arrays.stream(sizes).noneMatch(size -> size == 0);
      if (whole && round >= SETTLING_ROUNDS) {
        return new Result(centroids, sizes, distortion / count);
      }
      centroids = moved(metric, centroids, sums, sizes, round < SETTLING_ROUNDS);
    }
  }

  /** The centroids that have rows, at the means of these or where they were. */
  private static Centroids moved(
      Metric metric, Centroids before, double[] sums, int[] sizes, boolean toMeans) {
    int dimension = before.dimension();
    float[][][] groups = new float[before.groups()][][];
    for (int group = 0; group < groups.length; group++) {
      groups[group] = new float[before.groupStart(group + 1) - before.groupStart(group)][];
      int kept = 0;
      for (int c = before.groupStart(group); c < before.groupStart(group + 1); c++) {
        if (sizes[c] > 0) {
          float[] centroid = before.centroid(c);
          if (toMeans) {
            Lloyd.mean(metric, sums, c, sizes[c], centroid);
          }
          groups[group][kept++] = centroid;
        }
      }
      groups[group] = Arrays.copyOf(groups[group], kept);
    }
    float[][][] filled =
        Arrays.stream(groups).filter(group -> group.length > 0).toArray(float[][][]::new);
    return ClusterOrder.joined(metric, dimension, filled);
  }
}
