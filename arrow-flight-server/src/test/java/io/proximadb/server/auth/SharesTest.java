package io.proximadb.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharesTest {
  private static final Caller ONE = new Caller("one", List.of());
  private static final Caller OTHER = new Caller("other", List.of());

  @Test
  void aKeyHasItsShareAndAllHaveTheTotal() {
    Shares shares = new Shares("scan", 3, 2);
    Shares.Place first = shares.take(ONE);
    shares.take(ONE);

    assertThatThrownBy(() -> shares.take(ONE))
        .isInstanceOf(AccessException.class)
        .hasMessage("Cannot start scan: too many run at once (limit=2 of a key)");
    shares.take(OTHER);
    assertThatThrownBy(() -> shares.take(OTHER))
        .hasMessage("Cannot start scan: too many run at once (limit=3)");
    assertThat(shares.running()).isEqualTo(3);

    first.close();
    first.close();
    assertThat(shares.running()).isEqualTo(2);
    shares.take(ONE).close();
    assertThat(shares.running()).isEqualTo(2);
  }

  @Test
  void callersWithoutKeysMayHaveAllOfIt() {
    Shares shares = Shares.of("call", 4);
    for (int i = 0; i < 4; i++) {
      shares.take(Caller.ANYONE);
    }
    assertThat(shares.running()).isEqualTo(4);
  }

  @Test
  void noMoreAreLetInWhenManyComeAtOnce() throws InterruptedException {
    Shares shares = new Shares("scan", 100, 5);
    AtomicInteger taken = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 1_000; i++) {
                  try {
                    shares.take(ONE);
                    taken.incrementAndGet();
                  } catch (AccessException e) {
                    assertThat(e.reason()).isEqualTo(AccessException.Reason.TOO_MANY_CALLS);
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(taken).hasValue(5);
    assertThat(shares.running()).isEqualTo(5);
  }
}
