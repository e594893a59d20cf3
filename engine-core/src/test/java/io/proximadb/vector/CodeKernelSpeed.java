package io.proximadb.vector;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Locale;
import java.util.Random;

/**
 * Prints what scoring one gathered row of codes takes, in cache and out of it. Run it by hand:
 * {@code CodeKernelSpeed [rounds]}. Times are of the processor, the best of the rounds.
 */
final class CodeKernelSpeed {
  private static final int ROWS_AT_ONCE = 16;
  private static final int CALLS = 8_000;
  private static final int FEW_ROWS = 200;
  private static final int MANY_ROWS = 200_000;
  private static final int PLANES = 4;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static volatile long sink;

  private CodeKernelSpeed() {}

  private interface Score {
    void run(int[] offsets, int[] scores);
  }

  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 12;
    Random random = new Random(1);
    for (CodeKernels kernels : new CodeKernels[] {Kernels.best().codes(), CodeKernels.scalar()}) {
      for (int bytes : new int[] {128, 192, 384, 784}) {
        byte[] codes = new byte[bytes * MANY_ROWS];
        random.nextBytes(codes);
        int[] query = random.ints(bytes, -127, 128).toArray();
        print(
            kernels.name() + ", int8 codes: " + bytes,
            rounds,
            bytes,
            (offsets, dots) -> kernels.dotGathered(query, codes, offsets, ROWS_AT_ONCE, dots));
      }
      for (int bits = 1; bits <= 4; bits++) {
        for (int bytes : new int[] {32, 64, 96, 128}) {
          byte[] codes = new byte[bytes * MANY_ROWS];
          random.nextBytes(codes);
          short[] query = new short[bytes / Short.BYTES * (Short.SIZE / bits)];
          for (int i = 0; i < query.length; i++) {
            query[i] = (short) (random.nextInt(255) - 127);
          }
          int width = bits;
          print(
              kernels.name() + ", " + query.length + " codes of " + bits,
              rounds,
              bytes,
              (offsets, dots) ->
                  kernels.packedDotGathered(query, width, codes, offsets, ROWS_AT_ONCE, dots));
        }
      }
      for (int bits : new int[] {128, 384, 768}) {
        int words = bits / Long.SIZE;
        long[] rows = random.longs((long) words * MANY_ROWS).toArray();
        long[] planes = random.longs((long) words * PLANES).toArray();
        print(
            kernels.name() + ", bits: " + bits,
            rounds,
            words,
            (offsets, sums) ->
                kernels.slicedDotGathered(planes, PLANES, rows, offsets, ROWS_AT_ONCE, sums));
      }
    }
  }

  private static void print(String what, int rounds, int stride, Score score) {
    System.out.printf(
        Locale.ROOT,
        "%-24s %6.1f ns in cache, %6.1f ns of %,d rows%n",
        what,
        best(rounds, stride, FEW_ROWS, score),
        best(rounds, stride, MANY_ROWS, score),
        MANY_ROWS);
  }

  private static double best(int rounds, int stride, int rows, Score score) {
    Random random = new Random(2);
    int[][] offsets = new int[1 << 12][];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = random.ints(ROWS_AT_ONCE, 0, rows).map(row -> row * stride).toArray();
    }
    int[] scores = new int[ROWS_AT_ONCE];
    double best = Double.POSITIVE_INFINITY;
    for (int round = 0; round < rounds; round++) {
      long started = THREADS.getCurrentThreadCpuTime();
      for (int call = 0; call < CALLS; call++) {
        score.run(offsets[call % offsets.length], scores);
        sink += scores[0];
      }
      double nanos = THREADS.getCurrentThreadCpuTime() - started;
      best = Math.min(best, nanos / CALLS / ROWS_AT_ONCE);
    }
    return best;
  }
}
