package io.proximadb.core;

import static org.awaitility.Awaitility.await;

import io.proximadb.error.ClosedException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The thread that looks for flushes goes on looking, whatever it meets. */
class FlushTicksTest {
  @Test
  void aCollectionThatIsClosedMeanwhileDoesNotEndTheLooks() {
    AtomicInteger looks = new AtomicInteger();
    AtomicBoolean fails = new AtomicBoolean(true);
    try (FlushTicks ticks = new FlushTicks()) {
      ticks.begin(
          looks::incrementAndGet,
          () -> {
            if (fails.getAndSet(false)) {
              throw new ClosedException("Cannot use the collection: it is closed");
            }
            return looks.get() > 1;
          });
      await().until(() -> looks.get() > 1);
    }
  }

  @Test
  void whatTheLogCanGiveBackIsLookedAtOnceMore() {
    AtomicInteger taken = new AtomicInteger();
    AtomicInteger looks = new AtomicInteger();
    try (FlushTicks ticks = new FlushTicks()) {
      ticks.begin(
          () -> {
            looks.incrementAndGet();
            taken.addAndGet(ticks.takeReleased() ? 1 : 0);
          },
          () -> true);
      await().until(() -> looks.get() == 1);
      ticks.released();
      await().until(() -> taken.get() == 1);
    }
  }
}
