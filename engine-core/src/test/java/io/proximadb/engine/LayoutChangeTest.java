package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.maintenance.Compaction;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.model.CollectionName;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.SchemaChange;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The layout of a collection that is changed by name, while it is written and when it fails. */
class LayoutChangeTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path folder;

  private final Map<String, Long> expected = new TreeMap<>();
  private volatile String failAt = "";

  private EngineOptions options() {
    return Engines.quiet(folder.resolve("warehouse"))
        .withFlush(64 << 20, Duration.ofHours(1))
        .withFailPoints(
            step -> {
              if (step.equals(failAt)) {
                throw new UnavailableException("The test fails at " + step);
              }
            });
  }

  private void write(Collection docs, String id, long number) {
    docs.upsert(List.of(Records.of(id, number)));
    expected.put(id, number);
  }

  private static List<String> suffixes(CollectionTable table) {
    table.refresh();
    return table.liveFiles().stream()
        .map(LiveFile::location)
        .map(file -> file.substring(file.lastIndexOf('.')))
        .distinct()
        .toList();
  }

  private void check(Collection docs) {
    Map<String, Long> found = new TreeMap<>();
    docs.get(List.copyOf(expected.keySet()))
        .forEach(r -> found.put(r.id(), (Long) r.record().metadata().get("number")));
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void newFilesAreOfItAtOnceAndOldOnesAreRewritten() {
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = Warehouse.open(options().catalog())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      CollectionTable table = warehouse.load(DOCS);
      MaintenanceScope scope =
          new MaintenanceScope(warehouse.load(DOCS), Clock.system(), FailPoints.NONE);
      write(docs, "a", 1);
      docs.flush();
      write(docs, "b", 2);
      assertThat(new Compaction().plan(scope)).isEqualTo(MaintenanceResult.NOTHING);
      docs.alter(SchemaChange.layout("lsm"), SchemaChange.add("more", Scalar.INT));
      write(docs, "a", 3);
      docs.flush();
      assertThat(suffixes(table)).containsExactlyInAnyOrder(".parquet", ".avro");
      MaintenanceResult planned = new Compaction().plan(scope);
      assertThat(planned.done()).isTrue();
      assertThat(planned.what()).startsWith("would rewrite 1 files in 1 step");
      assertThat(planned.rowsRemoved()).isEqualTo(1);
      assertThat(engine.maintain(DOCS)).isNotEmpty();
      assertThat(suffixes(table)).containsExactly(".avro");
      assertThat(new Compaction().plan(scope)).isEqualTo(MaintenanceResult.NOTHING);
      check(docs);
      docs.alter(SchemaChange.layout("viper"));
      engine.maintain(DOCS);
      assertThat(suffixes(table)).containsExactly(".parquet");
      check(docs);
      assertThat(Tables.numbersByIceberg(table)).isEqualTo(expected);
      assertThatThrownBy(
              () -> docs.alter(SchemaChange.add("yet", Scalar.INT), SchemaChange.layout("btree")))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'btree'")
          .hasMessageContaining("viper");
      assertThat(docs.schema().metadataField("yet")).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alter.begun",
        "alter.committed",
        "alter.installed",
        "compaction.started",
        "compaction.written",
        "compaction.committed",
        "maintenance.installed"
      })
  void aChangeThatStopsAnywhereGoesOnWithTheNextEngine(String step) {
    Path warehouse = folder.resolve("warehouse");
    Path crashed = folder.resolve("crashed");
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      for (int flush = 0; flush < 3; flush++) {
        write(docs, "a", flush);
        write(docs, "b" + flush, flush);
        docs.flush();
      }
      write(docs, "memory", 9);
      failAt = step;
      assertThatThrownBy(
              () -> {
                docs.alter(SchemaChange.layout("lsm"));
                engine.maintain(DOCS);
              })
          .hasMessageContaining(step);
      failAt = "";
      Folders.copy(warehouse, crashed);
      check(docs);
    }
    Folders.restore(crashed, warehouse);
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse tables = Warehouse.open(options().catalog())) {
      Collection docs = engine.collection(DOCS);
      check(docs);
      docs.alter(SchemaChange.layout("lsm"));
      docs.flush();
      engine.maintain(DOCS);
      CollectionTable table = tables.load(DOCS);
      assertThat(suffixes(table)).containsExactly(".avro");
      check(docs);
      assertThat(Tables.numbersByIceberg(table)).isEqualTo(expected);
    }
  }
}
