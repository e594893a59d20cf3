package io.proximadb.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.proximadb.testkit.Seed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every implementation against the scalar specification. */
class VectorKernelsTest {
  private static final long SEED = Seed.value();

  private static final int[] DIMENSIONS = {
    1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 100, 127, 128, 129, 255,
    300, 384, 768, 784, 1_000, 1_537, 20_001
  };

  private static final VectorKernels SCALAR = new ScalarKernels();

  private final Random random = new Random(SEED);

  static Stream<VectorKernels> kernels() {
    return Kernels.all().stream();
  }

  @Test
  void theTestJvmHasSimdKernelsBesideTheScalarOnes() {
    List<String> names = Kernels.all().stream().map(VectorKernels::name).toList();
    assertThat(names).last().isEqualTo("scalar");
    assertThat(names).as("start the tests with jdk.incubator.vector").hasSizeGreaterThan(1);
    assertThat(Kernels.best().name()).startsWith("simd-");
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void pairsAtAnyOffsetEqualTheSpecification(VectorKernels kernels) {
    for (int dimension : DIMENSIONS) {
      float[] a = gaussian(dimension + 11, 1);
      float[] b = gaussian(dimension + 11, 1);
      int aOffset = random.nextInt(11);
      int bOffset = random.nextInt(11);
      String what = kernels.name() + ", dimension " + dimension + ", seed " + SEED;
      assertThat((double) kernels.dot(a, aOffset, b, bOffset, dimension))
          .as(what)
          .isCloseTo(SCALAR.dot(a, aOffset, b, bOffset, dimension), tolerance(dimension));
      assertThat((double) kernels.squaredL2(a, aOffset, b, bOffset, dimension))
          .as(what)
          .isCloseTo(SCALAR.squaredL2(a, aOffset, b, bOffset, dimension), tolerance(dimension));
      assertThat((double) kernels.l1(a, aOffset, b, bOffset, dimension))
          .as(what)
          .isCloseTo(SCALAR.l1(a, aOffset, b, bOffset, dimension), tolerance(dimension));
      assertThat((double) kernels.sum(a, aOffset, dimension))
          .as(what)
          .isCloseTo(SCALAR.sum(a, aOffset, dimension), tolerance(dimension));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void rowsInEveryKindOfMemoryScoreTheSameAsPairsBitForBit(VectorKernels kernels) {
    for (int dimension : DIMENSIONS) {
      int count = 1 + random.nextInt(9);
      int skipped = random.nextInt(5);
      float[] query = gaussian(dimension, 1);
      float[] rows = gaussian(skipped + count * dimension, 1);
      for (Kernel kernel : Kernel.values()) {
        float[] expected = new float[count];
        for (int row = 0; row < count; row++) {
          expected[row] = kernel.pair(kernels, query, rows, skipped + row * dimension);
        }
        String what =
            kernel + " by " + kernels.name() + ", dimension " + dimension + ", seed " + SEED;
        float[] scores = new float[count + 3];
        kernel.rows(kernels, query, rows, skipped, count, scores, 3);
        assertThat(tail(scores)).as(what).containsExactly(expected);
        for (ByteBuffer buffer : buffers(rows)) {
          float[] fromBuffer = new float[count + 3];
          int byteOffset = 1 + skipped * Float.BYTES;
          kernel.rows(kernels, query, buffer, byteOffset, count, fromBuffer, 3);
          assertThat(tail(fromBuffer)).as(what + " in " + buffer).containsExactly(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void severalQueriesAtOnceScoreTheSameAsPairsBitForBit(VectorKernels kernels) {
    for (int dimension : DIMENSIONS) {
      int queryCount = random.nextInt(10);
      int count = random.nextInt(8);
      int skipped = random.nextInt(5);
      float[] queries = gaussian(2 + queryCount * dimension, 1);
      float[] rows = gaussian(skipped + count * dimension, 1);
      float[] dots = new float[queryCount * count];
      float[] squares = new float[queryCount * count];
      float[] sums = new float[queryCount * count];
      for (int query = 0; query < queryCount; query++) {
        for (int row = 0; row < count; row++) {
          int at = query * count + row;
          int a = 2 + query * dimension;
          int b = skipped + row * dimension;
          dots[at] = kernels.dot(queries, a, rows, b, dimension);
          squares[at] = kernels.squaredL2(queries, a, rows, b, dimension);
          sums[at] = kernels.l1(queries, a, rows, b, dimension);
        }
      }
      String what = kernels.name() + ", dimension " + dimension + ", seed " + SEED;
      float[] scores = new float[queryCount * count];
      kernels.dotTile(queries, 2, queryCount, dimension, rows, skipped, count, scores);
      assertThat(scores).as(what).containsExactly(dots);
      kernels.squaredL2Tile(queries, 2, queryCount, dimension, rows, skipped, count, scores);
      assertThat(scores).as(what).containsExactly(squares);
      kernels.l1Tile(queries, 2, queryCount, dimension, rows, skipped, count, scores);
      assertThat(scores).as(what).containsExactly(sums);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void nearScoresAreWithinTheProvenRoundingOfTheSpecification(VectorKernels kernels) {
    for (int dimension : DIMENSIONS) {
      int queryCount = random.nextInt(10);
      int count = random.nextInt(12);
      int skipped = random.nextInt(5);
      double scale = Math.scalb(1.0, random.nextInt(100) - 50);
      float[] queries = gaussian(2 + queryCount * dimension, scale);
      float[] rows = gaussian(skipped + count * dimension, 1);
      float[] scores = new float[queryCount * count];
      kernels.nearDotTile(queries, 2, queryCount, dimension, rows, skipped, count, scores);
      double roundings = (dimension + 1) * 0x1p-24;
      for (int query = 0; query < queryCount; query++) {
        for (int row = 0; row < count; row++) {
          double exact = 0;
          double absolute = 0;
          for (int i = 0; i < dimension; i++) {
            double product =
                (double) queries[2 + query * dimension + i] * rows[skipped + row * dimension + i];
            exact += product;
            absolute += Math.abs(product);
          }
          assertThat((double) scores[query * count + row])
              .as(
                  "%s, dimension %d, query %d, row %d, seed %d",
                  kernels.name(), dimension, query, row, SEED)
              .isCloseTo(exact, within(roundings / (1 - roundings) * absolute));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void squaredDistancesToBlocksAreThoseOfTheSpecification(VectorKernels kernels) {
    int width = VectorKernels.BLOCK_ROWS;
    for (int round = 0; round < 300; round++) {
      int dimension = 1 + random.nextInt(70);
      int blockCount = 1 + random.nextInt(5);
      int skipped = random.nextInt(5);
      float[] query = gaussian(dimension, 1);
      float[] blocks = gaussian(skipped + blockCount * width * dimension, 1);
      float[] scores = new float[blockCount * width + 1];
      scores[blockCount * width] = -1;
      kernels.squaredL2Blocks(query, blocks, skipped, blockCount, scores);
      float[] alone = new float[width];
      for (int row = 0; row < blockCount * width; row++) {
        int block = skipped + row / width * width * dimension;
        double exact = 0;
        for (int i = 0; i < dimension; i++) {
          double difference = (double) query[i] - blocks[block + i * width + row % width];
          exact += difference * difference;
        }
        String what =
            kernels.name() + ", dimension " + dimension + ", row " + row + ", seed " + SEED;
        assertThat((double) scores[row])
            .as(what)
            .isCloseTo(exact, within((dimension + 4) * 0x1p-23 * exact));
        kernels.squaredL2Blocks(query, blocks, block, 1, alone);
        assertThat(scores[row]).as("the same in any place: " + what).isEqualTo(alone[row % width]);
      }
      assertThat(scores[blockCount * width]).as("nothing beyond the blocks").isEqualTo(-1);
    }
    assertThatThrownBy(
            () -> kernels.squaredL2Blocks(new float[3], new float[95], 0, 2, new float[32]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(
            () -> kernels.squaredL2Blocks(new float[3], new float[96], 0, 2, new float[31]))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void theSumReadsEveryFloatOfABuffer(VectorKernels kernels) {
    float[] values = gaussian(40_003, 1);
    double expected = SCALAR.sum(values, 7, 39_990);
    for (ByteBuffer buffer : buffers(values)) {
      assertThat((double) kernels.sum(buffer, 1 + 7 * Float.BYTES, 39_990))
          .as(kernels.name() + " in " + buffer + ", seed " + SEED)
          .isCloseTo(expected, tolerance(39_990));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void extremeValuesAreRightOrNotFinite(VectorKernels kernels) {
    float[] extremes = {
      0f, -0f, Float.MIN_VALUE, Float.MIN_NORMAL, 1e-20f, 1f, -1f, 1e18f, 1e30f, Float.MAX_VALUE
    };
    for (int round = 0; round < 500; round++) {
      int dimension = 1 + random.nextInt(70);
      float[] a = new float[dimension];
      float[] b = new float[dimension];
      for (int i = 0; i < dimension; i++) {
        a[i] = extremes[random.nextInt(extremes.length)];
        b[i] = extremes[random.nextInt(extremes.length)];
      }
      double[] dot = new double[2];
      double[] square = new double[2];
      double[] l1 = new double[2];
      for (int i = 0; i < dimension; i++) {
        double difference = (double) a[i] - b[i];
        add(dot, (double) a[i] * b[i]);
        add(square, difference * difference);
        add(l1, Math.abs(difference));
      }
      String what = kernels.name() + ", round " + round + ", seed " + SEED;
      checkExtreme(what, kernels.dot(a, 0, b, 0, dimension), dot);
      checkExtreme(what, kernels.squaredL2(a, 0, b, 0, dimension), square);
      checkExtreme(what, kernels.l1(a, 0, b, 0, dimension), l1);
    }
  }

  /** Keeps the sum of terms and of their absolute values. */
  private static void add(double[] sums, double term) {
    sums[0] += term;
    sums[1] += Math.abs(term);
  }

  private static void checkExtreme(String what, float actual, double[] exact) {
    if (exact[1] < Float.MAX_VALUE / 2) {
      assertThat(actual).as(what).isFinite();
    }
    if (Float.isFinite(actual)) {
      assertThat((double) actual).as(what).isCloseTo(exact[0], within(1e-42 + 1e-5 * exact[1]));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void argumentsOutOfBoundsAreRefused(VectorKernels kernels) {
    float[] query = new float[40];
    float[] rows = new float[119];
    float[] scores = new float[3];
    ByteBuffer direct = ByteBuffer.allocateDirect(119 * Float.BYTES);
    assertThatThrownBy(() -> kernels.dotTile(rows, 0, 3, 40, rows, 0, 2, new float[6]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.squaredL2Tile(rows, 0, 2, 40, rows, 0, 3, new float[6]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.nearDotTile(rows, 0, 3, 40, rows, 0, 2, new float[6]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.nearDotTile(rows, 0, 2, 40, rows, 0, 2, scores))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.l1Tile(rows, 0, 2, 40, rows, 0, 2, scores))
        .isInstanceOf(IndexOutOfBoundsException.class);
    for (Kernel kernel : Kernel.values()) {
      assertThatThrownBy(() -> kernel.rows(kernels, query, rows, 0, 3, scores, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernel.rows(kernels, query, rows, -1, 1, scores, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernel.rows(kernels, query, rows, 0, 2, scores, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernel.rows(kernels, query, direct, 0, 3, scores, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernel.rows(kernels, query, direct, -4, 1, scores, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  /** The kernels behind one face. */
  private enum Kernel {
    DOT,
    SQUARED_L2,
    L1,
    FUSED_DOT,
    FUSED_NORM;

    float pair(VectorKernels kernels, float[] query, float[] rows, int offset) {
      return switch (this) {
        case DOT, FUSED_DOT -> kernels.dot(query, 0, rows, offset, query.length);
        case SQUARED_L2 -> kernels.squaredL2(query, 0, rows, offset, query.length);
        case L1 -> kernels.l1(query, 0, rows, offset, query.length);
        case FUSED_NORM -> kernels.dot(rows, offset, rows, offset, query.length);
      };
    }

    void rows(
        VectorKernels kernels, float[] query, float[] rows, int at, int n, float[] out, int to) {
      switch (this) {
        case DOT -> kernels.dotRows(query, rows, at, n, out, to);
        case SQUARED_L2 -> kernels.squaredL2Rows(query, rows, at, n, out, to);
        case L1 -> kernels.l1Rows(query, rows, at, n, out, to);
        case FUSED_DOT ->
            kernels.dotAndSquaredNormRows(query, rows, at, n, out, new float[out.length], to);
        case FUSED_NORM ->
            kernels.dotAndSquaredNormRows(query, rows, at, n, new float[out.length], out, to);
      }
    }

    void rows(
        VectorKernels kernels, float[] query, ByteBuffer rows, int at, int n, float[] out, int to) {
      switch (this) {
        case DOT -> kernels.dotRows(query, rows, at, n, out, to);
        case SQUARED_L2 -> kernels.squaredL2Rows(query, rows, at, n, out, to);
        case L1 -> kernels.l1Rows(query, rows, at, n, out, to);
        case FUSED_DOT ->
            kernels.dotAndSquaredNormRows(query, rows, at, n, out, new float[out.length], to);
        case FUSED_NORM ->
            kernels.dotAndSquaredNormRows(query, rows, at, n, new float[out.length], out, to);
      }
    }
  }

  /** The values at an odd byte offset of 1, big-endian order set to be ignored, position moved. */
  private static List<ByteBuffer> buffers(float[] values) {
    return Stream.of(
            ByteBuffer.allocate(1 + values.length * Float.BYTES),
            ByteBuffer.allocateDirect(1 + values.length * Float.BYTES))
        .map(
            buffer -> {
              buffer.position(1);
              buffer.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
              return buffer.asReadOnlyBuffer().order(ByteOrder.BIG_ENDIAN);
            })
        .toList();
  }

  private static float[] tail(float[] scores) {
    return java.util.Arrays.copyOfRange(scores, 3, scores.length);
  }

  private static org.assertj.core.data.Offset<Double> tolerance(int dimension) {
    // Terms are about 1, the largest about 20; a unit of the last place of the sum for each lane.
    return within(1e-5 + 0x1p-20 * dimension);
  }

  private float[] gaussian(int length, double scale) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return values;
  }
}
