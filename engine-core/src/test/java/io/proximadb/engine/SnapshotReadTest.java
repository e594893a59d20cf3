package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchExplanation.Outcome;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.api.SnapshotInfo;
import io.proximadb.api.SnapshotRef;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.ClosedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Records;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads of earlier snapshots, and reads that wait for a write. */
class SnapshotReadTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final long HOUR_MICROS = 3_600_000_000L;

  @TempDir Path folder;

  private final AtomicLong ahead = new AtomicLong();

  private EngineOptions options() {
    Clock system = Clock.system();
    return Engines.quiet(folder.resolve("warehouse"))
        .withFlush(64 << 20, Duration.ofHours(1))
        .withRefreshInterval(Duration.ZERO)
        .withClock(Clock.of(() -> system.nowMicros() + ahead.get()));
  }

  private static Map<String, Long> numbers(ScanResult scan) {
    Map<String, Long> numbers = new TreeMap<>();
    try (scan) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          String id = (String) batch.column("id").value(i);
          assertThat(numbers.put(id, (Long) batch.column("number").value(i))).isNull();
        }
      }
    }
    return numbers;
  }

  private static Map<String, Long> numbersAt(Collection docs, SnapshotRef snapshot) {
    try (CollectionView view = docs.at(snapshot)) {
      Map<String, Long> numbers = numbers(view.scan(ScanRequest.all()));
      Map<String, Long> found = new TreeMap<>();
      view.search(SearchRequest.of(Records.vector(1), 100)).hits().stream()
          .map(SearchHit::id)
          .forEach(id -> found.put(id, Records.number(view.get(id).orElseThrow())));
      assertThat(found).isEqualTo(numbers);
      return numbers;
    }
  }

  @Test
  void everySnapshotIsReadAsItWas() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      assertThat(docs.snapshots()).isEmpty();
      List<Map<String, Long>> states = new ArrayList<>();
      for (int i = 1; i <= 4; i++) {
        docs.upsert(List.of(Records.of("r" + i, i), Records.of("each", 10 * i)));
        docs.delete(List.of("r" + (i - 1)));
        docs.flush();
        states.add(numbers(docs.scan(ScanRequest.all())));
      }
      docs.upsert(List.of(Records.of("each", 1_000), Records.of("unflushed", 1)));

      List<SnapshotInfo> snapshots = docs.snapshots();
      assertThat(snapshots).hasSize(4);
      assertThat(snapshots.get(0).parentId()).isEmpty();
      assertThat(snapshots.get(3).parentId()).hasValue(snapshots.get(2).id());
      for (int i = 0; i < 4; i++) {
        SnapshotInfo snapshot = snapshots.get(i);
        assertThat(numbersAt(docs, SnapshotRef.id(snapshot.id()))).isEqualTo(states.get(i));
        Instant end =
            i == 3
                ? snapshot.committedAt().plusSeconds(1)
                : snapshots.get(i + 1).committedAt().minusMillis(1);
        if (!end.isBefore(snapshot.committedAt())) {
          assertThat(numbersAt(docs, SnapshotRef.asOf(end))).isEqualTo(states.get(i));
        }
      }
      try (CollectionView view = docs.at(SnapshotRef.id(snapshots.get(1).id()))) {
        assertThat(view.snapshot()).isEqualTo(snapshots.get(1));
        assertThat(view.schema()).isEqualTo(docs.schema());
        assertThat(
                numbers(
                    view.scan(ScanRequest.of(Filter.equal("id", "each"), List.of("id", "number")))))
            .isEqualTo(Map.of("each", 20L));
        assertThatThrownBy(() -> view.scan(ScanRequest.all().atLeast(1)))
            .isInstanceOf(InvalidArgumentException.class)
            .hasMessageContaining("does not change");
      }
    }
  }

  @Test
  void expiryIsJudgedAtTheSnapshotsTime() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      Instant soon = Instant.now().plusSeconds(1_800);
      docs.upsert(
          List.of(
              Records.of("expires", 1).expiringAt(soon),
              Records.of("expired", 2).expiringAt(Instant.now().minusSeconds(1_800)),
              Records.of("stays", 3)));
      long snapshot = docs.flush().snapshotId().orElseThrow();
      ahead.set(HOUR_MICROS);
      assertThat(numbers(docs.scan(ScanRequest.all()))).containsOnlyKeys("stays");
      assertThat(numbersAt(docs, SnapshotRef.id(snapshot))).containsOnlyKeys("expires", "stays");
    }
  }

  @Test
  void aViewAnswersBatchesAndExplainsAsOfThen() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("a", 1), Records.of("b", 2), Records.of("c", 3)));
      docs.delete(List.of("c"));
      docs.flush();
      SnapshotRef then = SnapshotRef.id(docs.snapshots().get(0).id());
      docs.delete(List.of("a"));
      docs.upsert(List.of(Records.of("later", 1)));
      docs.flush();
      SearchRequest nearA = SearchRequest.of(Records.vector(1), 1);
      SearchRequest nearB = SearchRequest.of(Records.vector(2), 2);
      SearchRequest later =
          new SearchRequest(
              Records.vector(2), 2, null, Filter.alwaysTrue(), null, 1, SearchRequest.EXACT, null);
      try (CollectionView view = docs.at(then)) {
        List<SearchResponse> answers = view.search(List.of(nearA, nearB));
        assertThat(answers).extracting(SearchResponse::hits).hasSize(2);
        assertThat(answers.get(0).hits()).isEqualTo(view.search(nearA).hits());
        assertThat(answers.get(1).hits()).isEqualTo(view.search(nearB).hits());
        assertThat(answers.get(0).hits()).extracting(SearchHit::id).containsExactly("a");
        assertThat(view.explain(nearA, "a").outcome()).isEqualTo(Outcome.IN_ANSWER);
        assertThat(view.explain(nearA, "b").outcome()).isEqualTo(Outcome.RANKED_LOWER);
        assertThat(view.explain(nearA, "later").outcome()).isEqualTo(Outcome.NO_SUCH_RECORD);
        assertThat(view.nearestClusters(Records.vector(1), 1, null)).isEmpty();
        assertThatThrownBy(() -> view.search(List.of(nearA, later)))
            .isInstanceOf(InvalidArgumentException.class)
            .hasMessageContaining("a snapshot does not change");
      }
      assertThat(docs.explain(nearA, "a").outcome()).isEqualTo(Outcome.DELETED);
    }
  }

  @Test
  void aMissingSnapshotIsNamedWithThoseThatAreThere() {
    try (Warehouse warehouse =
            Warehouse.open(Map.of("warehouse", folder.resolve("warehouse").toString()));
        ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      assertThatThrownBy(() -> docs.at(SnapshotRef.id(7)))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("snapshot 7")
          .hasMessageContaining("nothing was committed yet");
      docs.upsert(List.of(Records.of("a", 1)));
      long first = docs.flush().snapshotId().orElseThrow();
      docs.upsert(List.of(Records.of("a", 2)));
      long second = docs.flush().snapshotId().orElseThrow();
      assertThatThrownBy(() -> docs.at(SnapshotRef.id(7)))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("from " + first)
          .hasMessageContaining("to " + second);
      assertThatThrownBy(() -> docs.at(SnapshotRef.asOf(Instant.EPOCH)))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("1970-01-01")
          .hasMessageContaining("there are 2");
      CollectionTable table = warehouse.load(DOCS);
      table.table().expireSnapshots().expireSnapshotId(first).commit();
      assertThatThrownBy(() -> docs.at(SnapshotRef.id(first)))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("expired")
          .hasMessageContaining("there are 1");
      assertThat(docs.snapshots()).extracting(SnapshotInfo::id).containsExactly(second);
    }
  }

  @Test
  void anOpenViewOutlivesItsSnapshot() {
    try (Warehouse warehouse =
            Warehouse.open(Map.of("warehouse", folder.resolve("warehouse").toString()));
        ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("a", 1), Records.of("b", 2)));
      long first = docs.flush().snapshotId().orElseThrow();
      CollectionView view = docs.at(SnapshotRef.id(first));
      CollectionTable table = warehouse.load(DOCS);
      table.table().newDelete().deleteFromRowFilter(Expressions.alwaysTrue()).commit();
      docs.upsert(List.of(Records.of("c", 3)));
      docs.flush();
      table.refresh();
      table
          .table()
          .expireSnapshots()
          .expireOlderThan(System.currentTimeMillis() + 1)
          .retainLast(1)
          .commit();
      assertThat(Path.of(table.context().location(), "data").toFile().list()).hasSize(1);
      docs.refresh();
      assertThat(numbers(docs.scan(ScanRequest.all()))).isEqualTo(Map.of("c", 3L));
      assertThat(numbers(view.scan(ScanRequest.all()))).isEqualTo(Map.of("a", 1L, "b", 2L));
      assertThat(Records.number(view.get("b").orElseThrow())).isEqualTo(2);
      view.close();
      view.close();
      assertThatThrownBy(() -> view.get("a")).isInstanceOf(ClosedException.class);
    }
  }

  @Test
  void aReadAtTheOwnerSeesWhatWasAcknowledged() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      Collection other = engine.createCollection(CollectionName.parse("other"), Records.schema());
      long a = docs.upsert(List.of(Records.of("a", 1))).sequence();
      long b = other.upsert(List.of(Records.of("b", 1))).sequence();
      assertThat(docs.get(List.of("a"), a)).hasSize(1);
      assertThat(numbers(docs.scan(ScanRequest.all().atLeast(a)))).containsOnlyKeys("a");
      assertThat(docs.search(SearchRequest.of(Records.vector(1), 1).atLeast(a)).hits()).hasSize(1);
      // The log is one for both.
      assertThat(docs.get(List.of("a"), b)).hasSize(1);
      assertThat(other.get(List.of("b"), a)).hasSize(1);
      assertThat(docs.get(List.of("a"), docs.delete(List.of()).sequence())).hasSize(1);
      assertThatThrownBy(() -> docs.get(List.of("a"), b + 100))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("sequence " + (b + 100))
          .hasMessageContaining("log ends at");
    }
  }

  @Test
  void aReadElsewhereWaitsForTheOwnersFlush() {
    try (ProximaEngine owner = ProximaEngine.open(options());
        ProximaEngine reader =
            ProximaEngine.open(options().withHome(folder.resolve("reader-home")))) {
      Collection docs = owner.createCollection(DOCS, Records.schema());
      long sequence = docs.upsert(List.of(Records.of("a", 1))).sequence();
      Collection elsewhere = reader.collection(DOCS);
      assertThatThrownBy(() -> elsewhere.get(List.of("a"), sequence))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("has flushed up to 0");
      CompletableFuture<Void> flush = CompletableFuture.runAsync(docs::flush);
      assertThat(elsewhere.get(List.of("a"), sequence)).hasSize(1);
      flush.join();
      long deletion = docs.delete(List.of("never")).sequence();
      docs.flush();
      assertThat(elsewhere.get(List.of("a"), deletion)).hasSize(1);
    }
  }
}
