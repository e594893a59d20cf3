package io.proximadb.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.proximadb.model.Metric;
import io.proximadb.testkit.Seed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DistanceFunctionTest {
  private static final long SEED = Seed.value();

  private final Random random = new Random(SEED);

  static Stream<Arguments> metricsAndKernels() {
    return Stream.of(Metric.values())
        .flatMap(metric -> Kernels.all().stream().map(kernels -> Arguments.of(metric, kernels)));
  }

  @ParameterizedTest
  @MethodSource("metricsAndKernels")
  void distancesAreThoseOfTheMetric(Metric metric, VectorKernels kernels) {
    for (int dimension : new int[] {1, 2, 3, 8, 17, 64, 100, 784}) {
      for (double scale :
          new double[] {1e-42, 1e-38, 1e-30, 1e-19, 1e-8, 1, 1e10, 1e19, 1e30, 1e37}) {
        checkDistances(metric, kernels, dimension, scale, 1);
        checkDistances(metric, kernels, dimension, 1, scale);
        checkDistances(metric, kernels, dimension, scale, scale);
      }
    }
  }

  private void checkDistances(
      Metric metric, VectorKernels kernels, int dimension, double queryScale, double rowScale) {
    int count = 5;
    float[] query = gaussian(dimension, queryScale);
    query[0] = (float) queryScale;
    float[] rows = gaussian(count * dimension, rowScale);
    rows[0] = (float) rowScale;
    DistanceFunction function = DistanceFunction.of(metric, query, kernels);
    double[] scores = new double[count];
    function.scores(rows, 0, count, scores);
    double[] mapped = new double[count];
    function.scores(direct(rows), 0, count, mapped);
    for (int row = 0; row < count; row++) {
      float[] vector = java.util.Arrays.copyOfRange(rows, row * dimension, (row + 1) * dimension);
      double expected = reference(metric, query, vector);
      double slack = 1e-6 * dimension * magnitude(metric, query, vector);
      double distance = function.distance(scores[row]);
      assertThat(distance)
          .as(
              "%s by %s, dimension %d, scales %s and %s, seed %d",
              metric, kernels.name(), dimension, queryScale, rowScale, SEED)
          .isFinite()
          .isCloseTo(expected, within(slack));
      assertThat(mapped[row]).isEqualTo(scores[row]);
      assertThat(function.score(rows, row * dimension)).isEqualTo(scores[row]);
    }
  }

  @ParameterizedTest
  @MethodSource("metricsAndKernels")
  void aVectorIsNearestToItself(Metric metric, VectorKernels kernels) {
    float[] query = gaussian(50, 1);
    DistanceFunction function = DistanceFunction.of(metric, query, kernels);
    double self = function.distance(function.score(query, 0));
    double other = function.distance(function.score(gaussian(50, 0.1), 0));
    assertThat(self).isLessThan(other);
    if (metric != Metric.DOT) {
      assertThat(self).isBetween(0.0, 1e-6);
    }
  }

  @Test
  void cosineStaysInItsRange() {
    for (int round = 0; round < 2_000; round++) {
      float[] query = gaussian(1 + random.nextInt(40), 1);
      query[0] = 0.5f;
      float[] row = query.clone();
      float factor = random.nextBoolean() ? 3.7f : -0.1f;
      for (int i = 0; i < row.length; i++) {
        row[i] *= factor;
      }
      DistanceFunction function = DistanceFunction.of(Metric.COSINE, query);
      double distance = function.distance(function.score(row, 0));
      assertThat(distance)
          .as("seed " + SEED)
          .isBetween(0.0, 2.0)
          .isCloseTo(factor > 0 ? 0 : 2, within(1e-5));
    }
  }

  @Test
  void aRowOfZerosIsInTheMiddleUnderCosine() {
    DistanceFunction function = DistanceFunction.of(Metric.COSINE, new float[] {1, 2, 3});
    assertThat(function.distance(function.score(new float[3], 0))).isEqualTo(1.0);
  }

  @ParameterizedTest
  @MethodSource("metricsAndKernels")
  void rowsThatAreNotFiniteRankLast(Metric metric, VectorKernels kernels) {
    float[] rows = {1, 2, Float.NaN, 1, Float.NEGATIVE_INFINITY, 1, Float.POSITIVE_INFINITY, 1};
    double[] scores = new double[4];
    DistanceFunction.of(metric, new float[] {1, 1}, kernels).scores(rows, 0, 4, scores);
    for (int row = 1; row < 4; row++) {
      assertThat(scores[row]).isFinite().isGreaterThan(scores[0]);
    }
  }

  @Test
  void aQueryOfZerosIsRefusedUnderCosine() {
    assertThatThrownBy(() -> DistanceFunction.of(Metric.COSINE, new float[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no direction");
  }

  @Test
  void manyRowsAreScoredInChunks() {
    float[] rows = new float[5_000];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    double[] scores = new double[4_990];
    DistanceFunction.of(Metric.MANHATTAN, new float[] {0}).scores(rows, 10, 4_990, scores);
    for (int i = 0; i < scores.length; i++) {
      assertThat(scores[i]).isEqualTo(i + 10);
    }
  }

  private static double reference(Metric metric, float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    double l1 = 0;
    double square = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
      l1 += Math.abs((double) a[i] - b[i]);
      square += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return switch (metric) {
      case COSINE -> bb == 0 ? 1 : 1 - dot / Math.sqrt(aa) / Math.sqrt(bb);
      case EUCLIDEAN -> Math.sqrt(square);
      case MANHATTAN -> l1;
      case DOT -> -dot;
    };
  }

  /** What the rounding errors of a distance are measured against. */
  private static double magnitude(Metric metric, float[] a, float[] b) {
    double dot = 0;
    for (int i = 0; i < a.length; i++) {
      dot += Math.abs((double) a[i] * b[i]);
    }
    return switch (metric) {
      case COSINE -> 1;
      case EUCLIDEAN, MANHATTAN -> reference(metric, a, b);
      // The products of a tiny row may vanish, but only against the largest of the query's.
      case DOT -> dot + 1e-38 * (largest(a) < 0x1p-20 ? largest(a) : 1);
    };
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static ByteBuffer direct(float[] values) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(values.length * Float.BYTES);
    buffer.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return buffer;
  }

  private float[] gaussian(int length, double scale) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      double bounded = Math.max(-3, Math.min(3, random.nextGaussian()));
      values[i] = (float) (bounded * scale);
    }
    return values;
  }

  @Test
  void theScoreOfADistanceIsTheLargestThatIsWithinIt() {
    Random random = Seed.random("DistanceFunctionTest scoreWithin");
    for (Metric metric : Metric.values()) {
      DistanceFunction function = DistanceFunction.of(metric, new float[] {1, 2});
      assertThat(function.scoreWithin(Double.POSITIVE_INFINITY)).isInfinite().isPositive();
      for (int i = 0; i < 1_000; i++) {
        double distance = random.nextDouble() * Math.pow(10, random.nextInt(300) - 150);
        double score = function.scoreWithin(distance);
        assertThat(function.distance(score)).isLessThanOrEqualTo(distance);
        assertThat(function.distance(Math.nextUp(score))).isGreaterThan(distance);
      }
    }
    DistanceFunction euclidean = DistanceFunction.of(Metric.EUCLIDEAN, new float[] {1, 2});
    assertThat(euclidean.scoreWithin(0)).isZero();
    assertThat(euclidean.scoreWithin(-1)).isNegative();
  }
}
