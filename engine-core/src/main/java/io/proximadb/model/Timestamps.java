package io.proximadb.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Between instants and the microseconds since 1970 that columns hold, over their whole range.
 *
 * <p>{@code ChronoUnit.MICROS.between} is no substitute: on JDK 17 it goes through nanoseconds,
 * which overflow 292 years away from 1970.
 */
public final class Timestamps {
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final int NANOS_PER_MICRO = 1_000;

  private Timestamps() {}

  /**
   * Microseconds since 1970, rounded down.
   *
   * @throws ArithmeticException if they do not fit 64 bits
   */
  public static long toMicros(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), MICROS_PER_SECOND),
        instant.getNano() / NANOS_PER_MICRO);
  }

  public static Instant ofMicros(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
