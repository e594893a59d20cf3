package io.proximadb.axis;

import io.proximadb.model.Metric;
import io.proximadb.vector.DistanceFunction;
import io.proximadb.vector.cluster.KMeans;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/** What vectors are like, estimated from a sample of them in random order. */
final class VectorTraits {
  /** Clusters whose share of the variance is told: few enough for a small sample. */
  static final int CLUSTERS = 32;

  /** Rows whose neighbours are looked for among all sampled ones. */
  private static final int NEIGHBOUR_QUERIES = 512;

  /** Of fewer ratios of distances no dimension is estimated. */
  private static final int MIN_RATIOS = 20;

  private final int dimension;
  private final int count;
  private final double[] norms;

  /** The vectors end to end, of unit length where only their directions matter. */
  private final float[] rows;

  VectorTraits(List<float[]> vectors, int dimension, Metric metric) {
    this.dimension = dimension;
    this.count = vectors.size();
    this.norms = new double[count];
    this.rows = new float[Math.multiplyExact(count, dimension)];
    for (int row = 0; row < count; row++) {
      float[] vector = vectors.get(row);
      double squares = 0;
      for (float value : vector) {
        squares += (double) value * value;
      }
      norms[row] = Math.sqrt(squares);
      double scale = metric == Metric.COSINE && squares > 0 ? 1 / norms[row] : 1;
      for (int i = 0; i < dimension; i++) {
        rows[row * dimension + i] = (float) (vector[i] * scale);
      }
    }
  }

  double normMean() {
    return Arrays.stream(norms).average().orElse(0);
  }

  double normDeviation() {
    double mean = normMean();
    double squares = Arrays.stream(norms).map(norm -> (norm - mean) * (norm - mean)).sum();
    return count < 2 ? 0 : Math.sqrt(squares / (count - 1));
  }

  double zeroShare() {
    long zeros = 0;
    for (float value : rows) {
      zeros += value == 0 ? 1 : 0;
    }
    return rows.length == 0 ? 0 : (double) zeros / rows.length;
  }

  double duplicateShare() {
    return count == 0 ? 0 : (double) (count - distinct().length / dimension) / count;
  }

  /** The rows without those that equal an earlier one. */
  private float[] distinct() {
    Set<FloatBuffer> seen = new HashSet<>();
    float[] distinct = new float[rows.length];
    int kept = 0;
    for (int row = 0; row < count; row++) {
      if (seen.add(FloatBuffer.wrap(rows, row * dimension, dimension).slice())) {
        System.arraycopy(rows, row * dimension, distinct, kept * dimension, dimension);
        kept++;
      }
    }
    return Arrays.copyOf(distinct, kept * dimension);
  }

  /**
   * The intrinsic dimension by TwoNN: the ratios of the distances to the second and to the first
   * neighbour follow a Pareto law whose exponent is the dimension (Facco, d'Errico, Rodriguez and
   * Laio, "Estimating the intrinsic dimension of datasets by a minimal neighborhood information",
   * 2017); its estimate without bias is that of Denti and others, 2022. Of equal rows one counts.
   */
  OptionalDouble intrinsicDimension() {
    double logs = 0;
    int ratios = 0;
    float[] distinct = distinct();
    int points = distinct.length / dimension;
    double[] scores = new double[points];
    for (int query = 0; query < Math.min(NEIGHBOUR_QUERIES, points); query++) {
      float[] vector = Arrays.copyOfRange(distinct, query * dimension, (query + 1) * dimension);
      DistanceFunction distance = DistanceFunction.of(Metric.EUCLIDEAN, vector);
      distance.scores(distinct, 0, points, scores);
      double first = Double.POSITIVE_INFINITY;
      double second = Double.POSITIVE_INFINITY;
      for (int row = 0; row < points; row++) {
        // Rows that are next to equal may be at a distance of nothing.
        if (row != query && scores[row] > 0 && scores[row] < second) {
          second = Math.max(first, scores[row]);
          first = Math.min(first, scores[row]);
        }
      }
      if (second < Double.POSITIVE_INFINITY) {
        logs += Math.log(distance.distance(second) / distance.distance(first));
        ratios++;
      }
    }
    return ratios < MIN_RATIOS || logs <= 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((ratios - 1) / logs);
  }

  /** Of the variance what clusters explain. */
  double clusterShare() {
    double variance = variance();
    if (count <= CLUSTERS || variance <= 0) {
      return 0;
    }
    KMeans.Result trained =
        KMeans.train(Metric.EUCLIDEAN, dimension, rows.clone(), count, CLUSTERS, 1);
    // Each centroid is the mean of rows that are measured by it, which takes a degree of freedom.
    double unbiased = trained.distortion() * count / (count - trained.centroids().count());
    return Math.max(0, Math.min(1, 1 - unbiased / variance));
  }

  private double[] mean(int from, int to) {
    double[] mean = new double[dimension];
    for (int row = from; row < to; row++) {
      for (int i = 0; i < dimension; i++) {
        mean[i] += rows[row * dimension + i] / (double) (to - from);
      }
    }
    return mean;
  }

  /** Mean squared distance of a row to the mean of all. */
  private double variance() {
    double[] mean = mean(0, count);
    double squares = 0;
    for (int row = 0; row < count; row++) {
      for (int i = 0; i < dimension; i++) {
        double difference = rows[row * dimension + i] - mean[i];
        squares += difference * difference;
      }
    }
    return count < 2 ? 0 : squares / (count - 1);
  }

  /**
   * How far the mean of some rows is from that of the others, in deviations of a row.
   *
   * @param newer says which rows these are
   */
  OptionalDouble drift(boolean[] newer) {
    double[] fresh = new double[dimension];
    double[] old = new double[dimension];
    int freshCount = 0;
    for (int row = 0; row < count; row++) {
      freshCount += newer[row] ? 1 : 0;
      double[] sum = newer[row] ? fresh : old;
      for (int i = 0; i < dimension; i++) {
        sum[i] += rows[row * dimension + i];
      }
    }
    int oldCount = count - freshCount;
    double variance = variance();
    if (freshCount == 0 || oldCount == 0 || variance <= 0) {
      return OptionalDouble.empty();
    }
    double squares = 0;
    for (int i = 0; i < dimension; i++) {
      double difference = fresh[i] / freshCount - old[i] / oldCount;
      squares += difference * difference;
    }
    double chance = 1.0 / freshCount + 1.0 / oldCount;
    return OptionalDouble.of(Math.sqrt(Math.max(0, squares / variance - chance)));
  }
}
