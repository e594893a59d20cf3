package io.proximadb.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.TableProperties;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.FencedException;
import io.proximadb.error.NotOwnerException;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two engines on one warehouse that has no file locks: the lease says who may write. */
class S3LeaseTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  /** Lease and grace together, and a bit. */
  private static final Duration UNTIL_FREE = Duration.ofSeconds(71);

  private static S3Server server;

  @TempDir Path temp;

  private final AtomicLong nowMicros = new AtomicLong(1_700_000_000_000_000L);

  /** What the first engine takes for the time; stops where a test says so. */
  private final AtomicLong firstNowMicros = new AtomicLong(nowMicros.get());

  @BeforeAll
  static void start() throws Exception {
    server = new S3Server();
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @BeforeEach
  void makeCollection() {
    try (Warehouse warehouse = Warehouse.open(catalog())) {
      warehouse.create(DOCS, Records.schema(), Map.of());
    }
  }

  private Map<String, String> catalog() {
    Map<String, String> properties = new HashMap<>(S3Server.properties(server.port()));
    properties.put(Warehouse.WAREHOUSE, "s3a://" + S3Server.BUCKET + "/" + temp.getFileName());
    properties.put(Warehouse.CATALOG_FILE, temp.resolve("catalog.db").toString());
    return properties;
  }

  private ProximaEngine engine(String name, AtomicLong clock) {
    return ProximaEngine.open(
        EngineOptions.of(catalog())
            .withHome(temp.resolve(name))
            .withAddress(name + ":8815")
            .withClock(Clock.of(clock::get))
            .withFlush(64 << 20, Duration.ofDays(1_000))
            .withRefreshInterval(Duration.ZERO));
  }

  private static void pass(AtomicLong clock, Duration time) {
    clock.addAndGet(time.toNanos() / 1_000);
  }

  private long leaseUntilMillis() {
    try (Warehouse warehouse = Warehouse.open(catalog())) {
      String until = warehouse.load(DOCS).property(TableProperties.OWNER_LEASE_UNTIL);
      return until == null ? 0 : Long.parseLong(until);
    }
  }

  private Map<String, Long> numbers() {
    try (Warehouse warehouse = Warehouse.open(catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      return Tables.numbers(table);
    }
  }

  @Test
  void theSecondIsRefusedUntilTheFirstIsDeadForLongEnough() {
    try (ProximaEngine first = engine("first", firstNowMicros);
        ProximaEngine second = engine("second", nowMicros)) {
      Collection ofFirst = first.collection(DOCS);
      Collection ofSecond = second.collection(DOCS);
      ofFirst.upsert(List.of(Records.of("a", 1)));
      ofFirst.flush();
      ofFirst.upsert(List.of(Records.of("b", 2)));
      assertThatThrownBy(() -> ofSecond.upsert(List.of(Records.of("c", 3))))
          .isInstanceOf(NotOwnerException.class)
          .hasMessageContaining("address=first:8815");
      // The first one's clock stands still: it does not renew, as if it were dead.
      pass(nowMicros, Duration.ofSeconds(60));
      assertThatThrownBy(() -> ofSecond.upsert(List.of(Records.of("c", 3))))
          .as("within the grace for clocks that differ")
          .isInstanceOf(NotOwnerException.class);
      pass(nowMicros, Duration.ofSeconds(11));
      ofSecond.upsert(List.of(Records.of("c", 3)));
      assertThat(ofSecond.get("a")).as("what the first flushed").isPresent();
      assertThatThrownBy(ofFirst::flush)
          .isInstanceOf(FencedException.class)
          .hasMessageContaining("another engine took it over");
      assertThatThrownBy(() -> ofFirst.upsert(List.of(Records.of("d", 4))))
          .isInstanceOf(FencedException.class);
      ofSecond.flush();
      assertThat(numbers()).isEqualTo(Map.of("a", 1L, "c", 3L));
    }
    // What the first acknowledged and could not flush is in its log, and comes with the next flush.
    pass(firstNowMicros, Duration.ofHours(1));
    try (ProximaEngine first = engine("first", firstNowMicros)) {
      assertThat(first.collection(DOCS).get("b")).isPresent();
    }
    assertThat(numbers()).isEqualTo(Map.of("a", 1L, "b", 2L, "c", 3L));
  }

  @Test
  void anEngineThatWasAwayIsFencedWhenItWritesAgain() {
    try (ProximaEngine first = engine("first", firstNowMicros);
        ProximaEngine second = engine("second", nowMicros)) {
      Collection ofFirst = first.collection(DOCS);
      ofFirst.upsert(List.of(Records.of("a", 1)));
      pass(nowMicros, UNTIL_FREE);
      second.collection(DOCS).upsert(List.of(Records.of("a", 2)));
      pass(firstNowMicros, UNTIL_FREE);
      assertThatThrownBy(() -> ofFirst.upsert(List.of(Records.of("b", 2))))
          .isInstanceOf(FencedException.class)
          .hasMessageContaining("its lease ran out");
    }
  }

  @Test
  void whoClosesLetsTheNextOneInAtOnce() {
    try (ProximaEngine first = engine("first", nowMicros)) {
      first.collection(DOCS).upsert(List.of(Records.of("a", 1)));
    }
    assertThat(leaseUntilMillis()).isZero();
    try (ProximaEngine second = engine("second", nowMicros)) {
      Collection docs = second.collection(DOCS);
      docs.upsert(List.of(Records.of("a", 2)));
      docs.flush();
    }
    assertThat(numbers()).isEqualTo(Map.of("a", 2L));
  }

  @Test
  void aLeaseIsRenewedWhileRecordsWaitAndLapsesWhenNobodyWrites() {
    try (ProximaEngine first = engine("first", nowMicros);
        ProximaEngine second = engine("second", nowMicros)) {
      Collection ofFirst = first.collection(DOCS);
      Collection ofSecond = second.collection(DOCS);
      ofFirst.insert(List.of(Records.of("a", 1)));
      long taken = leaseUntilMillis();
      for (int i = 1; i <= 3; i++) {
        pass(nowMicros, Duration.ofSeconds(40));
        long atLeast = taken + i * 40_000L;
        Awaitility.await().atMost(1, TimeUnit.MINUTES).until(() -> leaseUntilMillis() >= atLeast);
      }
      assertThatThrownBy(() -> ofSecond.insert(List.of(Records.of("b", 2))))
          .isInstanceOf(NotOwnerException.class);
      pass(nowMicros, Duration.ofSeconds(5));
      ofFirst.flush();
      assertThat(leaseUntilMillis()).as("a flush renews").isEqualTo(taken + 125_000);
      pass(nowMicros, UNTIL_FREE);
      ofSecond.insert(List.of(Records.of("b", 2)));
      ofSecond.flush();
      // Nothing of the first was waiting: it may have the collection again, and sees what came.
      pass(nowMicros, UNTIL_FREE);
      assertThatThrownBy(() -> ofFirst.insert(List.of(Records.of("b", 3))))
          .isInstanceOf(AlreadyExistsException.class);
      ofFirst.insert(List.of(Records.of("c", 3)));
      ofFirst.flush();
      assertThat(numbers()).isEqualTo(Map.of("a", 1L, "b", 2L, "c", 3L));
    }
  }
}
