package io.proximadb.vector.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Metric;
import io.proximadb.testkit.Seed;
import io.proximadb.vector.Kernels;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Int8QuantizerTest {
  private static final int ROWS = 300;

  private final Random random = Seed.random("Int8QuantizerTest");

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void noTargetIsOutsideItsBounds(Metric metric) {
    for (int round = 0; round < 40; round++) {
      int dimension = 1 + random.nextInt(round % 4 == 0 ? 400 : 60);
      int codes = 1 + random.nextInt(dimension + 10);
      float[] rows = rows(ROWS, dimension);
      Int8Quantizer quantizer = train(metric, dimension, rows, codes);
      byte[] coded = encoded(quantizer, rows);
      for (int q = 0; q < 5; q++) {
        // Half of the queries are near a row, where errors are small against what they add up from.
        float[] query = row(rows, random.nextInt(ROWS), dimension);
        if (q % 2 == 0) {
          query = rows(1, dimension);
        }
        Int8Query code = quantizer.query(query);
        for (int row = 0; row < ROWS; row++) {
          int at = row * quantizer.rowBytes();
          double estimate = estimate(quantizer, code, coded, at);
          double target = Distances.target(metric, query, row(rows, row, dimension));
          EstimateBounds bounds = quantizer.bounds(code, coded, at);
          assertThat(target)
              .as("%s, %d of %d directions, round %d", metric, codes, dimension, round)
              .isBetween(estimate - bounds.below(), estimate + bounds.above());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void boundsAreNarrowWhereAllDirectionsAreKept(Metric metric) {
    int dimension = 96;
    // Without rows far out, whose codes are cut.
    float[] rows = rows(ROWS, dimension, 1);
    Int8Quantizer quantizer = train(metric, dimension, rows, dimension);
    byte[] coded = encoded(quantizer, rows);
    float[] query = rows(1, dimension);
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    double widest = 0;
    for (int row = 0; row < ROWS; row++) {
      double target = Distances.target(metric, query, row(rows, row, dimension));
      least = Math.min(least, target);
      most = Math.max(most, target);
      EstimateBounds bounds =
          quantizer.bounds(quantizer.query(query), coded, row * quantizer.rowBytes());
      widest = Math.max(widest, bounds.below() + bounds.above());
    }
    assertThat(widest).isBetween(0.0, (most - least) / 2);
  }

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void aCoarseQueryEstimatesAlmostAsWell(Metric metric) {
    int dimension = 128;
    float[] rows = rows(ROWS, dimension);
    Int8Quantizer quantizer = train(metric, dimension, rows, 48);
    byte[] coded = encoded(quantizer, rows);
    double fine = 0;
    double coarse = 0;
    double spread = 0;
    float[] query = rows(1, dimension);
    for (int row = 0; row < ROWS; row++) {
      int at = row * quantizer.rowBytes();
      double target = Distances.target(metric, query, row(rows, row, dimension));
      fine += Math.abs(estimate(quantizer, quantizer.query(query), coded, at) - target);
      coarse += Math.abs(estimate(quantizer, quantizer.coarseQuery(query), coded, at) - target);
      spread += Math.abs(target);
    }
    assertThat(coarse).isLessThan(fine + 0.02 * spread);
  }

  @Test
  void theFirstPrincipalComponentsAreKept() {
    int dimension = 64;
    float[] rows = new float[ROWS * dimension];
    for (int row = 0; row < ROWS; row++) {
      // All variance but a little lies along 8 directions that no axis follows.
      for (int direction = 0; direction < 8; direction++) {
        double along = random.nextGaussian();
        for (int i = 0; i < dimension; i++) {
          rows[row * dimension + i] += (float) (along * Math.cos((direction + 1.0) * i));
        }
      }
    }
    Int8Quantizer quantizer = train(Metric.EUCLIDEAN, dimension, rows, 8);
    byte[] coded = encoded(quantizer, rows);
    Int8Query query = quantizer.query(row(rows, 0, dimension));
    assertThat(query.squaredRest()).isLessThan(0.001 * query.squaredPart());
    for (int row = 0; row < ROWS; row++) {
      double target =
          Distances.target(Metric.EUCLIDEAN, row(rows, 0, dimension), row(rows, row, dimension));
      assertThat(estimate(quantizer, query, coded, row * quantizer.rowBytes()))
          .isCloseTo(target, org.assertj.core.data.Offset.offset(0.03 * target + 6));
    }
  }

  @Test
  void oneSeedGivesOneQuantizer() {
    float[] rows = rows(ROWS, 40);
    byte[] first = encoded(train(Metric.EUCLIDEAN, 40, rows, 17), rows);
    byte[] second = encoded(train(Metric.EUCLIDEAN, 40, rows, 17), rows);
    assertThat(second).isEqualTo(first);
  }

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void rowsThatAreNotFiniteAreFarFromAllOthers(Metric metric) {
    float[] rows = rows(ROWS, 20);
    rows[3 * 20 + 5] = Float.NaN;
    rows[7 * 20 + 1] = Float.POSITIVE_INFINITY;
    Arrays.fill(rows, 9 * 20, 10 * 20, 1e30f);
    Int8Quantizer quantizer = train(metric, 20, rows, 20);
    byte[] coded = encoded(quantizer, rows);
    Int8Query query = quantizer.query(rows(1, 20));
    double worst = Double.NEGATIVE_INFINITY;
    for (int row = 10; row < ROWS; row++) {
      worst = Math.max(worst, estimate(quantizer, query, coded, row * quantizer.rowBytes()));
    }
    assertThat(worst).isFinite();
    for (int row : metric == Metric.EUCLIDEAN ? new int[] {3, 9} : new int[] {3}) {
      assertThat(estimate(quantizer, query, coded, row * quantizer.rowBytes()))
          .isGreaterThan(worst)
          .isFinite();
    }
  }

  @Test
  void equalRowsAreNoTrouble() {
    float[] rows = new float[ROWS * 10];
    Arrays.fill(rows, 3);
    Int8Quantizer quantizer = train(Metric.EUCLIDEAN, 10, rows, 4);
    byte[] coded = encoded(quantizer, rows);
    Int8Query query = quantizer.query(row(rows, 0, 10));
    assertThat(estimate(quantizer, query, coded, 0)).isZero();
  }

  @Test
  void whatCannotBeCodedIsRefused() {
    assertThatThrownBy(() -> train(Metric.MANHATTAN, 10, rows(ROWS, 10), 4))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("MANHATTAN");
    assertThatThrownBy(() -> train(Metric.DOT, 10, rows(ROWS, 10), 0))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("0 codes");
    Int8Quantizer quantizer = train(Metric.DOT, 10, rows(ROWS, 10), 4);
    assertThatThrownBy(() -> quantizer.query(new float[9]))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("dimension 9 (expected 10)");
  }

  private static Int8Quantizer train(Metric metric, int dimension, float[] rows, int codes) {
    return Int8Quantizer.train(metric, dimension, rows.clone(), rows.length / dimension, codes, 42);
  }

  private static byte[] encoded(Int8Quantizer quantizer, float[] rows) {
    int count = rows.length / quantizer.dimension();
    byte[] coded = new byte[count * quantizer.rowBytes()];
    for (int row = 0; row < count; row++) {
      quantizer.encode(rows, row * quantizer.dimension(), coded, row * quantizer.rowBytes());
    }
    return coded;
  }

  private static double estimate(Int8Quantizer quantizer, Int8Query query, byte[] coded, int at) {
    int[] dots = new int[1];
    Kernels.best().codes().dotGathered(query.codes(), coded, new int[] {at}, 1, dots);
    return query.estimate(quantizer.correction(coded, at), dots[0]);
  }

  /** Rows off the origin, some components wider than others, some rows far out. */
  private float[] rows(int count, int dimension) {
    return rows(count, dimension, 10);
  }

  private float[] rows(int count, int dimension, double farthest) {
    float[] rows = new float[count * dimension];
    for (int row = 0; row < count; row++) {
      double size = random.nextInt(20) == 0 ? farthest : 1;
      for (int i = 0; i < dimension; i++) {
        rows[row * dimension + i] = (float) (1 + size * random.nextGaussian() * (1 + i % 7));
      }
    }
    return rows;
  }

  private static float[] row(float[] rows, int row, int dimension) {
    return Arrays.copyOfRange(rows, row * dimension, (row + 1) * dimension);
  }
}
