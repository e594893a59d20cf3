package io.proximadb.axis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Counting by the minute. */
class RotatingTest {
  private final Rotating<AtomicLong> counts = new Rotating<>(AtomicLong::new);

  private static long at(long seconds) {
    // The clock of a process may begin anywhere, near its overflow too.
    return Long.MAX_VALUE - TimeUnit.MINUTES.toNanos(1) + TimeUnit.SECONDS.toNanos(seconds);
  }

  private void count(long seconds) {
    counts.at(at(seconds)).incrementAndGet();
  }

  private long sum(long seconds) {
    return counts.recent(at(seconds)).counts().stream().mapToLong(AtomicLong::get).sum();
  }

  @Test
  void theLastMinutesAreRemembered() {
    assertThat(counts.recent(at(0)).counts()).isEmpty();
    count(0);
    count(59);
    assertThat(sum(59)).isEqualTo(2);
    assertThat(counts.recent(at(59)).seconds()).isEqualTo(59, within(1e-9));
    count(61);
    assertThat(sum(61)).isEqualTo(3);
    assertThat(counts.recent(at(61)).seconds()).isEqualTo(61, within(1e-9));
    count(125);
    assertThat(sum(125)).as("the first minute is gone").isEqualTo(2);
    assertThat(counts.recent(at(125)).seconds()).isEqualTo(64, within(1e-9));
  }

  @Test
  void afterARestNothingOldIsCounted() {
    count(0);
    count(61);
    assertThat(sum(150)).as("of the last interval alone").isEqualTo(1);
    assertThat(counts.recent(at(181)).counts()).isEmpty();
    count(300);
    assertThat(sum(300)).isEqualTo(1);
    assertThat(counts.recent(at(310)).seconds()).isEqualTo(10, within(1e-9));
  }
}
