package io.proximadb.testkit;

import java.util.Random;

/**
 * One seed for each test run, printed where it is used, so that a failure can be replayed with
 * {@code -Dproximadb.seed=<seed>}.
 */
public final class Seed {
  private static final long VALUE =
      Long.getLong("proximadb.seed", System.nanoTime() & 0xffff_ffffL);

  private Seed() {}

  /** The run's seed. */
  public static long value() {
    return VALUE;
  }

  /** A source of randomness for one test, which it names. */
  public static Random random(String test) {
    System.out.println(test + ": replay with -Dproximadb.seed=" + VALUE);
    return new Random(VALUE ^ test.hashCode());
  }
}
