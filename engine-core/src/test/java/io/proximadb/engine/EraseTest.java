package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.EraseReceipt;
import io.proximadb.api.EraseReceipt.Kind;
import io.proximadb.api.EraseRequest;
import io.proximadb.api.SnapshotRef;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.ConflictException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.maintenance.SnapshotPins;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.ForeignEngine;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import io.proximadb.testkit.Traces;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.apache.iceberg.ManageSnapshots;
import org.apache.iceberg.Snapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an erasure does to a collection's files, and whom it respects. */
class EraseTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final CollectionName OTHERS = CollectionName.parse("others");
  private static final long FIRST = 7_000_000_000_000L;

  @TempDir Path temp;

  private EngineOptions options() {
    return Engines.quiet(temp.resolve("warehouse"))
        .withHome(temp.resolve("home"))
        .withFlush(64 << 20, Duration.ofHours(1))
        .withRefreshInterval(Duration.ZERO);
  }

  private Warehouse warehouse() {
    return Warehouse.open(options().catalog());
  }

  private static String id(long i) {
    return "person-%04d-record".formatted(i);
  }

  private static List<VectorRecord> records(long from, long to) {
    return LongStream.range(from, to).mapToObj(i -> Records.of(id(i), FIRST + i)).toList();
  }

  private List<String> traces(long... people) {
    return new Traces(
            LongStream.of(people).mapToObj(EraseTest::id).toList(),
            LongStream.of(people).map(i -> FIRST + i).boxed().toList())
        .in(temp);
  }

  @ParameterizedTest
  @CsvSource({"viper,3", "viper,2", "lsm,3", "lsm,2"})
  void nothingIsLeftOfARecordWhereverItWas(String layout, String format) {
    EngineOptions options =
        options()
            .withCatalogProperty(
                "proximadb.wal.mirror.location", temp.resolve("mirror").toString());
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs =
          engine.createCollection(
              DOCS,
              Records.schema(),
              Map.of(StorageFormat.LAYOUT_PROPERTY, layout, "format-version", format));
      docs.upsert(records(0, 50));
      docs.flush();
      docs.upsert(records(40, 60));
      docs.delete(List.of(id(1), id(50), "person-never-record"));
      docs.flush();
      try (Warehouse warehouse = warehouse()) {
        CollectionTable table = warehouse.load(DOCS);
        ForeignEngine foreign = new ForeignEngine(table, Seed.random("EraseTest"));
        foreign.append(
            foreign.write(List.of(foreign.row(id(2), FIRST + 2), foreign.row(id(70), FIRST + 70))));
        foreign.delta(
            List.of(),
            List.of(foreign.equalityDelete(List.of("id"), List.of(foreign.row(id(3), 0)))));
        foreign.delta(
            List.of(),
            List.of(foreign.equalityDelete(List.of("id"), List.of(foreign.row(id(99), 0)))));
        table.refresh();
        Iterator<Snapshot> snapshots = table.table().snapshots().iterator();
        long first = snapshots.next().snapshotId();
        ManageSnapshots manage = table.table().manageSnapshots();
        manage.createTag("audit", first).createBranch("experiment", first).commit();
      }
      docs.upsert(records(5, 7));
      Set<String> people = Set.of(id(1), id(2), id(3), id(5), id(50), id(70), id(99), "nobody");
      assertThat(traces(1, 2, 3, 5, 50, 70, 99)).hasSizeGreaterThan(5);

      EraseReceipt receipt = docs.erase(people);

      assertThat(receipt.remaining()).isEmpty();
      assertThat(receipt.isComplete()).isTrue();
      assertThat(traces(1, 2, 3, 5, 50, 70, 99)).isEmpty();
      assertThat(new Traces(List.of("person-never-record"), List.of()).in(temp)).isEmpty();
      assertThat(receipt.ids()).isEqualTo(people);
      assertThat(receipt.found()).containsExactlyInAnyOrder(id(1), id(2), id(3), id(5), id(70));
      assertThat(receipt.rows()).isEqualTo(7);
      assertThat(receipt.references()).hasSize(2).anyMatch(r -> r.startsWith("tag audit of"));
      assertThat(receipt.snapshotsExpired()).isGreaterThan(5);
      assertThat(receipt.removedCounts())
          .containsKeys(
              Kind.DATA_FILE,
              Kind.DELETE_FILE,
              Kind.SIDE_FILE,
              Kind.MANIFEST,
              Kind.METADATA_FILE,
              Kind.LOG_SEGMENT,
              Kind.MIRROR_OBJECT);
      assertThat(receipt.rewritten(Kind.DATA_FILE).count()).isEqualTo(2);
      assertThat(receipt.verified()).hasSizeGreaterThanOrEqualTo(4);
      assertThat(docs.get(List.copyOf(people))).isEmpty();
      assertThat(docs.describe().dataRows()).isEqualTo(60 - 5);
      try (Warehouse warehouse = warehouse()) {
        CollectionTable table = warehouse.load(DOCS);
        assertThat(Tables.numbersByIceberg(table))
            .isEqualTo(Tables.numbers(table))
            .hasSize(60 - 5)
            .containsEntry(id(6), FIRST + 6);
        assertThat(table.table().snapshots()).hasSize(1);
        assertThat(table.properties()).containsEntry("write.metadata.previous-versions-max", "100");
      }
    }
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      assertThat(engine.collection(DOCS).describe().dataRows()).isEqualTo(60 - 5);
      engine.collection(DOCS).upsert(records(5, 6));
      assertThat(engine.collection(DOCS).get(id(5))).isPresent();
    }
  }

  @Test
  void anIdThatWasNeverThereIsErasedAndSaidNotToBeFound() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      EraseReceipt empty = docs.erase(List.of("nobody"));
      assertThat(empty.isComplete()).isTrue();
      assertThat(empty.snapshotAfter()).isEmpty();
      docs.upsert(records(0, 5));
      EraseReceipt receipt = docs.erase(List.of("nobody"));
      assertThat(receipt.isComplete()).isTrue();
      assertThat(receipt.found()).isEmpty();
      assertThat(receipt.rows()).isZero();
      assertThat(docs.get(id(4))).isPresent();
      assertThatThrownBy(() -> docs.erase(List.of()))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("expected 1 to");
      assertThatThrownBy(() -> docs.erase(List.of("")))
          .isInstanceOf(InvalidArgumentException.class);
    }
  }

  @Test
  void pinsAndOpenViewsBlockUntilTheCallerGoesOn() {
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = warehouse()) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(records(0, 5));
      docs.flush();
      CollectionTable table = warehouse.load(DOCS);
      long snapshot = table.snapshotId().getAsLong();
      String pin = new SnapshotPins(table, Clock.system()).create(snapshot, Duration.ofHours(1));
      try (CollectionView view = docs.at(SnapshotRef.id(snapshot))) {
        assertThatThrownBy(() -> docs.erase(List.of(id(1))))
            .isInstanceOf(ConflictException.class)
            .hasMessageContaining(pin)
            .hasMessageContaining("an open view of snapshot " + snapshot);
        assertThat(docs.get(id(1))).isPresent();
        EraseReceipt receipt = docs.erase(EraseRequest.of(List.of(id(1))).endingPins());
        assertThat(receipt.isComplete()).isTrue();
        assertThat(receipt.references()).containsExactly("tag " + pin + " of snapshot " + snapshot);
        assertThat(receipt.outOfReach()).anyMatch(line -> line.contains("open view of snapshot"));
        assertThat(traces(1)).isEmpty();
        assertThat(view.snapshot().id()).isEqualTo(snapshot);
      }
    }
  }

  @Test
  void recordsOfOtherCollectionsInTheSameLogAreKept() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      Collection others = engine.createCollection(OTHERS, Records.schema());
      docs.upsert(records(0, 5));
      others.upsert(records(100, 110));
      assertThat(docs.erase(List.of(id(0), id(100))).isComplete()).isTrue();
      assertThat(traces(0)).isEmpty();
      assertThat(others.get(id(100))).isPresent();
      others.upsert(records(110, 120));
      docs.upsert(records(0, 1));
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      assertThat(engine.collection(OTHERS).describe().dataRows()).isEqualTo(20);
      assertThat(engine.collection(DOCS).get(id(0))).isPresent();
    }
  }

  @Test
  void writesOfARecordThatIsBeingErasedAreRefusedAndOthersPass() {
    List<String> seen = new ArrayList<>();
    AtomicReference<Collection> docs = new AtomicReference<>();
    EngineOptions options =
        options()
            .withFailPoints(
                step -> {
                  if (step.equals("erase.deleted")) {
                    assertThatThrownBy(() -> docs.get().upsert(records(1, 2)))
                        .isInstanceOf(ConflictException.class)
                        .hasMessageContaining("is being erased");
                    docs.get().upsert(records(7, 8));
                    seen.add(step);
                  }
                });
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      docs.set(engine.createCollection(DOCS, Records.schema()));
      docs.get().upsert(records(0, 5));
      assertThat(docs.get().erase(List.of(id(1))).isComplete()).isTrue();
      assertThat(seen).hasSize(1);
      assertThat(docs.get().get(id(7))).isPresent();
      docs.get().upsert(records(1, 2));
      assertThat(docs.get().get(id(1))).isPresent();
    }
  }

  @Test
  void filesOfAnotherWriterThatIsAtWorkAreLeftAndNamed() {
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = warehouse()) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(records(0, 5));
      docs.flush();
      CollectionTable table = warehouse.load(DOCS);
      ForeignEngine foreign = new ForeignEngine(table, Seed.random("EraseTest"));
      var file = foreign.write(List.of(foreign.row(id(1), FIRST + 1)));
      EraseReceipt receipt = docs.erase(List.of(id(1)));
      assertThat(receipt.isComplete()).isFalse();
      assertThat(receipt.remaining()).hasSize(1).allMatch(line -> line.contains(file.location()));
      // The other writer's commit is right, and a new record.
      foreign.append(file);
      docs.refresh();
      assertThat(docs.get(id(1))).isPresent();
      foreign.write(List.of(foreign.row(id(1), FIRST + 1)));
      assertThat(docs.erase(EraseRequest.of(List.of(id(1))).alone()).isComplete()).isTrue();
      assertThat(traces(1)).isEmpty();
    }
  }

  @Test
  void aRowThatCannotBeMovedStopsTheErasureAndLosesNothing() {
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = warehouse()) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(records(0, 5));
      docs.flush();
      CollectionTable table = warehouse.load(DOCS);
      ForeignEngine foreign = new ForeignEngine(table, Seed.random("EraseTest"));
      var odd = foreign.row(id(9), FIRST + 9);
      odd.setField("vector", List.of(1f, 2f));
      foreign.append(foreign.write(List.of(foreign.row(id(8), FIRST + 8), odd)));
      assertThatThrownBy(() -> docs.erase(List.of(id(8))))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("no vector that fits")
          .hasMessageContaining("erase again");
      assertThat(docs.get(id(0))).isPresent();
      assertThat(docs.get(id(8))).isEmpty();
      docs.upsert(records(9, 10));
      docs.flush();
      assertThat(docs.erase(List.of(id(8))).isComplete()).isTrue();
      assertThat(traces(8)).isEmpty();
    }
  }
}
