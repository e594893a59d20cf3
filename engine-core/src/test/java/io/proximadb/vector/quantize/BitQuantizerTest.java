package io.proximadb.vector.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.testkit.Seed;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BitQuantizerTest {
  private static final int ROWS = 400;
  private static final int QUERIES = 20;

  private final Random random = Seed.random("BitQuantizerTest");

  /** What the share of estimates outside the bound may be: Gaussian, and some for small samples. */
  @Test
  void errorsStayWithinTheBoundAsOftenAsAGaussianWould() {
    assertThat(shareOutside(1)).isBetween(0.15, 0.40);
    assertThat(shareOutside(1.9)).isBetween(0.01, 0.09);
    assertThat(shareOutside(4)).isLessThan(0.001);
  }

  private double shareOutside(double epsilon) {
    long outside = 0;
    long all = 0;
    for (int dimension : new int[] {32, 65, 100, 384}) {
      Case data = new Case(dimension);
      for (int q = 0; q < QUERIES; q++) {
        float[] query = vector(dimension);
        BitQuery code = data.quantizer.query(query, random);
        float[] estimates = data.estimates(code);
        for (int row = 0; row < ROWS; row++) {
          int at = row * data.quantizer.rowLongs();
          double error = Math.abs(estimates[row] - data.squaredDistance(query, row));
          outside += error > data.quantizer.bound(code, data.coded, at, epsilon) ? 1 : 0;
          all++;
        }
      }
    }
    return outside / (double) all;
  }

  @Test
  void estimatesAreWithoutBias() {
    int dimension = 48;
    float[] row = vector(dimension);
    float[] query = vector(dimension);
    double target = 0;
    for (int i = 0; i < dimension; i++) {
      target += Math.pow((double) row[i] - query[i], 2);
    }
    double sum = 0;
    double squares = 0;
    int rotations = 1_500;
    for (int i = 0; i < rotations; i++) {
      BitQuantizer quantizer = new BitQuantizer(new float[dimension], random.nextLong());
      long[] coded = new long[quantizer.rowLongs()];
      quantizer.encode(row, 0, coded, 0);
      float[] estimate = new float[1];
      quantizer.squaredDistances(quantizer.query(query, random), coded, new int[1], 1, estimate);
      double error = estimate[0] - target;
      sum += error;
      squares += error * error;
    }
    double deviationOfMean = Math.sqrt(squares) / rotations;
    assertThat(Math.abs(sum / rotations)).isLessThan(5 * deviationOfMean);
  }

  @Test
  void theErrorIsThatOfThePaper() {
    // The direction's error is about 0.6 / sqrt(D): relative to the lengths, some percent.
    int dimension = 256;
    Case data = new Case(dimension);
    float[] query = vector(dimension);
    float[] estimates = data.estimates(data.quantizer.query(query, random));
    double relative = 0;
    for (int row = 0; row < ROWS; row++) {
      double target = data.squaredDistance(query, row);
      relative += Math.abs(estimates[row] - target) / target / ROWS;
    }
    assertThat(relative).isLessThan(0.08);
  }

  @Test
  void aRowAtTheCentreIsExact() {
    float[] centre = vector(70);
    BitQuantizer quantizer = new BitQuantizer(centre, 1);
    long[] coded = new long[quantizer.rowLongs()];
    quantizer.encode(centre, 0, coded, 0);
    float[] query = vector(70);
    double target = 0;
    for (int i = 0; i < 70; i++) {
      target += Math.pow((double) query[i] - centre[i], 2);
    }
    float[] estimate = new float[1];
    BitQuery code = quantizer.query(query, random);
    quantizer.squaredDistances(code, coded, new int[1], 1, estimate);
    assertThat((double) estimate[0])
        .isCloseTo(target, org.assertj.core.data.Offset.offset(1e-5 * target));
    quantizer.squaredDistances(quantizer.query(centre, random), coded, new int[1], 1, estimate);
    assertThat(estimate[0]).isZero();
  }

  @Test
  void dimensionsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new BitQuantizer(new float[1], 1))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("1 (expected 2 to");
    assertThatThrownBy(() -> new BitQuantizer(new float[5], 1).query(new float[6], random))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("6 (expected 5)");
  }

  /** Rows, and their codes around a centre. */
  private final class Case {
    final float[][] rows = new float[ROWS][];
    final BitQuantizer quantizer;
    final long[] coded;

    Case(int dimension) {
      float[] centre = vector(dimension);
      quantizer = new BitQuantizer(centre, random.nextLong());
      coded = new long[ROWS * quantizer.rowLongs()];
      for (int row = 0; row < ROWS; row++) {
        rows[row] = vector(dimension);
        quantizer.encode(rows[row], 0, coded, row * quantizer.rowLongs());
      }
    }

    float[] estimates(BitQuery query) {
      int[] offsets = new int[ROWS];
      Arrays.setAll(offsets, row -> row * quantizer.rowLongs());
      float[] estimates = new float[ROWS];
      quantizer.squaredDistances(query, coded, offsets, ROWS, estimates);
      return estimates;
    }

    double squaredDistance(float[] query, int row) {
      double sum = 0;
      for (int i = 0; i < query.length; i++) {
        sum += Math.pow((double) query[i] - rows[row][i], 2);
      }
      return sum;
    }
  }

  private float[] vector(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian() * (1 + i % 5);
    }
    return vector;
  }
}
