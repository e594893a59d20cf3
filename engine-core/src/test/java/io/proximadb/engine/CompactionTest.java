package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataOperations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are merged, dead rows go, and nothing else changes, whoever writes meanwhile. */
class CompactionTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path warehouse;

  private EngineOptions options() {
    return Engines.quiet(warehouse).withFlush(64 << 20, Duration.ofDays(1));
  }

  private static Map<String, Long> numbers(Collection docs, Map<String, Long> ids) {
    Map<String, Long> found = new TreeMap<>();
    docs.get(List.copyOf(ids.keySet()))
        .forEach(record -> found.put(record.record().id(), Records.number(record)));
    return found;
  }

  @Test
  void filesAreMergedAndDeadRowsGo() {
    Random random = Seed.random("CompactionTest.merged");
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse tables = Warehouse.open(options().catalog())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      Map<String, Long> model = new TreeMap<>();
      long number = 0;
      for (int flush = 0; flush < 9; flush++) {
        List<VectorRecord> batch = new ArrayList<>();
        Map<String, Long> written = new TreeMap<>();
        for (int i = 0; i < 40; i++) {
          written.put("r" + random.nextInt(150), ++number);
        }
        written.forEach((id, value) -> batch.add(Records.of(id, value)));
        docs.upsert(batch);
        model.putAll(written);
        String gone = "r" + random.nextInt(150);
        docs.delete(List.of(gone));
        model.remove(gone);
        docs.flush();
      }
      assertThat(docs.describe().dataFiles()).isEqualTo(9);
      List<MaintenanceResult> done = engine.maintain(DOCS);
      assertThat(done).isNotEmpty();
      assertThat(docs.describe().dataFiles()).isEqualTo(1);
      CollectionTable table = tables.load(DOCS);
      DataFile file = table.liveFiles().get(0).dataFile();
      assertThat(file.recordCount()).isEqualTo(model.size());
      assertThat(table.liveFiles().get(0).deletes()).isEmpty();
      assertThat(table.table().currentSnapshot().operation()).isEqualTo(DataOperations.REPLACE);
      assertThat(numbers(docs, model)).isEqualTo(model);
      assertThat(Tables.numbers(table)).isEqualTo(model);
      assertThat(Tables.numbersByIceberg(table)).isEqualTo(model);
      assertThat(engine.maintain(DOCS)).isEmpty();
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      assertThat(engine.collection(DOCS).describe().dataFiles()).isEqualTo(1);
    }
  }

  @Test
  void whatIsWrittenDuringACompactionIsCarriedOver() {
    Random random = Seed.random("CompactionTest.carried");
    Map<String, Long> model = new TreeMap<>();
    long[] number = {0};
    List<Runnable> meanwhile = new ArrayList<>();
    EngineOptions options =
        options()
            .withFailPoints(
                step -> {
                  if (step.equals("compaction.written")) {
                    List<Runnable> now = new ArrayList<>(meanwhile);
                    meanwhile.clear();
                    now.forEach(Runnable::run);
                  }
                });
    try (ProximaEngine engine = ProximaEngine.open(options);
        Warehouse tables = Warehouse.open(options.catalog())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      for (int round = 0; round < 8; round++) {
        for (int flush = 0; flush < 4; flush++) {
          upsert(docs, random, model, number);
          docs.flush();
        }
        CollectionTable other = tables.load(DOCS);
        // The engine's own flush, another writer's upsert, and writes that stay in memory.
        meanwhile.add(
            () -> {
              upsert(docs, random, model, number);
              docs.flush();
              String id = "r" + random.nextInt(60);
              model.put(id, ++number[0]);
              Tables.upsert(other, List.of(Records.of(id, number[0])));
              String gone = "r" + random.nextInt(60);
              model.remove(gone);
              Tables.delete(other, List.of(gone));
              docs.refresh();
              upsert(docs, random, model, number);
            });
        assertThat(engine.maintain(DOCS)).isNotEmpty();
        assertThat(meanwhile).isEmpty();
        assertThat(numbers(docs, model)).as("round %s", round).isEqualTo(model);
        assertThat(docs.describe().unflushedRecords()).isPositive();
        docs.flush();
        assertThat(Tables.numbers(other)).as("round %s", round).isEqualTo(model);
        assertThat(Tables.numbersByIceberg(other)).as("round %s", round).isEqualTo(model);
      }
      assertThat(tables.load(DOCS).liveFiles().stream().map(LiveFile::deletes))
          .anyMatch(deletes -> !deletes.isEmpty());
    }
  }

  private static void upsert(
      Collection docs, Random random, Map<String, Long> model, long[] number) {
    Map<String, VectorRecord> batch = new TreeMap<>();
    for (int i = 0; i < 10; i++) {
      String id = "r" + random.nextInt(60);
      batch.put(id, Records.of(id, ++number[0]));
      model.put(id, number[0]);
    }
    docs.upsert(List.copyOf(batch.values()));
  }
}
