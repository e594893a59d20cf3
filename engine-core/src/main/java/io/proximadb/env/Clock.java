package io.proximadb.env;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Time as the engine sees it: microseconds since 1970, never stepping back, whatever the machine's
 * clock does.
 */
public final class Clock {
  private final LongSupplier source;
  private final AtomicLong latest = new AtomicLong(Long.MIN_VALUE);

  private Clock(LongSupplier source) {
    this.source = source;
  }

  public static Clock system() {
    return new Clock(() -> ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
  }

  /** A clock over any source of microseconds; for tests. */
  public static Clock of(LongSupplier micros) {
    return new Clock(micros);
  }

  public long nowMicros() {
    return latest.accumulateAndGet(source.getAsLong(), Math::max);
  }
}
