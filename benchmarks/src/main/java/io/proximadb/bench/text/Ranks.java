package io.proximadb.bench.text;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Mean reciprocal ranks of known items, and how sure a difference of two is. */
final class Ranks {
  /** Hits behind that many count as not found. */
  static final int CUT = 10;

  private static final int RESAMPLES = 10_000;
  private static final double TAIL = 0.025;

  private Ranks() {}

  /** One by the rank of an id among ids, 0 if it is not among the first {@value #CUT}. */
  static double reciprocal(List<String> ids, String wanted) {
    int place = ids.subList(0, Math.min(CUT, ids.size())).indexOf(wanted);
    return place < 0 ? 0 : 1.0 / (place + 1);
  }

  static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(0);
  }

  /** What 95 of 100 resamples of the queries give for a mean of differences lies between these. */
  record Interval(double low, double high) {}

  /** The bootstrap interval of the mean of paired differences. */
  static Interval interval(double[] better, double[] worse, long seed) {
    Random random = new Random(seed);
    double[] means = new double[RESAMPLES];
    for (int sample = 0; sample < RESAMPLES; sample++) {
      double sum = 0;
      for (int i = 0; i < better.length; i++) {
        int drawn = random.nextInt(better.length);
        sum += better[drawn] - worse[drawn];
      }
      means[sample] = sum / better.length;
    }
    Arrays.sort(means);
    return new Interval(means[(int) (TAIL * RESAMPLES)], means[(int) ((1 - TAIL) * RESAMPLES) - 1]);
  }
}
