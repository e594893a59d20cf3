package io.proximadb.axis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.proximadb.model.Metric;
import io.proximadb.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Estimates of data whose traits are known. */
class VectorTraitsTest {
  private static final int DIMENSION = 48;
  private static final int ROWS = 2_000;

  private final Random random = Seed.random("VectorTraitsTest");

  /** Points of a space of few dimensions, turned into one of many. */
  private List<float[]> inSubspace(int dimensions) {
    double[][] basis = new double[dimensions][DIMENSION];
    for (double[] direction : basis) {
      for (int i = 0; i < DIMENSION; i++) {
        direction[i] = random.nextGaussian();
      }
    }
    List<float[]> rows = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      float[] vector = new float[DIMENSION];
      for (double[] direction : basis) {
        double at = random.nextGaussian();
        for (int i = 0; i < DIMENSION; i++) {
          vector[i] += (float) (at * direction[i]);
        }
      }
      rows.add(vector);
    }
    return rows;
  }

  private static VectorTraits of(List<float[]> rows) {
    return new VectorTraits(rows, DIMENSION, Metric.EUCLIDEAN);
  }

  @Test
  void intrinsicDimensionIsThatOfTheSubspace() {
    for (int dimensions : new int[] {1, 2, 5, 8}) {
      List<float[]> rows = inSubspace(dimensions);
      assertThat(of(rows).intrinsicDimension().orElseThrow())
          .isCloseTo(dimensions, within(0.3 * dimensions));
      // Equal rows are no neighbours.
      List<float[]> twice = new ArrayList<>(rows);
      twice.addAll(rows);
      assertThat(of(twice).intrinsicDimension().orElseThrow())
          .isCloseTo(dimensions, within(0.3 * dimensions));
      assertThat(of(twice).duplicateShare()).isEqualTo(0.5);
    }
  }

  @Test
  void clustersExplainTheVarianceWhereThereAreSome() {
    List<float[]> even = inSubspace(DIMENSION);
    assertThat(of(even).clusterShare()).isBetween(0.0, 0.3);
    List<float[]> tight = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      float[] vector = even.get(row % 8).clone();
      vector[row % DIMENSION] += (float) (0.1 * random.nextGaussian());
      tight.add(vector);
    }
    assertThat(of(tight).clusterShare()).isBetween(0.99, 1.0);
  }

  @Test
  void lengthsZerosAndEqualRowsAreCounted() {
    List<float[]> rows = new ArrayList<>();
    for (int row = 0; row < 100; row++) {
      float[] vector = new float[DIMENSION];
      vector[row % 12] = row % 2 == 0 ? 1 : 3;
      rows.add(vector);
    }
    VectorTraits traits = of(rows);
    assertThat(traits.normMean()).isEqualTo(2, within(1e-9));
    assertThat(traits.normDeviation()).isEqualTo(Math.sqrt(100 / 99.0), within(1e-9));
    assertThat(traits.zeroShare()).isEqualTo(1 - 1.0 / DIMENSION, within(1e-9));
    assertThat(traits.duplicateShare()).isEqualTo(0.88, within(1e-9));
    assertThat(new VectorTraits(rows, DIMENSION, Metric.COSINE).normMean())
        .isEqualTo(2, within(1e-9));
  }

  @Test
  void driftIsThatOfMeansBeyondChance() {
    boolean[] newer = new boolean[ROWS];
    List<float[]> rows = inSubspace(DIMENSION);
    for (int row = 0; row < ROWS; row += 10) {
      newer[row] = true;
    }
    // Of 200 rows and 1,800 a mean is off by 0.075 by chance, of which most is taken off.
    assertThat(of(rows).drift(newer).orElseThrow()).isLessThan(0.15);
    double deviation = of(rows).normMean();
    for (int row = 0; row < ROWS; row += 10) {
      rows.get(row)[0] += (float) deviation;
    }
    assertThat(of(rows).drift(newer).orElseThrow()).isBetween(0.8, 1.1);
    assertThat(of(rows).drift(new boolean[ROWS])).isEmpty();
  }

  @Test
  void fewRowsOrEqualOnesTellNothing() {
    for (int count : new int[] {0, 1, 2, 100}) {
      List<float[]> rows = new ArrayList<>();
      for (int row = 0; row < count; row++) {
        rows.add(new float[DIMENSION]);
      }
      VectorTraits traits = new VectorTraits(rows, DIMENSION, Metric.COSINE);
      assertThat(traits.intrinsicDimension()).isEmpty();
      assertThat(traits.clusterShare()).isZero();
      assertThat(traits.normDeviation()).isZero();
      assertThat(traits.drift(new boolean[count])).isEmpty();
    }
  }
}
