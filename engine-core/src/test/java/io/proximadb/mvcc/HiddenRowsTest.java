package io.proximadb.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.testkit.Seed;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

class HiddenRowsTest {
  private static final int POSITIONS = 5_000;

  @Test
  void behavesLikeAMapOfTheLeastSequence() {
    Random random = Seed.random("HiddenRowsTest.map");
    HiddenRows hidden = new HiddenRows();
    Map<Integer, Long> expected = new HashMap<>();
    for (int change = 0; change < 20_000; change++) {
      // Neighbours, and numbers far apart that share their low bits.
      int position =
          random.nextBoolean()
              ? random.nextInt(POSITIONS)
              : random.nextInt(POSITIONS) << random.nextInt(18);
      long sequence = random.nextInt(1_000);
      hidden.hide(position, sequence);
      expected.merge(position, sequence, Math::min);
      if (change % 4_000 == 0) {
        assertSame(hidden, expected);
      }
    }
    assertSame(hidden, expected);
    RoaringBitmap deleted = new RoaringBitmap();
    for (int position : expected.keySet()) {
      if (random.nextInt(3) > 0) {
        deleted.add(position);
      }
    }
    long left = expected.entrySet().stream().filter(e -> e.getValue() <= 500).count();
    assertThat(hidden.count(500, new RoaringBitmap())).isEqualTo(left);
    HiddenRows copy = hidden.without(deleted);
    long before = hidden.count(Long.MAX_VALUE, deleted);
    expected.keySet().removeIf(deleted::contains);
    assertSame(copy, expected);
    copy.hide(7, 0);
    assertThat(hidden.count(Long.MAX_VALUE, deleted)).isEqualTo(before);
  }

  private static void assertSame(HiddenRows hidden, Map<Integer, Long> expected) {
    for (int position = 0; position < POSITIONS; position++) {
      Long from = expected.get(position);
      assertThat(hidden.isHidden(position, Long.MAX_VALUE)).isEqualTo(from != null);
    }
    expected.forEach(
        (position, from) -> {
          assertThat(hidden.isHidden(position, from)).isTrue();
          assertThat(hidden.isHidden(position, from - 1)).isFalse();
        });
    assertThat(hidden.count(Long.MAX_VALUE, new RoaringBitmap())).isEqualTo(expected.size());
  }

  @Test
  void aReaderSeesAllThatItsSequenceHides() throws Exception {
    HiddenRows hidden = new HiddenRows();
    AtomicLong published = new AtomicLong();
    int rows = 200_000;
    CompletableFuture<Integer> missed =
        CompletableFuture.supplyAsync(
            () -> {
              Random random = new Random(3);
              int count = 0;
              while (true) {
                long sequence = published.get();
                for (int look = 0; look < 16 && sequence > 0; look++) {
                  int row = random.nextInt((int) sequence);
                  // Row r is hidden from sequence r + 1 on.
                  count += hidden.isHidden(row * 8, sequence) ? 0 : 1;
                }
                if (sequence == rows) {
                  return count;
                }
              }
            });
    for (int row = 0; row < rows; row++) {
      hidden.hide(row * 8, row + 1);
      published.set(row + 1);
    }
    assertThat(missed.get(1, TimeUnit.MINUTES)).isZero();
  }
}
