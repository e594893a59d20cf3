package io.proximadb.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.model.Metric;
import io.proximadb.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DistanceBatchTest {
  private static final int TRIALS = 300;
  private static final int[] DIMENSIONS = {1, 3, 16, 33, 100, 784};

  /** Powers of two that squares of components reach from what vanishes to what overflows. */
  private static final int MAX_EXPONENT = 66;

  @ParameterizedTest
  @EnumSource(Metric.class)
  void scoresUpToTheirBoundAreThoseOfThePairAlone(Metric metric) {
    Random random = Seed.random("DistanceBatchTest " + metric);
    int leftOut = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
      int dimension = DIMENSIONS[random.nextInt(DIMENSIONS.length)];
      int queries = 1 + random.nextInt(12);
      int count = 1 + random.nextInt(20);
      float[] centre = gaussian(dimension, random.nextBoolean() ? 1 : 0, random);
      double scale = Math.scalb(1.0, random.nextInt(2 * MAX_EXPONENT) - MAX_EXPONENT);
      // From vectors that differ in their last digits only to ones that are far apart.
      double spread = Math.scalb(1.0, -random.nextInt(26));
      List<DistanceFunction> functions = new ArrayList<>();
      for (int i = 0; i < queries; i++) {
        functions.add(DistanceFunction.of(metric, near(centre, spread, scale, random)));
      }
      float[] rows = new float[count * dimension];
      for (int row = 0; row < count; row++) {
        System.arraycopy(near(centre, spread, scale, random), 0, rows, row * dimension, dimension);
      }
      if (random.nextInt(10) == 0) {
        rows[random.nextInt(rows.length)] =
            random.nextBoolean() ? Float.NaN : Float.NEGATIVE_INFINITY;
      }
      DistanceBatch batch = new DistanceBatch(functions);
      batch.rows(rows, count);
      for (int first = 0; first < queries; first += DistanceBatch.GROUP) {
        int group = Math.min(DistanceBatch.GROUP, queries - first);
        double[] bounds = new double[DistanceBatch.GROUP];
        for (int i = 0; i < group; i++) {
          // One of the scores is just within it; sometimes all are.
          bounds[i] =
              random.nextInt(9) == 0
                  ? Double.POSITIVE_INFINITY
                  : functions.get(first + i).score(rows, random.nextInt(count) * dimension);
        }
        Double[][] taken = new Double[queries][count];
        batch.scores(
            first,
            group,
            rows,
            count,
            bounds,
            (query, row, score) -> {
              assertThat(taken[query][row]).as("taken twice").isNull();
              taken[query][row] = score;
            });
        for (int i = 0; i < group; i++) {
          for (int row = 0; row < count; row++) {
            double alone = functions.get(first + i).score(rows, row * dimension);
            Double batched = taken[first + i][row];
            String what =
                String.format(
                    Locale.ROOT,
                    "%s, trial %d, dimension %d, scale %s, seed %d",
                    metric,
                    trial,
                    dimension,
                    scale,
                    Seed.value());
            if (batched == null) {
              assertThat(alone).as(what).isGreaterThan(bounds[i]);
              leftOut++;
            } else {
              assertThat(batched.doubleValue()).as(what).isEqualTo(alone);
            }
          }
        }
      }
    }
    if (metric == Metric.MANHATTAN) {
      assertThat(leftOut).isZero();
    } else {
      assertThat(leftOut).isPositive();
    }
  }

  private static float[] gaussian(int dimension, double scale, Random random) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) (scale * random.nextGaussian());
    }
    return vector;
  }

  /** Not all zeros, but for chance. */
  private static float[] near(float[] centre, double spread, double scale, Random random) {
    float[] vector = new float[centre.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (scale * (centre[i] + spread * random.nextGaussian()));
    }
    return vector;
  }
}
