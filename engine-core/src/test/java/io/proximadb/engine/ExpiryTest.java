package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.CollectionStatistics;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.MaintenanceSettings;
import io.proximadb.maintenance.SnapshotExpiry;
import io.proximadb.maintenance.TtlSweep;
import io.proximadb.model.CollectionName;
import io.proximadb.model.StoredRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Times to live of an engine's records while their rows are swept from the table. */
class ExpiryTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path temp;

  /** Microseconds since 1970. */
  private final AtomicLong now = new AtomicLong(1_700_000_000_000_000L);

  private Path folder() {
    return temp.resolve("warehouse");
  }

  private EngineOptions options() {
    return Engines.quiet(folder())
        .withFlush(64 << 20, Duration.ofHours(100))
        .withCatalogProperty(MaintenanceOptions.THREADS, "0")
        .withRefreshInterval(Duration.ZERO)
        .withClock(Clock.of(now::get));
  }

  private Instant in(long seconds) {
    return Instant.ofEpochSecond(now.get() / 1_000_000 + seconds);
  }

  private void pass(long seconds) {
    now.addAndGet(seconds * 1_000_000);
  }

  private long sweep(CollectionTable table) {
    return new TtlSweep()
        .run(new MaintenanceScope(table, Clock.of(now::get), FailPoints.NONE))
        .rowsRemoved();
  }

  private Instant expiry(Collection docs, String id) {
    StoredRecord record = docs.get(id).orElseThrow();
    return record.record().expiresAt();
  }

  @Test
  void aChangedExpiryOutlivesTheSweepOfTheOldRowAndACrash() {
    Path crashed = temp.resolve("crashed");
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder().toString()))) {
      CollectionTable table;
      try (ProximaEngine engine = ProximaEngine.open(options())) {
        Collection docs = engine.createCollection(DOCS, Records.schema());
        docs.upsert(
            List.of(
                Records.of("longer", 1).expiringAt(in(10)),
                Records.of("for-good", 2).expiringAt(in(10)),
                Records.of("twice", 3),
                Records.of("written", 4).expiringAt(in(10)),
                Records.of("gone", 5).expiringAt(in(10)),
                Records.of("given", 6)));
        docs.flush();
        docs.setTtl(List.of("longer", "given"), Duration.ofSeconds(100));
        docs.removeTtl(List.of("for-good"));
        docs.setTtl(List.of("twice"), Duration.ofSeconds(5));
        docs.setTtl(List.of("twice"), Duration.ofSeconds(100));
        docs.upsert(List.of(Records.of("written", 44)));
        pass(20);
        table = warehouse.load(DOCS);
        assertThat(sweep(table)).isEqualTo(4);
        check(docs);
        Folders.copy(folder(), crashed);
      }
      // The end of the first engine flushed; what the crash left did not.
      assertThat(Tables.numbers(table)).hasSize(5);
    }
    Folders.restore(crashed, folder());
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder().toString()));
        ProximaEngine engine = ProximaEngine.open(options())) {
      CollectionTable table = warehouse.load(DOCS);
      assertThat(Tables.numbers(table)).isEqualTo(Map.of("twice", 3L, "given", 6L));
      Collection docs = engine.collection(DOCS);
      check(docs);
      docs.flush();
      check(docs);
      assertThat(Tables.numbers(table))
          .isEqualTo(
              Map.of("longer", 1L, "for-good", 2L, "twice", 3L, "written", 44L, "given", 6L));
      pass(100);
      assertThat(sweep(table)).isEqualTo(3);
      assertThat(docs.get(List.of("longer", "for-good", "twice", "written", "given")))
          .extracting(StoredRecord::id)
          .containsExactly("for-good", "written");
    }
  }

  private void check(Collection docs) {
    assertThat(docs.get(List.of("longer", "for-good", "twice", "written", "gone", "given")))
        .extracting(StoredRecord::id)
        .containsExactly("longer", "for-good", "twice", "written", "given");
    assertThat(expiry(docs, "longer")).isEqualTo(in(80));
    assertThat(expiry(docs, "twice")).isEqualTo(in(80));
    assertThat(expiry(docs, "for-good")).isNull();
    assertThat(Records.number(docs.get("written").orElseThrow())).isEqualTo(44);
  }

  @Test
  void recordsWithoutAnExpiryGetTheCollectionsDefault() {
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder().toString()))) {
      Collection docs =
          engine.createCollection(
              DOCS, Records.schema(), Map.of(MaintenanceSettings.DEFAULT_TTL, "60000"));
      docs.insert(List.of(Records.of("a", 1), Records.of("own", 2).expiringAt(in(1_000))));
      docs.upsert(List.of(Records.of("b", 3)));
      docs.update(List.of(Records.of("b", 4)));
      docs.removeTtl(List.of("a"));
      assertThat(expiry(docs, "a")).isNull();
      assertThat(expiry(docs, "b")).isEqualTo(in(60));
      assertThat(expiry(docs, "own")).isEqualTo(in(1_000));
      CollectionTable table = warehouse.load(DOCS);
      table.table().updateProperties().set(MaintenanceSettings.DEFAULT_TTL, "2 minutes").commit();
      docs.refresh();
      assertThatThrownBy(() -> docs.upsert(List.of(Records.of("c", 5))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("proximadb.ttl.default-ms: '2 minutes'");
      table.table().updateProperties().set(MaintenanceSettings.DEFAULT_TTL, "120000").commit();
      docs.refresh();
      docs.upsert(List.of(Records.of("c", 5)));
      assertThat(expiry(docs, "c")).isEqualTo(in(120));
      table.table().updateProperties().remove(MaintenanceSettings.DEFAULT_TTL).commit();
      docs.refresh();
      docs.upsert(List.of(Records.of("d", 6)));
      assertThat(expiry(docs, "d")).isNull();
    }
  }

  @Test
  void statisticsCountWhatIsThere() {
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder().toString()))) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      CollectionStatistics empty = docs.statistics();
      assertThat(empty.liveRows()).isZero();
      assertThat(empty.lastFlush()).isEmpty();
      assertThat(empty.metadataBytes()).isPositive();
      docs.upsert(
          List.of(
              Records.of("a", 1),
              Records.of("b", 2),
              Records.of("c", 3).expiringAt(in(10)),
              Records.of("d", 4).expiringAt(in(10))));
      docs.flush();
      Instant flushed = in(0);
      docs.upsert(List.of(Records.of("a", 5), Records.of("d", 6).expiringAt(in(10))));
      docs.flush();
      docs.upsert(List.of(Records.of("e", 7)));
      pass(20);
      CollectionStatistics found = docs.statistics();
      assertThat(found.liveRows()).isEqualTo(2);
      assertThat(found.deletedRows()).isEqualTo(2);
      assertThat(found.expiredRows()).isEqualTo(2);
      assertThat(found.dataFiles()).isEqualTo(2);
      assertThat(found.snapshots()).isEqualTo(2);
      assertThat(found.unflushedRecords()).isEqualTo(1);
      assertThat(found.unflushedBytes()).isPositive();
      assertThat(found.lastFlush()).hasValueSatisfying(time -> assertThat(time).isEqualTo(flushed));
      assertThat(found.lastCompaction()).isEmpty();
      assertThat(
              List.of(
                  found.dataBytes(),
                  found.deleteBytes(),
                  found.indexBytes(),
                  found.metadataBytes()))
          .allMatch(bytes -> bytes > 0);
      CollectionTable table = warehouse.load(DOCS);
      sweep(table);
      CollectionStatistics swept = docs.statistics();
      assertThat(swept.expiredRows()).isZero();
      assertThat(swept.deletedRows()).isEqualTo(4);
      assertThat(swept.liveRows()).isEqualTo(2);
      new SnapshotExpiry().run(new MaintenanceScope(table, Clock.system(), FailPoints.NONE));
    }
  }
}
