package io.proximadb.core;

import io.proximadb.env.Clock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Issues record versions: the clock's microseconds, stepped so that no value comes twice, see
 * {@link io.proximadb.model.SystemColumns#VERSION}.
 */
final class VersionClock {
  private final Clock clock;
  private final AtomicLong last = new AtomicLong();

  VersionClock(Clock clock) {
    this.clock = clock;
  }

  long next() {
    long now = clock.nowMicros();
    return last.updateAndGet(issued -> Math.max(issued + 1, now));
  }

  /** Never issues a version up to this one again. */
  void observe(long version) {
    last.accumulateAndGet(version, Math::max);
  }
}
