package io.proximadb.testkit;

import java.util.Random;

/**
 * One seed for each test run, printed where it is used, so that a failure can be replayed with
 * {@code -Dproximadb.seed=<seed>}.
 *
 * <p>Without the property it is the same in every run: what a build finds is what its change did.
 * {@code -Dproximadb.seed=random} looks for what nobody knows yet.
 */
public final class Seed {
  private static final String RANDOM = "random";
  private static final String USUAL = "20261122";
  private static final long VALUE = value(System.getProperty("proximadb.seed", USUAL));

  private Seed() {}

  private static long value(String given) {
    return given.equals(RANDOM) ? System.nanoTime() & 0xffff_ffffL : Long.parseLong(given);
  }

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
