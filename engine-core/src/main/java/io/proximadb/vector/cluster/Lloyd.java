package io.proximadb.vector.cluster;

import io.proximadb.model.Metric;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import java.util.Arrays;
import java.util.Random;

/** One level of k-means over rows that lie end to end. Not safe for use by several threads. */
final class Lloyd {
  /** Most rounds; the last ones move little. */
  private static final int MAX_ROUNDS = 8;

  /** Rounds end when one betters the distortion by less than this share. */
  private static final double MIN_GAIN = 0.002;

  private final Metric metric;
  private final int dimension;
  private final Random random;
  private final VectorKernels kernels = Kernels.best();

  Lloyd(Metric metric, int dimension, Random random) {
    this.metric = metric;
    this.dimension = dimension;
    this.random = random;
  }

  /** Finds centroids; as many as asked for unless there are fewer distinct rows. */
  float[][] train(float[] rows, int count, int clusters) {
    float[][] centroids = seeds(rows, count, clusters);
    int[] clusterOf = new int[count];
    double[] distances = new double[count];
    double before = Double.POSITIVE_INFINITY;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      Assigner assigner = ClusterOrder.flat(metric, centroids).assigner();
      double[] sums = new double[centroids.length * dimension];
      int[] sizes = new int[centroids.length];
      double total = 0;
      for (int row = 0; row < count; row++) {
        int cluster = assigner.assign(rows, row * dimension);
        clusterOf[row] = cluster;
        distances[row] = assigner.squaredDistance();
        total += distances[row];
        sizes[cluster]++;
        add(rows, row, sums, cluster, dimension);
      }
      for (int c = 0; c < centroids.length; c++) {
        if (sizes[c] == 0) {
          fill(rows, distances, centroids[c]);
        } else {
          mean(metric, sums, c, sizes[c], centroids[c]);
        }
      }
      if (total >= before * (1 - MIN_GAIN)) {
        break;
      }
      before = total;
    }
    return centroids;
  }

  /** Puts a centroid that has no rows onto the row that is farthest from its own. */
  private void fill(float[] rows, double[] distances, float[] centroid) {
    int farthest = 0;
    for (int row = 1; row < distances.length; row++) {
      farthest = distances[row] > distances[farthest] ? row : farthest;
    }
    distances[farthest] = 0;
    System.arraycopy(rows, farthest * dimension, centroid, 0, dimension);
  }

  /** Draws rows, each with a chance that grows with its squared distance to those before. */
  private float[][] seeds(float[] rows, int count, int clusters) {
    float[][] seeds = new float[clusters][];
    float[] nearest = new float[count];
    Arrays.fill(nearest, Float.MAX_VALUE);
    float[] scores = new float[count];
    int drawn = 0;
    int next = random.nextInt(count);
    while (true) {
      float[] seed = Arrays.copyOfRange(rows, next * dimension, (next + 1) * dimension);
      seeds[drawn++] = seed;
      if (drawn == clusters) {
        return seeds;
      }
      kernels.squaredL2Rows(seed, rows, 0, count, scores, 0);
      double total = 0;
      for (int row = 0; row < count; row++) {
        // Not a number, or infinite: outside what floats hold.
        if (scores[row] < nearest[row]) {
          nearest[row] = scores[row];
        }
        total += nearest[row];
      }
      if (!(total > 0)) {
        return Arrays.copyOf(seeds, drawn);
      }
      next = draw(nearest, random.nextDouble() * total);
    }
  }

  private static int draw(float[] weights, double point) {
    double left = point;
    int last = 0;
    for (int row = 0; row < weights.length; row++) {
      if (weights[row] > 0) {
        last = row;
        left -= weights[row];
        if (left < 0) {
          return row;
        }
      }
    }
    return last;
  }

  static void add(float[] rows, int row, double[] sums, int cluster, int dimension) {
    int from = row * dimension;
    int to = cluster * dimension;
    for (int i = 0; i < dimension; i++) {
      sums[to + i] += rows[from + i];
    }
  }

  /** The mean of a cluster's rows, of unit length under COSINE. */
  static void mean(Metric metric, double[] sums, int cluster, int size, float[] target) {
    for (int i = 0; i < target.length; i++) {
      target[i] = (float) (sums[cluster * target.length + i] / size);
    }
    if (metric == Metric.COSINE) {
      Assigner.normalize(target, 0, target.length);
    }
  }
}
