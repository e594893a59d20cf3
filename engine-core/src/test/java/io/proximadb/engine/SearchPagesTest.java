package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchPages;
import io.proximadb.api.SearchRequest;
import io.proximadb.env.Clock;
import io.proximadb.error.ClosedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.SparseTerms;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rankings that are read page by page. */
class SearchPagesTest {
  private static final int RECORDS = 1_000;

  @TempDir Path folder;

  private final Random random = Seed.random("SearchPagesTest");
  private final Clock system = Clock.system();
  private final AtomicLong aheadMicros = new AtomicLong();
  private ProximaEngine engine;
  private Collection docs;

  @BeforeEach
  void open() {
    engine =
        ProximaEngine.open(
            Engines.quiet(folder)
                .withClock(Clock.of(() -> system.nowMicros() + aheadMicros.get())));
    docs = engine.createCollection(CollectionName.parse("docs"), SparseTerms.schema());
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      // Every fourth one is equal to the one before, so that distances are.
      records.add(SparseTerms.record("r" + i, i % 4 == 3 ? i - 1 : i));
    }
    docs.upsert(records.subList(0, 700));
    docs.flush();
    docs.upsert(records.subList(700, RECORDS));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private SearchRequest request(int k) {
    SearchRequest request =
        random.nextBoolean()
            ? SearchRequest.of(new float[] {random.nextFloat(), 0, 0, 0.3f}, k)
            : SearchRequest.of(SparseTerms.of(random.nextLong()), k, SparseTerms.FIELD);
    return random.nextBoolean()
        ? request
        : request.where(Filter.compare("number", Filter.Operator.LT, random.nextInt(RECORDS)));
  }

  @Test
  void pagesAreTheRankingWhateverIsWrittenMeanwhile() {
    for (int i = 0; i < 10; i++) {
      SearchRequest request = request(1 + random.nextInt(1_500));
      List<SearchHit> expected = docs.search(request.exactly()).hits();
      List<SearchHit> found = new ArrayList<>();
      try (SearchPages pages = docs.pages(request)) {
        int size = 40 + random.nextInt(300);
        for (List<SearchHit> page = pages.next(size); ; page = pages.next(size)) {
          found.addAll(page);
          if (page.size() < size) {
            break;
          }
          docs.delete(List.of("r" + random.nextInt(RECORDS)));
          docs.upsert(List.of(SparseTerms.record("new" + i, random.nextInt(RECORDS))));
        }
        assertThat(pages.next(5)).isEmpty();
      }
      assertThat(found).isEqualTo(expected);
    }
  }

  @Test
  void whatIsNotAskedForTooLongIsClosed() {
    SearchPages pages = docs.pages(request(500));
    assertThat(pages.next(1)).hasSize(1);
    aheadMicros.addAndGet(SearchPages.MAX_IDLE.toMillis() * 1_000 + 1_000_000);
    assertThatThrownBy(() -> pages.next(1))
        .isInstanceOf(ClosedException.class)
        .hasMessageContaining("not asked for more than 5 minutes");
  }

  @Test
  void asManyAreOpenAsMayBeAndIdleOnesMakeRoom() {
    SearchRequest request = SearchRequest.of(new float[4], 10);
    for (int i = 0; i < SearchPages.MAX_OPEN; i++) {
      docs.pages(request);
    }
    assertThatThrownBy(() -> docs.pages(request))
        .isInstanceOf(ResourceExhaustedException.class)
        .hasMessageContaining("64 are open");
    aheadMicros.addAndGet(SearchPages.MAX_IDLE.toMillis() * 1_000 + 1_000_000);
    try (SearchPages pages = docs.pages(request)) {
      assertThat(pages.next(3)).hasSize(3);
    }
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    try (SearchPages pages = docs.pages(request(10))) {
      assertThatThrownBy(() -> pages.next(0))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("Invalid size of a page: 0");
    }
    assertThatThrownBy(() -> docs.pages(SearchRequest.of(new float[3], 10)))
        .isInstanceOf(InvalidArgumentException.class);
    SearchPages closed = docs.pages(request(10));
    closed.close();
    closed.close();
    assertThatThrownBy(() -> closed.next(1)).isInstanceOf(ClosedException.class);
  }
}
