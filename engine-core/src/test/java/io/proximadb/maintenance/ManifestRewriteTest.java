package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.DataFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestRewriteTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final Map<String, String> EARLY =
      Map.of(MaintenanceSettings.MANIFEST_MIN_COUNT, "5");

  @TempDir Path folder;
  private final Upkeep upkeep = new Upkeep();

  private static Map<String, String> lineage(CollectionTable table) {
    table.refresh();
    Map<String, String> lineage = new TreeMap<>();
    table
        .liveFiles()
        .forEach(
            live -> {
              DataFile file = live.dataFile();
              lineage.put(
                  file.location(),
                  file.firstRowId()
                      + " "
                      + file.dataSequenceNumber()
                      + " "
                      + live.deletes().size());
            });
    return lineage;
  }

  private static int dataManifests(CollectionTable table) {
    table.refresh();
    return table.table().currentSnapshot().dataManifests(table.table().io()).size();
  }

  @Test
  void manySmallManifestsBecomeOne() {
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      CollectionTable table = warehouse.create(DOCS, Records.schema(), EARLY);
      for (int i = 0; i < 6; i++) {
        Tables.upsert(table, List.of(Records.of("a", i), Records.of("b" + i, i)));
      }
      Map<String, Long> rows = Tables.numbers(table);
      Map<String, String> lineage = lineage(table);
      assertThat(dataManifests(table)).isEqualTo(6);
      ManifestRewrite rewrite = new ManifestRewrite();
      assertThat(rewrite.plan(upkeep.scope(table)).what())
          .isEqualTo("would merge 6 manifests of data files");
      assertThat(upkeep.run(rewrite, table).done()).isTrue();
      assertThat(dataManifests(table)).isEqualTo(1);
      assertThat(table.table().currentSnapshot().operation()).isEqualTo("replace");
      assertThat(lineage(table)).isEqualTo(lineage);
      assertThat(Tables.numbers(table)).isEqualTo(rows);
      assertThat(Tables.numbersByIceberg(table)).isEqualTo(rows);
      upkeep.pass(Duration.ofHours(2));
      assertThat(upkeep.run(rewrite, table).done()).isFalse();
      upkeep.run(new SnapshotExpiry(), table);
      assertThat(Upkeep.strays(table)).isEmpty();
      assertThat(lineage(table)).isEqualTo(lineage);
    }
  }

  @Test
  void anEngineAndOtherWritersGoOnOverIt() {
    EngineOptions options =
        Engines.quiet(folder)
            .withCatalogProperty(MaintenanceOptions.THREADS, "0")
            .withFlush(1 << 20, Duration.ofHours(1));
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      CollectionTable other;
      CollectionTable table;
      try (ProximaEngine engine = ProximaEngine.open(options)) {
        Collection docs = engine.createCollection(DOCS, Records.schema(), EARLY);
        table = warehouse.load(DOCS);
        other = warehouse.load(DOCS);
        ManifestRewrite rewrite = new ManifestRewrite();
        for (int i = 0; i < 12; i++) {
          docs.upsert(List.of(Records.of("a", i), Records.of("b" + i, i)));
          upkeep.pass(Duration.ofMinutes(2));
          int round = i;
          rewrite.run(
              upkeep.scope(
                  table,
                  step -> {
                    // A flush between the look and the commit of the rewrite.
                    if (step.equals("manifest-rewrite.found") && round % 2 == 0) {
                      docs.flush();
                    }
                  }));
          if (i % 3 == 0) {
            Tables.upsert(other, List.of(Records.of("c", i)));
          } else {
            docs.flush();
          }
          assertThat(Records.number(docs.get("a").orElseThrow())).isEqualTo(i);
        }
        docs.refresh();
        assertThat(Records.number(docs.get("c").orElseThrow())).isEqualTo(9);
        docs.upsert(List.of(Records.of("unflushed", 5)));
      }
      // The log position, the session and the lease's epoch are properties, and stay.
      try (ProximaEngine engine = ProximaEngine.open(options)) {
        Collection docs = engine.collection(DOCS);
        assertThat(docs.get("unflushed")).isPresent();
        docs.upsert(List.of(Records.of("again", 6)));
        docs.flush();
      }
      assertThat(Tables.numbersByIceberg(table)).hasSize(16).containsEntry("a", 11L);
      assertThat(Tables.numbers(table)).isEqualTo(Tables.numbersByIceberg(table));
      assertThat(dataManifests(table)).isLessThan(10);
    }
  }
}
