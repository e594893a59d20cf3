package io.proximadb.vector.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Metric;
import io.proximadb.testkit.Seed;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProductQuantizerTest {
  private static final int ROWS = 400;

  private final Random random = Seed.random("ProductQuantizerTest");

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void noTargetIsOutsideItsBounds(Metric metric) {
    for (int round = 0; round < 12; round++) {
      int dimension = 1 + random.nextInt(round % 4 == 0 ? 200 : 50);
      float[] rows = rows(ROWS, dimension);
      ProductQuantizer quantizer =
          train(metric, dimension, rows, 1 + random.nextInt(dimension + 5), 1 + random.nextInt(20));
      Coded coded = new Coded(quantizer, rows);
      for (int q = 0; q < 5; q++) {
        // Half of the queries are rows, whose distance to themselves is all error.
        float[] vector =
            q % 2 == 0 ? rows(1, dimension) : row(rows, random.nextInt(ROWS), dimension);
        ProductQuery query = quantizer.query(vector);
        float[] estimates = coded.estimates(query);
        for (int row = 0; row < ROWS; row++) {
          double target = Distances.target(metric, vector, row(rows, row, dimension));
          EstimateBounds bounds = quantizer.bounds(query, coded.errors[row], estimates[row]);
          assertThat(target)
              .as(
                  "%s, %d parts of %d dimensions, round %d, seed %d",
                  metric, quantizer.parts(), dimension, round, Seed.value())
              .isBetween(estimates[row] - bounds.below(), estimates[row] + bounds.above());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE"})
  void nearRowsAreEstimatedBetterThanFarOnes(Metric metric) {
    int dimension = 48;
    float[] rows = rows(2_000, dimension);
    ProductQuantizer quantizer = train(metric, dimension, rows, dimension, 12);
    Coded coded = new Coded(quantizer, rows);
    double nearError = 0;
    double farError = 0;
    double offset = 0;
    double lost = 0;
    for (int q = 0; q < 50; q++) {
      float[] vector = row(rows, q, dimension);
      for (int i = 0; i < dimension; i++) {
        vector[i] += (float) (0.05 * random.nextGaussian());
      }
      float[] estimates = coded.estimates(quantizer.query(vector));
      double self = Distances.target(metric, vector, row(rows, q, dimension));
      double other = Distances.target(metric, vector, row(rows, q + 100, dimension));
      nearError += Math.abs(estimates[q] - self);
      offset += estimates[q] - self;
      farError += Math.abs(estimates[q + 100] - other);
      lost += coded.errors[q].error() * (double) coded.errors[q].error();
    }
    assertThat(nearError).isLessThan(farError / 2);
    // The distance to what codes stand for would be too great by the square of what they lost.
    assertThat(Math.abs(offset)).isLessThan(lost / 2);
  }

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void boundsAreNarrowWithManyParts(Metric metric) {
    int dimension = 32;
    float[] rows = rows(ROWS, dimension);
    // One direction a part: more centroids than distinct values would be.
    ProductQuantizer quantizer = train(metric, dimension, rows, dimension, dimension);
    Coded coded = new Coded(quantizer, rows);
    float[] vector = rows(1, dimension);
    ProductQuery query = quantizer.query(vector);
    float[] estimates = coded.estimates(query);
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    double widest = 0;
    for (int row = 0; row < ROWS; row++) {
      double target = Distances.target(metric, vector, row(rows, row, dimension));
      least = Math.min(least, target);
      most = Math.max(most, target);
      EstimateBounds bounds = quantizer.bounds(query, coded.errors[row], estimates[row]);
      widest = Math.max(widest, bounds.below() + bounds.above());
    }
    assertThat(widest).isBetween(0.0, (most - least) / 3);
  }

  @Test
  void aKeptBookCodesTheSame() {
    float[] rows = rows(ROWS, 24);
    ProductQuantizer trained = train(Metric.DOT, 24, rows, 20, 6);
    Int8Quantizer whole = Int8Quantizer.train(Metric.DOT, 24, rows.clone(), ROWS, 20, 42);
    ProductQuantizer kept =
        new ProductQuantizer(
            new Int8Quantizer(whole.parameters()), trained.parts(), trained.book());
    assertThat(new Coded(kept, rows).bytes).isEqualTo(new Coded(trained, rows).bytes);
    assertThat(train(Metric.DOT, 24, rows, 20, 6).book()).isEqualTo(trained.book());
  }

  @Test
  void rowsThatAreNotFiniteAreFarFromAllOthers() {
    float[] rows = rows(ROWS, 20);
    rows[3 * 20 + 5] = Float.NaN;
    rows[7 * 20 + 1] = Float.POSITIVE_INFINITY;
    Arrays.fill(rows, 9 * 20, 10 * 20, 1e30f);
    ProductQuantizer quantizer = train(Metric.EUCLIDEAN, 20, rows, 20, 5);
    float[] estimates = new Coded(quantizer, rows).estimates(quantizer.query(rows(1, 20)));
    float worst = Float.NEGATIVE_INFINITY;
    for (int row = 10; row < ROWS; row++) {
      worst = Math.max(worst, estimates[row]);
    }
    assertThat(worst).isFinite();
    for (int row : new int[] {3, 7, 9}) {
      assertThat(estimates[row]).isGreaterThan(worst).isFinite();
    }
  }

  @Test
  void whatCannotBeTrainedIsRefused() {
    float[] rows = rows(ROWS, 8);
    assertThatThrownBy(() -> train(Metric.DOT, 8, rows, 8, 0))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("0 parts");
    Int8Quantizer whole = Int8Quantizer.train(Metric.DOT, 8, rows.clone(), ROWS, 8, 1);
    assertThatThrownBy(() -> new ProductQuantizer(whole, 9, new float[8 * 256]))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("9 parts");
    assertThatThrownBy(() -> new ProductQuantizer(whole, 8, new float[7 * 256]))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("2048 floats");
  }

  private static ProductQuantizer train(
      Metric metric, int dimension, float[] rows, int codes, int parts) {
    int count = rows.length / dimension;
    Int8Quantizer whole = Int8Quantizer.train(metric, dimension, rows.clone(), count, codes, 42);
    return ProductQuantizer.train(whole, rows, count, parts, 7);
  }

  /** Rows and what was lost of them. */
  private static final class Coded {
    final ProductQuantizer quantizer;
    final byte[] bytes;
    final int[] offsets;
    final BitErrors[] errors;

    Coded(ProductQuantizer quantizer, float[] rows) {
      this.quantizer = quantizer;
      int dimension = quantizer.dimension();
      int count = rows.length / dimension;
      this.bytes = new byte[count * quantizer.rowBytes()];
      this.offsets = new int[count];
      this.errors = new BitErrors[count];
      for (int row = 0; row < count; row++) {
        offsets[row] = row * quantizer.rowBytes();
        errors[row] = quantizer.encode(rows, row * dimension, bytes, offsets[row]);
      }
    }

    float[] estimates(ProductQuery query) {
      float[] estimates = new float[offsets.length];
      quantizer.sums(query.tables(), bytes, offsets, offsets.length, estimates);
      for (int row = 0; row < estimates.length; row++) {
        estimates[row] = query.estimate(quantizer.correction(bytes, offsets[row]), estimates[row]);
      }
      return estimates;
    }
  }

  /** Rows off the origin, some components wider than others. */
  private float[] rows(int count, int dimension) {
    float[] rows = new float[count * dimension];
    for (int i = 0; i < rows.length; i++) {
      int component = i % dimension;
      rows[i] = (float) (1 + random.nextGaussian() / (1 + component % 7));
    }
    return rows;
  }

  private static float[] row(float[] rows, int row, int dimension) {
    return Arrays.copyOfRange(rows, row * dimension, (row + 1) * dimension);
  }
}
