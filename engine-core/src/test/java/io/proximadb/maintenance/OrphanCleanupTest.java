package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.testkit.FaultyCatalog;
import io.proximadb.testkit.FaultyCatalog.Fault;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphanCleanupTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path folder;
  private final Upkeep upkeep = new Upkeep();
  private Warehouse warehouse;
  private CollectionTable table;

  @BeforeEach
  void open() {
    warehouse = Warehouse.open(Map.of("warehouse", folder.toString()));
    table = warehouse.create(DOCS, Records.schema(), Map.of());
    for (int i = 0; i < 4; i++) {
      Tables.upsert(table, List.of(Records.of("a", i), Records.of("b" + i, i)));
    }
  }

  @AfterEach
  void close() {
    warehouse.close();
  }

  private long clean() {
    return upkeep.run(new OrphanCleanup(), table).filesRemoved();
  }

  @Test
  void whatNothingNamesGoesWhenItIsOld() {
    Path data = Upkeep.stray(table, "data", "lost.parquet");
    Path deletes = Upkeep.stray(table, "data/part=1", "lost-deletes.puffin");
    Path index = Upkeep.stray(table, "_proximadb/index", "lost.parquet.ids-v1");
    Path manifest = Upkeep.stray(table, "metadata", "lost-m0.avro");
    Path metadata = Upkeep.stray(table, "metadata", "00009-lost.metadata.json");
    Path flush = Upkeep.stray(table, Upkeep.staging("flush"), "lost2.parquet");
    Path compaction = Upkeep.stray(table, Upkeep.staging("compaction"), "lost3.parquet");
    Path flink = Upkeep.stray(table, Upkeep.staging("flink"), "waits.parquet");
    Path flinkIndex = Upkeep.stray(table, "_proximadb/index", "waits.parquet.ids-v1");
    Path unknown = Upkeep.stray(table, "_proximadb/models", "something");
    Path elsewhere = Upkeep.stray(table, "notes", "readme.txt");
    List<Path> all = Upkeep.files(table);

    assertThat(clean()).isZero();
    upkeep.pass(Duration.ofHours(7));
    assertThat(new OrphanCleanup().plan(upkeep.scope(table)).filesRemoved()).isEqualTo(2);
    assertThat(Upkeep.files(table)).hasSameSizeAs(all);
    assertThat(clean()).isEqualTo(2);
    assertThat(List.of(flush, compaction)).noneMatch(Files::exists);
    upkeep.pass(Duration.ofHours(18));
    assertThat(clean()).isEqualTo(5);
    assertThat(List.of(data, deletes, index, manifest, metadata)).noneMatch(Files::exists);
    assertThat(List.of(flink, flinkIndex, unknown, elsewhere)).allMatch(Files::exists);
    upkeep.pass(Duration.ofDays(7));
    assertThat(clean()).isEqualTo(2);
    assertThat(Upkeep.strays(table)).containsExactlyInAnyOrder(unknown, elsewhere);
    Upkeep.checkWhole(table);
  }

  @Test
  void filesOfACommitThatMayStillPassAreLeftAlone() {
    List<StagedSegment> segments = Tables.stage(table, List.of(Records.of("late", 7)));
    Upkeep.age(table, Duration.ofDays(2));
    // Written two days ago, and moved to its place just now: a commit is about to name it.
    segments.forEach(segment -> Staging.promote(table.table().io(), segment));
    assertThat(clean()).isZero();
    RowLevelCommit commit = RowLevelCommit.on(table);
    segments.forEach(commit::add);
    commit.commit();
    assertThat(clean()).isZero();
    assertThat(Tables.numbers(table)).containsEntry("late", 7L);
    Upkeep.checkWhole(table);
  }

  @Test
  void filesWhoseCommitPassedWithoutSayingSoAreNoStrays(@TempDir Path other) {
    FaultyCatalog.Plan plan = new FaultyCatalog.Plan();
    // The table's creation is the first, the lease the second.
    plan.at(3, Fault.UNKNOWN_PASSED).at(5, Fault.UNKNOWN_NOT_PASSED).at(6, Fault.REFUSED);
    EngineOptions options =
        EngineOptions.of(FaultyCatalog.properties(other, plan))
            .withCatalogProperty(MaintenanceOptions.THREADS, "0")
            .withHome(other.resolve("home"));
    try (ProximaEngine engine = ProximaEngine.open(options);
        Warehouse faulty = Warehouse.open(FaultyCatalog.properties(other, plan))) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      for (int i = 0; i < 4; i++) {
        docs.upsert(List.of(Records.of("a", i), Records.of("b" + i, i)));
        docs.flush();
        CollectionTable own = faulty.load(DOCS);
        // All are old, those of the engine's next flush excepted.
        Upkeep.age(own, Duration.ofDays(9));
        upkeep.run(new OrphanCleanup(), own);
        Upkeep.checkWhole(own);
        assertThat(Upkeep.strays(own)).isEmpty();
      }
      assertThat(plan.happened()).isEqualTo(3);
      assertThat(Tables.numbersByIceberg(faulty.load(DOCS))).hasSize(5).containsEntry("a", 3L);
      assertThat(docs.get("b2")).isPresent();
    }
  }

  @Test
  void nothingIsRemovedWhereFilesAreShared() {
    Upkeep.stray(table, "data", "lost.parquet");
    Upkeep.set(table, Map.of("gc.enabled", "false"));
    upkeep.pass(Duration.ofDays(30));
    assertThat(clean()).isZero();
  }

  @Test
  void aManifestThatCannotBeReadStopsEverything() throws Exception {
    Path stray = Upkeep.stray(table, "data", "lost.parquet");
    Path manifest =
        Path.of(table.table().currentSnapshot().allManifests(table.table().io()).get(0).path());
    Files.move(manifest, folder.resolve("away"));
    upkeep.pass(Duration.ofDays(30));
    org.assertj.core.api.Assertions.assertThatThrownBy(this::clean)
        .isInstanceOf(io.proximadb.error.UnavailableException.class);
    assertThat(stray).exists();
    Files.move(folder.resolve("away"), manifest);
    assertThat(clean()).isEqualTo(1);
  }
}
