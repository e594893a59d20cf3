package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.FlushResult;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.env.Clock;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.NotOwnerException;
import io.proximadb.error.UnavailableException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Records;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded engine as its users see it. */
class EngineTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path warehouse;

  private EngineOptions options() {
    return EngineOptions.local(warehouse).withFlush(64 << 20, Duration.ofHours(1));
  }

  private static List<String> scanIds(Collection collection) {
    List<String> ids = new ArrayList<>();
    try (ScanResult scan = collection.scan(ScanRequest.of(Filter.alwaysTrue(), List.of("id")))) {
      scan.forEachRemaining(
          batch -> {
            for (int i = 0; i < batch.rowCount(); i++) {
              ids.add((String) batch.column("id").value(i));
            }
          });
    }
    ids.sort(null);
    return ids;
  }

  private static List<String> ids(SearchResponse response) {
    return response.hits().stream().map(SearchHit::id).toList();
  }

  @Test
  void acknowledgedWritesAreRead() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.insert(List.of(Records.of("a", 1), Records.of("b", 2)));
      docs.upsert(List.of(Records.of("b", 3), Records.of("c", 4)));
      docs.delete(List.of("a", "never-there"));

      assertThat(docs.get("a")).isEmpty();
      assertThat(docs.get(List.of("c", "a", "b")))
          .extracting(StoredRecord::id)
          .containsExactly("c", "b");
      assertThat(Records.number(docs.get("b").orElseThrow())).isEqualTo(3);
      assertThat(docs.get("b").orElseThrow().record().vectors().get("vector"))
          .containsExactly(Records.vector(3));
      assertThat(scanIds(docs)).containsExactly("b", "c");
    }
  }

  @Test
  void readsAreTheSameBeforeAndAfterFlushAndReopen() {
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      records.add(Records.of("r" + i, i));
    }
    float[] query = Records.vector(77);
    List<String> before;
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(records);
      docs.delete(List.of("r3", "r77"));
      SearchResponse response = docs.search(SearchRequest.of(query, 10));
      before = ids(response);
      assertThat(response.rowsScannedExactly()).isEqualTo(498);
      assertThat(response.snapshotId()).isEmpty();
      FlushResult flush = docs.flush();
      assertThat(flush.rows()).isEqualTo(498);
      assertThat(flush.snapshotId()).isPresent();
      SearchResponse flushed = docs.search(SearchRequest.of(query, 10));
      assertThat(ids(flushed)).isEqualTo(before);
      assertThat(flushed.snapshotId()).isEqualTo(flush.snapshotId());
      assertThat(docs.flush().snapshotId()).isEmpty();
      docs.upsert(List.of(Records.of("r5", 1_005)));
      docs.delete(List.of("r6"));
      assertThat(docs.describe().unflushedRecords()).isEqualTo(2);
      assertThat(docs.flush().superseded()).isEqualTo(2);
      assertThat(docs.describe().dataRows()).isEqualTo(497);
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      assertThat(scanIds(docs)).hasSize(497).doesNotHaveDuplicates().doesNotContain("r6", "r3");
      assertThat(Records.number(docs.get("r5").orElseThrow())).isEqualTo(1_005);
      assertThat(docs.get("r6")).isEmpty();
    }
  }

  @Test
  void unflushedRowsHideTheFlushedOnesTheyReplace() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("a", 1), Records.of("b", 2), Records.of("c", 3)));
      docs.flush();
      docs.upsert(List.of(Records.of("a", 10)));
      docs.delete(List.of("b"));
      assertThat(scanIds(docs)).containsExactly("a", "c");
      assertThat(ids(docs.search(SearchRequest.of(Records.vector(1), 5))))
          .containsExactlyInAnyOrder("a", "c");
      assertThat(docs.get("b")).isEmpty();
    }
  }

  @Test
  void aScanKeepsItsSnapshotWhileOthersWriteAndFlush() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      for (int i = 0; i < 100; i++) {
        docs.upsert(List.of(Records.of("r" + i, i)));
      }
      docs.flush();
      List<Long> numbers = new ArrayList<>();
      try (ScanResult scan =
          docs.scan(new ScanRequest(Filter.alwaysTrue(), List.of("number"), 10))) {
        for (int i = 0; i < 100; i++) {
          docs.upsert(List.of(Records.of("r" + i, 1_000 + i)));
        }
        docs.flush();
        docs.delete(List.of("r1", "r2"));
        scan.forEachRemaining(
            batch -> {
              for (int i = 0; i < batch.rowCount(); i++) {
                numbers.add((Long) batch.column("number").value(i));
              }
            });
      }
      assertThat(numbers).hasSize(100).allMatch(number -> number < 100).doesNotHaveDuplicates();
      assertThat(scanIds(docs)).hasSize(98);
    }
  }

  @Test
  void filteredSearchIsNeverShort() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      for (int i = 0; i < 300; i++) {
        docs.upsert(List.of(Records.of("r" + i, i)));
        if (i == 150) {
          docs.flush();
        }
      }
      SearchRequest request =
          SearchRequest.of(Records.vector(0), 10)
              .where(Filter.compare("number", Filter.Operator.GE, 295));
      assertThat(ids(docs.search(request))).hasSize(5);
      assertThat(docs.search(SearchRequest.of(Records.vector(0), 300)).hits()).hasSize(300);
      assertThat(
              docs.search(
                      SearchRequest.of(Records.vector(0), 10).where(Filter.equal("category", "c1")))
                  .hits())
          .hasSize(10)
          .allMatch(hit -> "c1".equals(hit.fields().get("category")));
    }
  }

  @Test
  void insertRefusesALiveId() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.insert(List.of(Records.of("a", 1)));
      assertThatThrownBy(() -> docs.insert(List.of(Records.of("b", 2), Records.of("a", 3))))
          .isInstanceOf(AlreadyExistsException.class)
          .hasMessageContaining("'a'");
      assertThat(scanIds(docs)).containsExactly("a");
      docs.flush();
      assertThatThrownBy(() -> docs.insert(List.of(Records.of("a", 3))))
          .isInstanceOf(AlreadyExistsException.class);
      docs.delete(List.of("a"));
      docs.insert(List.of(Records.of("a", 4)));
      assertThat(Records.number(docs.get("a").orElseThrow())).isEqualTo(4);
    }
  }

  @Test
  void expiredRowsAreGoneFromEveryRead() {
    AtomicLong now = new AtomicLong(1_000_000_000L);
    EngineOptions options = options().withClock(Clock.of(now::get));
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      Instant soon = Instant.ofEpochSecond(1_010);
      docs.upsert(
          List.of(
              Records.of("flushed", 1).expiringAt(soon),
              Records.of("stays", 2).expiringAt(soon.plusSeconds(1_000))));
      docs.flush();
      docs.upsert(List.of(Records.of("unflushed", 3).expiringAt(soon), Records.of("never", 4)));
      assertThat(scanIds(docs)).hasSize(4);
      now.set(1_010_000_000L);
      assertThat(scanIds(docs)).containsExactly("never", "stays");
      assertThat(docs.get(List.of("flushed", "unflushed"))).isEmpty();
      assertThat(ids(docs.search(SearchRequest.of(Records.vector(1), 10))))
          .containsExactlyInAnyOrder("never", "stays");
      docs.insert(List.of(Records.of("flushed", 5), Records.of("unflushed", 6)));
      now.set(1_000_000_000L); // a step back of the machine's clock does not bring rows back
      assertThat(Records.number(docs.get("flushed").orElseThrow())).isEqualTo(5);
      docs.flush();
      assertThat(scanIds(docs)).containsExactly("flushed", "never", "stays", "unflushed");
    }
  }

  @Test
  void oneHomeIsOpenOnce() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      engine.createCollection(DOCS, Records.schema());
      assertThatThrownBy(() -> ProximaEngine.open(options()))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("engine");
    }
  }

  @Test
  void onlyTheOwnerWrites() {
    try (ProximaEngine owner = ProximaEngine.open(options().withAddress("grpc://owner:1"));
        ProximaEngine other =
            ProximaEngine.open(options().withHome(warehouse.resolve("other-home")))) {
      Collection docs = owner.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("a", 1)));
      assertThatThrownBy(() -> other.collection(DOCS).upsert(List.of(Records.of("b", 2))))
          .isInstanceOf(NotOwnerException.class)
          .hasMessageContaining("grpc://owner:1");
      docs.flush();
      other.collection(DOCS).refresh();
      assertThat(scanIds(other.collection(DOCS))).containsExactly("a");
    }
  }

  @Test
  void droppedCollectionsAreGoneAndTheirNamesAreFree() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      assertThatThrownBy(() -> engine.createCollection(DOCS, Records.schema()))
          .isInstanceOf(AlreadyExistsException.class);
      docs.upsert(List.of(Records.of("a", 1)));
      docs.flush();
      docs.upsert(List.of(Records.of("b", 1)));
      assertThat(engine.dropCollection(DOCS)).isTrue();
      assertThat(engine.dropCollection(DOCS)).isFalse();
      assertThat(warehouse.resolve("default")).isEmptyDirectory();
      assertThatThrownBy(() -> engine.collection(DOCS)).isInstanceOf(NotFoundException.class);
      Collection again = engine.createCollection(DOCS, Records.schema());
      assertThat(scanIds(again)).isEmpty();
      again.upsert(List.of(Records.of("c", 1)));
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      assertThat(engine.listCollections("default")).containsExactly(DOCS);
      assertThat(scanIds(engine.collection(DOCS))).containsExactly("c");
    }
  }

  /** A catalog that does not drop a table when it is asked for the first time. */
  public static final class StubbornCatalog extends org.apache.iceberg.jdbc.JdbcCatalog {
    private static final java.util.concurrent.atomic.AtomicInteger REFUSALS =
        new java.util.concurrent.atomic.AtomicInteger();

    @Override
    public boolean dropTable(org.apache.iceberg.catalog.TableIdentifier identifier, boolean purge) {
      if (REFUSALS.incrementAndGet() == 1) {
        throw new UnavailableException("The catalog does not answer");
      }
      return super.dropTable(identifier, purge);
    }
  }

  @Test
  void aCollectionThatCouldNotBeDroppedIsMaintainedOn() throws Exception {
    java.util.concurrent.CountDownLatch compacted = new java.util.concurrent.CountDownLatch(1);
    java.util.concurrent.atomic.AtomicBoolean refused =
        new java.util.concurrent.atomic.AtomicBoolean();
    Files.createDirectories(warehouse);
    EngineOptions options =
        options()
            .withCatalogProperty("catalog-impl", StubbornCatalog.class.getName())
            .withCatalogProperty("uri", "jdbc:sqlite:" + warehouse.resolve("stubborn.db"))
            .withCatalogProperty("jdbc.schema-version", "V1")
            .withCatalogProperty("io-impl", io.proximadb.io.LocalFileIO.class.getName())
            .withCatalogProperty(io.proximadb.maintenance.MaintenanceOptions.THREADS, "1")
            .withFailPoints(
                step -> {
                  if (step.equals("compaction.committed") && refused.get()) {
                    compacted.countDown();
                  }
                });
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("a", 1)));
      assertThatThrownBy(() -> engine.dropCollection(DOCS))
          .isInstanceOf(UnavailableException.class);
      refused.set(true);
      for (int i = 0; i < 6; i++) {
        docs.upsert(List.of(Records.of("b" + i, i)));
        docs.flush();
      }
      assertThat(compacted.await(1, java.util.concurrent.TimeUnit.MINUTES)).isTrue();
      assertThat(engine.dropCollection(DOCS)).isTrue();
    }
  }

  @Test
  void aLogThatStartsAnewIsRefused() throws Exception {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      engine.createCollection(DOCS, Records.schema()).upsert(List.of(Records.of("a", 1)));
    }
    Path log = warehouse.resolve("_proximadb/engine/wal");
    try (Stream<Path> segments = Files.list(log)) {
      for (Path segment : segments.toList()) {
        Files.delete(segment);
      }
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      assertThatThrownBy(() -> engine.collection(DOCS))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("up to 1, but the log ends at 0");
    }
  }
}
