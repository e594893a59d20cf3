package io.proximadb.axis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Checks keep to their share of the time, and to one at a time. */
class RecallChecksTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5 * MILLI);
  private final AtomicInteger ran = new AtomicInteger();
  private final AtomicInteger dropped = new AtomicInteger();

  private boolean offer(RecallChecks checks, long takes) {
    if (!checks.isDue(now.get()) || !checks.take()) {
      return false;
    }
    checks.run(
        () -> {
          ran.incrementAndGet();
          now.addAndGet(takes);
        },
        dropped::incrementAndGet);
    return true;
  }

  @Test
  void aCheckIsFollowedByARestThatKeepsTheShare() {
    for (double share : new double[] {0.01, 0.1, 0.5}) {
      RecallChecks checks = new RecallChecks(share, Runnable::run, now::get);
      long start = now.get();
      long spent = 0;
      for (int i = 0; i < 200_000; i++) {
        long before = now.get();
        long takes = (1 + i % 50) * MILLI;
        spent += offer(checks, takes) ? takes : 0;
        if (now.get() == before) {
          now.addAndGet(MILLI / 2);
        }
      }
      double used = (double) spent / (double) (now.get() - start);
      assertThat(used).isCloseTo(share / (1 + share), within(0.1 * share));
    }
  }

  @Test
  void aShareOfNothingChecksNothing() {
    assertThat(offer(new RecallChecks(0, Runnable::run, now::get), 1)).isFalse();
  }

  @Test
  void quickOnesRestAWhileToo() {
    RecallChecks checks = new RecallChecks(0.5, Runnable::run, now::get);
    assertThat(offer(checks, 0)).isTrue();
    now.addAndGet(RecallChecks.MIN_REST_NANOS - 1);
    assertThat(offer(checks, 0)).isFalse();
    now.addAndGet(1);
    assertThat(offer(checks, 0)).isTrue();
  }

  @Test
  void thereIsOneAtATime() {
    Queue<Runnable> waiting = new ArrayDeque<>();
    RecallChecks checks = new RecallChecks(0.1, waiting::add, now::get);
    assertThat(offer(checks, MILLI)).isTrue();
    now.addAndGet(TimeUnit.HOURS.toNanos(1));
    assertThat(offer(checks, MILLI)).as("the first one has not run yet").isFalse();
    waiting.remove().run();
    now.addAndGet(TimeUnit.HOURS.toNanos(1));
    assertThat(offer(checks, MILLI)).isTrue();
  }

  @Test
  void oneThatFailsIsChargedAndFollowedByOthers() {
    RecallChecks checks = new RecallChecks(0.1, Runnable::run, now::get);
    assertThat(checks.take()).isTrue();
    checks.run(
        () -> {
          now.addAndGet(MILLI);
          throw new IllegalStateException("for this test");
        },
        dropped::incrementAndGet);
    assertThat(checks.isDue(now.get())).isFalse();
    now.addAndGet(RecallChecks.MIN_REST_NANOS);
    assertThat(offer(checks, MILLI)).isTrue();
    assertThat(dropped).hasValue(0);
  }

  @Test
  void whatIsNotRunIsDropped() {
    Queue<Runnable> waiting = new ArrayDeque<>();
    RecallChecks closing = new RecallChecks(0.1, waiting::add, now::get);
    assertThat(offer(closing, MILLI)).isTrue();
    closing.close();
    waiting.remove().run();
    assertThat(ran).hasValue(0);
    assertThat(dropped).hasValue(1);
    assertThat(offer(closing, MILLI)).isFalse();
    RecallChecks closed =
        new RecallChecks(
            0.1,
            task -> {
              throw new RejectedExecutionException("closed");
            },
            now::get);
    assertThat(offer(closed, MILLI)).isTrue();
    assertThat(dropped).hasValue(2);
    assertThat(closed.take()).as("the turn was given back").isTrue();
  }
}
