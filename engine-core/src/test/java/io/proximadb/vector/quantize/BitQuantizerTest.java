package io.proximadb.vector.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Metric;
import io.proximadb.testkit.Seed;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BitQuantizerTest {
  private static final int ROWS = 300;

  private final Random random = Seed.random("BitQuantizerTest");

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void noTargetIsOutsideItsBounds(Metric metric) {
    for (int round = 0; round < 40; round++) {
      int dimension = 1 + random.nextInt(round % 4 == 0 ? 400 : 60);
      int codes = 1 + random.nextInt(dimension + 10);
      int bits = 1 + round % BitQuantizer.MAX_BITS;
      Case data = new Case(metric, rows(ROWS, dimension, 10), dimension, codes, bits, 42);
      for (int q = 0; q < 5; q++) {
        // Half of the queries are near a row, where errors are small against what they add up from.
        float[] query =
            q % 2 == 0 ? rows(1, dimension, 10) : data.row(random.nextInt(data.errors.length));
        BitQuery code = data.quantizer.query(query);
        double[] estimates = data.estimates(code);
        for (int row = 0; row < ROWS; row++) {
          EstimateBounds bounds = data.quantizer.bounds(code, data.errors[row]);
          assertThat(Distances.target(metric, query, data.row(row)))
              .as("%s, %d x %d bits of %d dimensions, round %d", metric, codes, bits, dimension, q)
              .isBetween(estimates[row] - bounds.below(), estimates[row] + bounds.above());
        }
      }
    }
  }

  /** What the share of estimates outside the bound may be: Gaussian, and some for small samples. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void errorsStayWithinTheLikelyBoundAsOftenAsAGaussianWould(int bits) {
    assertThat(shareOutside(bits, 1)).isBetween(0.12, 0.40);
    assertThat(shareOutside(bits, 1.9)).isBetween(0.01, 0.09);
    assertThat(shareOutside(bits, 4)).isLessThan(0.001);
  }

  private double shareOutside(int bits, double epsilon) {
    long outside = 0;
    long all = 0;
    for (int dimension : new int[] {32, 65, 100, 384}) {
      float[] rows = rows(ROWS, dimension, 1);
      Case data = new Case(Metric.EUCLIDEAN, rows, dimension, dimension, bits, random.nextLong());
      for (int q = 0; q < 10; q++) {
        float[] query = rows(1, dimension, 1);
        BitQuery code = data.quantizer.query(query);
        double[] estimates = data.estimates(code);
        for (int row = 0; row < ROWS; row++) {
          double target = Distances.target(Metric.EUCLIDEAN, query, data.row(row));
          EstimateBounds bounds = data.quantizer.likelyBounds(code, data.errors[row], epsilon);
          boolean within =
              target >= estimates[row] - bounds.below()
                  && target <= estimates[row] + bounds.above();
          outside += within ? 0 : 1;
          all++;
        }
      }
    }
    return outside / (double) all;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void estimatesAreWithoutBias(int bits) {
    int dimension = 48;
    float[] rows = rows(2, dimension, 1);
    float[] query = rows(1, dimension, 1);
    double target = Distances.target(Metric.EUCLIDEAN, query, Arrays.copyOf(rows, dimension));
    double sum = 0;
    double squares = 0;
    int rotations = 1_500;
    for (int i = 0; i < rotations; i++) {
      Case data = new Case(Metric.EUCLIDEAN, rows, dimension, dimension, bits, random.nextLong());
      double error = data.estimates(data.quantizer.query(query))[0] - target;
      sum += error;
      squares += error * error;
    }
    double deviationOfMean = Math.sqrt(squares) / rotations;
    assertThat(Math.abs(sum / rotations)).isLessThan(5 * deviationOfMean);
  }

  /** With each bit the error is about halved: 0.6 / sqrt(D) of the lengths with one. */
  @Test
  void moreBitsErrLess() {
    int dimension = 256;
    double before = 0.08;
    for (int bits = 1; bits <= BitQuantizer.MAX_BITS; bits++) {
      float[] rows = rows(ROWS, dimension, 1);
      Case data = new Case(Metric.EUCLIDEAN, rows, dimension, dimension, bits, 1);
      float[] query = rows(1, dimension, 1);
      double[] estimates = data.estimates(data.quantizer.query(query));
      double relative = 0;
      for (int row = 0; row < ROWS; row++) {
        double target = Distances.target(Metric.EUCLIDEAN, query, data.row(row));
        relative += Math.abs(estimates[row] - target) / target / ROWS;
      }
      assertThat(relative).as(bits + " bits").isLessThan(before);
      before = relative * 0.75;
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void aCoarseQueryEstimatesAlmostAsWell(Metric metric) {
    int dimension = 128;
    Case data = new Case(metric, rows(ROWS, dimension, 1), dimension, 48, 4, 3);
    float[] query = rows(1, dimension, 1);
    double[] fine = data.estimates(data.quantizer.query(query));
    double[] coarse = data.estimates(data.quantizer.coarseQuery(query));
    double fineError = 0;
    double coarseError = 0;
    double spread = 0;
    for (int row = 0; row < ROWS; row++) {
      double target = Distances.target(metric, query, data.row(row));
      fineError += Math.abs(fine[row] - target);
      coarseError += Math.abs(coarse[row] - target);
      spread += Math.abs(target);
    }
    assertThat(coarseError).isLessThan(fineError + 0.02 * spread);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void aRowMayBeTheQuery(int bits) {
    int dimension = 90;
    Case data = new Case(Metric.EUCLIDEAN, rows(ROWS, dimension, 1), dimension, 70, bits, 5);
    BitQuantizer quantizer = data.quantizer;
    short[] values = new short[quantizer.values()];
    int at = 7 * quantizer.rowBytes();
    float shift = quantizer.widen(data.coded, at, values);
    double error = 0;
    double spread = 0;
    for (int row = 0; row < ROWS; row++) {
      int other = row * quantizer.rowBytes();
      int[] dots = new int[1];
      quantizer.dots(values, data.coded, new int[] {other}, 1, dots);
      double estimate =
          quantizer.correction(data.coded, at)
              + quantizer.correction(data.coded, other)
              - quantizer.rowFactor(data.coded, at)
                  * quantizer.scale(data.coded, other)
                  * (dots[0] - shift);
      double target = Distances.target(Metric.EUCLIDEAN, data.row(7), data.row(row));
      error += row == 7 ? 0 : Math.abs(estimate - target);
      spread += target;
    }
    assertThat(error).isLessThan((bits == 1 ? 0.25 : 0.13) * spread);
  }

  @Test
  void theMeanOfTheRowsIsExact() {
    float[] rows = new float[4 * 20];
    Arrays.fill(rows, 3);
    Case data = new Case(Metric.EUCLIDEAN, rows, 20, 20, 1, 1);
    float[] query = rows(1, 20, 1);
    double target = Distances.target(Metric.EUCLIDEAN, query, data.row(0));
    assertThat(data.estimates(data.quantizer.query(query))[0])
        .isCloseTo(target, Offset.offset(1e-5 * target));
    assertThat(data.estimates(data.quantizer.query(data.row(0)))[0]).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void rowsThatAreNotFiniteAreFarFromAllOthers(Metric metric) {
    float[] rows = rows(ROWS, 20, 1);
    rows[3 * 20 + 5] = Float.NaN;
    rows[7 * 20 + 1] = Float.POSITIVE_INFINITY;
    Case data = new Case(metric, rows, 20, 20, 2, 9);
    double[] estimates = data.estimates(data.quantizer.query(rows(1, 20, 1)));
    double worst = Arrays.stream(estimates, 10, ROWS).max().orElseThrow();
    for (int row : new int[] {3, 7}) {
      assertThat(estimates[row]).isGreaterThan(worst).isFinite();
      assertThat(data.quantizer.bounds(data.quantizer.query(data.row(0)), data.errors[row]).below())
          .isInfinite();
    }
  }

  @Test
  void whatCannotBeCodedIsRefused() {
    float[] rows = rows(ROWS, 5, 1);
    assertThatThrownBy(() -> BitQuantizer.train(Metric.DOT, 5, rows, ROWS, 5, 5, 1))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("5 (expected 1 to 4)");
    assertThatThrownBy(() -> BitQuantizer.train(Metric.MANHATTAN, 5, rows, ROWS, 5, 2, 1))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("MANHATTAN");
    BitQuantizer quantizer = BitQuantizer.train(Metric.DOT, 5, rows, ROWS, 5, 2, 1);
    assertThatThrownBy(() -> quantizer.query(new float[6]))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("6 (expected 5)");
  }

  /** Rows, and their codes. */
  private static final class Case {
    final float[] rows;
    final int dimension;
    final BitQuantizer quantizer;
    final byte[] coded;
    final BitErrors[] errors;

    Case(Metric metric, float[] rows, int dimension, int codes, int bits, long seed) {
      this.rows = rows;
      this.dimension = dimension;
      int count = rows.length / dimension;
      quantizer = BitQuantizer.train(metric, dimension, rows.clone(), count, codes, bits, seed);
      coded = new byte[count * quantizer.rowBytes() + quantizer.readBytes()];
      errors = new BitErrors[count];
      for (int row = 0; row < count; row++) {
        errors[row] = quantizer.encode(rows, row * dimension, coded, row * quantizer.rowBytes());
      }
    }

    float[] row(int row) {
      return Arrays.copyOfRange(rows, row * dimension, (row + 1) * dimension);
    }

    double[] estimates(BitQuery query) {
      int[] offsets = new int[errors.length];
      Arrays.setAll(offsets, row -> row * quantizer.rowBytes());
      int[] dots = new int[offsets.length];
      quantizer.dots(query.values(), coded, offsets, offsets.length, dots);
      double[] estimates = new double[offsets.length];
      Arrays.setAll(
          estimates,
          row ->
              query.estimate(
                  quantizer.correction(coded, offsets[row]),
                  quantizer.scale(coded, offsets[row]),
                  dots[row]));
      return estimates;
    }
  }

  /** Rows off the origin, some components wider than others, some rows far out. */
  private float[] rows(int count, int dimension, double farthest) {
    float[] rows = new float[count * dimension];
    for (int row = 0; row < count; row++) {
      double size = random.nextInt(20) == 0 ? farthest : 1;
      for (int i = 0; i < dimension; i++) {
        rows[row * dimension + i] = (float) (size * random.nextGaussian() * (1 + i % 5) + 2);
      }
    }
    return rows;
  }
}
