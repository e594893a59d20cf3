package io.proximadb.bench.storage;

import java.util.Arrays;

/** Times of single calls. */
final class Percentiles {
  private final long[] sorted;

  /** Takes nanoseconds in any order. */
  Percentiles(long[] nanos) {
    this.sorted = nanos.clone();
    Arrays.sort(sorted);
    if (sorted.length == 0) {
      throw new IllegalArgumentException("No times were taken");
    }
  }

  /**
   * The time that a share of the calls did not exceed, in microseconds.
   *
   * @param share in (0, 1]
   */
  double micros(double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1] / 1e3;
  }
}
