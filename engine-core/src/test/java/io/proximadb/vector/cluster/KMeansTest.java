package io.proximadb.vector.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.model.Metric;
import io.proximadb.testkit.Seed;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KMeansTest {
  /** Rows around centres, which are farther apart than rows from theirs. */
  private static float[] blobs(int rows, int dimension, int centres, double spread, Random random) {
    float[][] middle = new float[centres][dimension];
    for (float[] centre : middle) {
      for (int i = 0; i < dimension; i++) {
        centre[i] = (float) random.nextGaussian();
      }
    }
    float[] values = new float[rows * dimension];
    for (int row = 0; row < rows; row++) {
      float[] centre = middle[row % centres];
      for (int i = 0; i < dimension; i++) {
        values[row * dimension + i] = centre[i] + (float) (spread * random.nextGaussian());
      }
    }
    return values;
  }

  @Test
  void separatedClustersAreFound() {
    Random random = Seed.random("KMeansTest.found");
    float[] rows = blobs(4_000, 16, 20, 0.05, random);
    // Any one training may put two seeds into one blob and stay there.
    KMeans.Result result =
        IntStream.range(0, 5)
            .mapToObj(seed -> KMeans.train(Metric.EUCLIDEAN, 16, rows, 4_000, 20, seed))
            .min(Comparator.comparingDouble(KMeans.Result::distortion))
            .orElseThrow();
    assertThat(result.sizes()).hasSize(20);
    // 16 components with a variance of 0.0025.
    assertThat(result.distortion()).isLessThan(0.1);
    Assigner assigner = result.centroids().assigner();
    int[] first = new int[20];
    for (int row = 0; row < 4_000; row++) {
      int cluster = assigner.assign(rows, row * 16);
      if (row < 20) {
        first[row] = cluster;
      }
      assertThat(cluster).isEqualTo(first[row % 20]);
    }
    assertThat(Arrays.stream(first).distinct()).hasSize(20);
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void trainingIsDeterministicAndLeavesNoClusterEmpty(Metric metric) {
    Random random = Seed.random("KMeansTest.deterministic." + metric);
    int dimension = 1 + random.nextInt(24);
    int count = 1_500 + random.nextInt(3_000);
    int clusters = 1 + random.nextInt(300);
    float[] rows = blobs(count, dimension, 1 + random.nextInt(100), 0.4, random);
    KMeans.Result first = KMeans.train(metric, dimension, rows.clone(), count, clusters, 3);
    KMeans.Result second = KMeans.train(metric, dimension, rows.clone(), count, clusters, 3);
    assertThat(second.centroids().values()).isEqualTo(first.centroids().values());
    assertThat(second.centroids().groupStarts()).isEqualTo(first.centroids().groupStarts());
    assertThat(second.distortion()).isEqualTo(first.distortion());
    assertThat(first.sizes()).hasSize(first.centroids().count()).doesNotContain(0);
    assertThat(Arrays.stream(first.sizes()).sum()).isEqualTo(count);
    assertThat(first.centroids().count()).isBetween(clusters * 9 / 10, clusters);
    Assigner assigner = first.centroids().assigner();
    int[] sizes = new int[first.centroids().count()];
    for (int row = 0; row < count; row++) {
      sizes[assigner.assign(rows, row * dimension)]++;
    }
    // Directions are computed again, in other rounding.
    assertThat(Arrays.stream(sizes).sum()).isEqualTo(count);
    if (metric != Metric.COSINE) {
      assertThat(sizes).isEqualTo(first.sizes());
    }
  }

  @Test
  void assigningInTwoLevelsIsNearlyAsGoodAsComparingAll() {
    Random random = Seed.random("KMeansTest.levels");
    int dimension = 24;
    int count = 20_000;
    float[] rows = blobs(count, dimension, 500, 0.5, random);
    Centroids centroids =
        KMeans.train(Metric.EUCLIDEAN, dimension, rows, count, 400, 5).centroids();
    assertThat(centroids.groups()).isGreaterThan(10);
    float[][] all = new float[centroids.count()][];
    Arrays.setAll(all, centroids::centroid);
    Assigner exact = ClusterOrder.flat(Metric.EUCLIDEAN, all).assigner();
    Assigner fast = centroids.assigner();
    int same = 0;
    double distance = 0;
    double exactDistance = 0;
    for (int row = 0; row < count; row++) {
      same += exact.assign(rows, row * dimension) == fast.assign(rows, row * dimension) ? 1 : 0;
      distance += fast.squaredDistance();
      exactDistance += exact.squaredDistance();
    }
    assertThat(same).isGreaterThan(count * 85 / 100);
    assertThat(distance).isLessThan(1.03 * exactDistance);
  }

  @Test
  void fewDistinctRowsMakeFewClusters() {
    float[] rows = new float[3_000];
    for (int i = 0; i < 1_000; i++) {
      rows[3 * i] = i % 5;
    }
    KMeans.Result result = KMeans.train(Metric.EUCLIDEAN, 3, rows, 1_000, 100, 1);
    assertThat(result.centroids().count()).isBetween(4, 5);
    assertThat(result.sizes()).doesNotContain(0);
    KMeans.Result zeros = KMeans.train(Metric.COSINE, 3, new float[30], 10, 40, 1);
    assertThat(zeros.centroids().count()).isEqualTo(1);
    assertThat(zeros.distortion()).isZero();
  }

  @Test
  void rowsOfAnySizeHaveACluster() {
    Random random = Seed.random("KMeansTest.extreme");
    for (Metric metric : Metric.values()) {
      for (float scale : new float[] {Float.MIN_VALUE, 1e-30f, 1e18f, 1e30f, Float.MAX_VALUE}) {
        float[] rows = blobs(500, 4, 7, 0.1, random);
        for (int i = 0; i < rows.length; i++) {
          rows[i] = Math.max(-1, Math.min(1, rows[i])) * scale;
        }
        KMeans.Result result = KMeans.train(metric, 4, rows.clone(), 500, 50, 1);
        Assigner assigner = result.centroids().assigner();
        for (int row = 0; row < 500; row++) {
          assertThat(assigner.assign(rows, 4 * row)).isBetween(0, result.centroids().count() - 1);
        }
        assertThat(result.sizes()).doesNotContain(0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void clustersAreRankedByTheMetric(Metric metric) {
    Random random = Seed.random("KMeansTest.ranked." + metric);
    float[] rows = blobs(2_000, 8, 50, 0.3, random);
    Centroids centroids = KMeans.train(metric, 8, rows.clone(), 2_000, 60, 1).centroids();
    float[] query = Arrays.copyOf(rows, 8);
    int[] ranked = centroids.ranked(query);
    assertThat(ranked).hasSize(centroids.count()).doesNotHaveDuplicates();
    double before = Double.NEGATIVE_INFINITY;
    for (int cluster : ranked) {
      double distance = distance(metric, query, centroids.centroid(cluster));
      assertThat(distance).isGreaterThanOrEqualTo(before - 1e-4);
      before = distance;
    }
  }

  private static double distance(Metric metric, float[] a, float[] b) {
    double dot = 0;
    double square = 0;
    double sum = 0;
    double ofA = 0;
    double ofB = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * b[i];
      square += (a[i] - b[i]) * (a[i] - b[i]);
      sum += Math.abs(a[i] - b[i]);
      ofA += a[i] * a[i];
      ofB += b[i] * b[i];
    }
    return switch (metric) {
      case COSINE -> 1 - dot / Math.sqrt(ofA * ofB);
      case EUCLIDEAN -> Math.sqrt(square);
      case MANHATTAN -> sum;
      case DOT -> -dot;
    };
  }
}
