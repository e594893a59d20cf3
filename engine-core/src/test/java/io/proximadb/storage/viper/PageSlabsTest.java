package io.proximadb.storage.viper;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.testkit.Seed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pages keep their bytes, whatever their sizes, while the arrays under them grow and end. */
class PageSlabsTest {
  private static final int RUNS = 30;

  @Test
  void pagesKeepTheirBytesInOnePiece() {
    Random random = Seed.random("PageSlabsTest");
    for (int run = 0; run < RUNS; run++) {
      int maxPage = 1 + random.nextInt(run % 5 == 0 ? 12 << 20 : 1 << 20);
      int row = 1 + random.nextInt(Math.min(maxPage, 1 << (1 + random.nextInt(20))));
      PageSlabs slabs = new PageSlabs(maxPage);
      List<PageSlabs.Page> pages = new ArrayList<>();
      List<Integer> bytes = new ArrayList<>();
      int limit = 1 + random.nextInt(24 << 20);
      int number = 0;
      for (int total = 0; total < limit; ) {
        int rows = 1 + random.nextInt(maxPage / row);
        for (int i = 0; i < rows; i++) {
          ByteBuffer room = slabs.append(row);
          assertThat(room.remaining()).isEqualTo(row);
          room.put(room.limit() - 1, (byte) (number + 1));
          room.put((byte) number);
        }
        assertThat(slabs.filled()).isEqualTo(rows * row);
        pages.add(slabs.end());
        assertThat(slabs.filled()).isZero();
        bytes.add(rows);
        total += rows * row;
        number++;
      }
      for (int i = 0; i < pages.size(); i++) {
        ByteBuffer page = slabs.bytes(pages.get(i));
        assertThat(page.remaining()).isEqualTo(bytes.get(i) * row);
        for (int at = 0; at < page.remaining(); at += row) {
          assertThat(page.get(at)).isEqualTo((byte) i);
          assertThat(page.get(at + row - 1)).isEqualTo((byte) (row == 1 ? i : i + 1));
        }
      }
      slabs.releaseBefore(pages.get(pages.size() - 1));
      assertThat(slabs.bytes(pages.get(pages.size() - 1)).remaining())
          .isEqualTo(bytes.get(bytes.size() - 1) * row);
    }
  }
}
