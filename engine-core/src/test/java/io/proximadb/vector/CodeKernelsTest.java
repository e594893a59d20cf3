package io.proximadb.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.testkit.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every implementation of the kernels over codes against sums in long arithmetic. */
class CodeKernelsTest {
  private static final int ROUNDS = 200;

  private final Random random = Seed.random("CodeKernelsTest");

  static Stream<CodeKernels> kernels() {
    return Stream.of(Kernels.best().codes(), CodeKernels.scalar());
  }

  @Test
  void theTestJvmHasSimdKernelsBesideTheScalarOnes() {
    List<String> names = kernels().map(CodeKernels::name).toList();
    assertThat(names.get(0)).as("start the tests with jdk.incubator.vector").startsWith("simd-");
    assertThat(names).last().isEqualTo("scalar");
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void pairsAtAnyOffsetAreExact(CodeKernels kernels) {
    for (int round = 0; round < ROUNDS; round++) {
      int length = length(round);
      byte[] a = codes(length + 11, round);
      byte[] b = codes(length + 11, round);
      int aOffset = random.nextInt(11);
      int bOffset = random.nextInt(11);
      long dot = 0;
      long square = 0;
      for (int i = 0; i < length; i++) {
        long difference = (long) a[aOffset + i] - b[bOffset + i];
        dot += (long) a[aOffset + i] * b[bOffset + i];
        square += difference * difference;
      }
      String what = kernels.name() + ", length " + length;
      assertThat((long) kernels.dot(a, aOffset, b, bOffset, length)).as(what).isEqualTo(dot);
      assertThat((long) kernels.squaredL2(a, aOffset, b, bOffset, length))
          .as(what)
          .isEqualTo(square);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void manyRowsScoreAsPairsDo(CodeKernels kernels) {
    for (int round = 0; round < ROUNDS; round++) {
      int length = Math.min(length(round), 2_000);
      int stride = length + random.nextInt(9);
      int count = random.nextInt(14);
      int skipped = random.nextInt(5);
      byte[] rows = codes(skipped + count * stride, round);
      byte[] query = codes(length + 3, round);
      int[] wide = new int[length];
      kernels.widen(query, 3, wide);
      int[] offsets = new int[count];
      int[] contiguous = new int[count];
      int[] shuffled = new int[count];
      for (int row = 0; row < count; row++) {
        int other = random.nextInt(count);
        offsets[row] = skipped + other * stride;
        contiguous[row] = kernels.dot(query, 3, rows, skipped + row * stride, length);
        shuffled[row] = kernels.dot(query, 3, rows, offsets[row], length);
      }
      String what = kernels.name() + ", length " + length + ", " + count + " rows";
      int[] dots = new int[count];
      kernels.dotRows(wide, rows, skipped, stride, count, dots);
      assertThat(dots).as(what).isEqualTo(contiguous);
      kernels.dotGathered(wide, rows, offsets, count, dots);
      assertThat(dots).as(what).isEqualTo(shuffled);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void rowsInColumnsScoreAsRowsDo(CodeKernels kernels) {
    for (int round = 0; round < ROUNDS / 4; round++) {
      int length = 1 + random.nextInt(round % 2 == 0 ? 5 : 200);
      int blocks = random.nextInt(4);
      int skipped = random.nextInt(70);
      byte[] columns = codes(skipped + blocks * CodeKernels.BLOCK_ROWS * length, round);
      int[] query = random.ints(length, -2_047, 2_048).toArray();
      int[] expected = new int[blocks * CodeKernels.BLOCK_ROWS];
      for (int row = 0; row < expected.length; row++) {
        int block = skipped + row / CodeKernels.BLOCK_ROWS * CodeKernels.BLOCK_ROWS * length;
        for (int i = 0; i < length; i++) {
          int at = block + i * CodeKernels.BLOCK_ROWS + row % CodeKernels.BLOCK_ROWS;
          expected[row] += query[i] * columns[at];
        }
      }
      int[] dots = new int[expected.length];
      kernels.dotColumns(query, columns, skipped, blocks, dots);
      assertThat(dots).as(kernels.name() + ", length " + length).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void bitsAreCountedOneByOne(CodeKernels kernels) {
    for (int round = 0; round < ROUNDS; round++) {
      int words = random.nextInt(30);
      long[] a = random.longs(words + 7L).toArray();
      long[] b = random.longs(words + 7L).toArray();
      int both = 0;
      int different = 0;
      for (int bit = 0; bit < 64 * words; bit++) {
        long inA = a[2 + bit / 64] >>> bit & 1;
        long inB = b[5 + bit / 64] >>> bit & 1;
        both += inA == 1 && inB == 1 ? 1 : 0;
        different += inA != inB ? 1 : 0;
      }
      assertThat(kernels.andCount(a, 2, b, 5, words)).isEqualTo(both);
      assertThat(kernels.hamming(a, 2, b, 5, words)).isEqualTo(different);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aSlicedQueryAddsItsValuesWhereABitIsSet(CodeKernels kernels) {
    for (int round = 0; round < ROUNDS; round++) {
      int words = 1 + random.nextInt(14);
      int planeCount = 1 + random.nextInt(8);
      int count = random.nextInt(9);
      int[] values = random.ints(64L * words, 0, 1 << planeCount).toArray();
      long[] planes = new long[planeCount * words];
      for (int i = 0; i < values.length; i++) {
        for (int plane = 0; plane < planeCount; plane++) {
          planes[plane * words + i / 64] |= (values[i] >> plane & 1L) << i;
        }
      }
      long[] rows = random.longs(words * (count + 1L)).toArray();
      int[] offsets = random.ints(count, 0, words * count + 1).toArray();
      int[] expected = new int[count];
      for (int row = 0; row < count; row++) {
        for (int i = 0; i < values.length; i++) {
          expected[row] += (rows[offsets[row] + i / 64] >>> i & 1) == 1 ? values[i] : 0;
        }
      }
      int[] sums = new int[count];
      kernels.slicedDotGathered(planes, planeCount, rows, offsets, count, sums);
      assertThat(sums).as(kernels.name()).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void packedCodesScoreOneByOne(CodeKernels kernels) {
    for (int round = 0; round < ROUNDS; round++) {
      int bits = 1 + round % 4;
      int ofShort = Short.SIZE / bits;
      // Up to where sums outgrow sixteen bits several times.
      int shorts = CodeKernels.PACKED_SHORTS * (1 + random.nextInt(round % 3 == 0 ? 40 : 4));
      int count = random.nextInt(9);
      byte[] rows = new byte[Short.BYTES * shorts * (count + 1) + 5];
      random.nextBytes(rows);
      short[] query = new short[shorts * ofShort];
      for (int i = 0; i < query.length; i++) {
        query[i] = (short) (random.nextInt(255) - 127);
      }
      if (round % 5 == 0) {
        Arrays.fill(rows, (byte) -1);
        Arrays.fill(query, (short) (random.nextBoolean() ? 127 : -127));
      }
      int[] offsets = random.ints(count, 0, Short.BYTES * shorts * count + 6).toArray();
      int[] expected = new int[count];
      for (int row = 0; row < count; row++) {
        for (int i = 0; i < query.length; i++) {
          int bit = i / shorts * bits;
          int at = offsets[row] + Short.BYTES * (i % shorts);
          int packed = Byte.toUnsignedInt(rows[at]) + 256 * Byte.toUnsignedInt(rows[at + 1]);
          expected[row] += query[i] * ((packed >> bit) % (1 << bits));
        }
      }
      int[] dots = new int[count];
      kernels.packedDotGathered(query, bits, rows, offsets, count, dots);
      assertThat(dots)
          .as("%s, %d bits, %d shorts", kernels.name(), bits, shorts)
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void argumentsOutOfBoundsAreRefused(CodeKernels kernels) {
    byte[] rows = new byte[119];
    int[] query = new int[40];
    int[] dots = new int[2];
    assertOutOfBounds(() -> kernels.dot(rows, 80, rows, 0, 40));
    assertOutOfBounds(() -> kernels.squaredL2(rows, 0, rows, -1, 40));
    assertOutOfBounds(() -> kernels.widen(rows, 100, query));
    assertOutOfBounds(() -> kernels.dotRows(query, rows, 0, 40, 3, new int[3]));
    assertOutOfBounds(() -> kernels.dotRows(query, rows, 0, 20, 3, dots));
    assertOutOfBounds(() -> kernels.dotGathered(query, rows, new int[] {0, 80}, 2, dots));
    assertOutOfBounds(() -> kernels.dotGathered(query, rows, new int[] {-1}, 1, dots));
    byte[] block = new byte[CodeKernels.BLOCK_ROWS * 40];
    int[] blockDots = new int[CodeKernels.BLOCK_ROWS];
    assertOutOfBounds(() -> kernels.dotColumns(query, block, 1, 1, blockDots));
    assertOutOfBounds(() -> kernels.dotColumns(query, block, 0, 1, new int[63]));
    assertOutOfBounds(() -> kernels.dotColumns(query, block, -1, 1, blockDots));
    short[] packed = new short[CodeKernels.PACKED_SHORTS * 4];
    int[] last = {119 - 2 * CodeKernels.PACKED_SHORTS + 1};
    assertOutOfBounds(() -> kernels.packedDotGathered(packed, 4, rows, last, 1, dots));
    assertOutOfBounds(() -> kernels.packedDotGathered(packed, 3, rows, new int[1], 1, dots));
    assertOutOfBounds(() -> kernels.packedDotGathered(packed, 5, rows, new int[1], 1, dots));
    assertOutOfBounds(() -> kernels.packedDotGathered(packed, 4, rows, new int[3], 3, dots));
    long[] bits = new long[10];
    assertOutOfBounds(() -> kernels.andCount(bits, 0, bits, 5, 6));
    assertOutOfBounds(
        () -> kernels.slicedDotGathered(new long[8], 2, bits, new int[] {7}, 1, dots));
  }

  private static void assertOutOfBounds(Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(IndexOutOfBoundsException.class);
  }

  /** All short lengths, and some long ones up to the limit. */
  private int length(int round) {
    return switch (round % 4) {
      case 0, 1 -> random.nextInt(70);
      case 2 -> random.nextInt(1_000);
      default -> CodeKernels.MAX_LENGTH - random.nextInt(40);
    };
  }

  /** Random codes; every fourth time the extremes only, for which sums are the largest. */
  private byte[] codes(int length, int round) {
    byte[] codes = new byte[length];
    if (round % 4 == 3) {
      Arrays.fill(codes, (byte) (random.nextBoolean() ? 127 : -127));
      return codes;
    }
    for (int i = 0; i < length; i++) {
      codes[i] = (byte) (random.nextInt(255) - 127);
    }
    return codes;
  }
}
