package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.TableProperties;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.FencedException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An engine beside writers that commit to the same table without it. */
class SideBySideTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path folder;

  private EngineOptions options() {
    return EngineOptions.local(folder)
        .withFlush(64 << 20, Duration.ofHours(1))
        .withRefreshInterval(Duration.ZERO);
  }

  private static Map<String, Long> numbers(Collection collection) {
    Map<String, Long> numbers = new TreeMap<>();
    try (ScanResult scan = collection.scan(ScanRequest.all())) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          String id = (String) batch.column("id").value(i);
          assertThat(numbers.put(id, (Long) batch.column("number").value(i)))
              .as("id %s is there twice", id)
              .isNull();
        }
      }
    }
    return numbers;
  }

  @Test
  void foreignCommitsAreSeenAndAnEnginesFlushLandsAfterThem() {
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()));
        ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      CollectionTable table = warehouse.load(DOCS);
      docs.upsert(List.of(Records.of("a", 1), Records.of("b", 2)));
      Tables.upsert(table, List.of(Records.of("b", 20), Records.of("c", 30)));
      // The engine's unflushed write of b is a commit that has yet to land.
      assertThat(numbers(docs)).isEqualTo(Map.of("a", 1L, "b", 2L, "c", 30L));
      docs.flush();
      assertThat(Tables.numbers(table)).isEqualTo(Map.of("a", 1L, "b", 2L, "c", 30L));
      Tables.upsert(table, List.of(Records.of("a", 10)));
      assertThat(numbers(docs)).isEqualTo(Map.of("a", 10L, "b", 2L, "c", 30L));
      docs.delete(List.of("c"));
      assertThat(numbers(docs)).isEqualTo(Map.of("a", 10L, "b", 2L));
      docs.flush();
      assertThat(Tables.numbersByIceberg(table)).isEqualTo(Map.of("a", 10L, "b", 2L));
    }
  }

  @Test
  void aFlushThatChangesNoRowLeavesNothingInMemory() {
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()));
        ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      CollectionTable table = warehouse.load(DOCS);
      docs.upsert(List.of(Records.of("a", 1)));
      docs.delete(List.of("a"));
      docs.flush();
      assertThat(docs.describe().unflushedRecords()).isZero();
      Tables.upsert(table, List.of(Records.of("a", 10)));
      assertThat(numbers(docs)).isEqualTo(Map.of("a", 10L));
      docs.upsert(List.of(Records.of("b", 2)));
      docs.flush();
      assertThat(Tables.numbers(table)).isEqualTo(Map.of("a", 10L, "b", 2L));
    }
  }

  @Test
  void engineAndForeignWriterLoseNothing() throws Exception {
    Random seeds = Seed.random("SideBySideTest.concurrent");
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()));
        ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      CollectionTable table = warehouse.load(DOCS);
      Random foreignRandom = new Random(seeds.nextLong());
      Future<?> foreign =
          threads.submit(
              () -> {
                for (int i = 0; i < 25; i++) {
                  Tables.upsert(table, records(foreignRandom, 2_000_000 + i));
                }
              });
      Random random = new Random(seeds.nextLong());
      for (int i = 0; i < 60; i++) {
        List<VectorRecord> records = records(random, 1_000_000 + i);
        docs.upsert(records);
        for (VectorRecord record : records) {
          StoredRecord read = docs.get(record.id()).orElseThrow();
          assertThat(Records.number(read)).isEqualTo(1_000_000 + i);
        }
        if (random.nextInt(5) == 0) {
          docs.flush();
        }
        numbers(docs);
      }
      foreign.get();
      docs.flush();
      CollectionTable fresh = warehouse.load(DOCS);
      assertThat(numbers(docs)).isEqualTo(Tables.numbersByCommitOrder(fresh));
      assertThat(Tables.numbers(fresh)).isEqualTo(Tables.numbersByCommitOrder(fresh));
      assertThat(Tables.numbersByIceberg(fresh)).isEqualTo(Tables.numbers(fresh));
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<VectorRecord> records(Random random, long number) {
    List<VectorRecord> records = new ArrayList<>();
    for (int id = 0; id < 30; id++) {
      if (random.nextInt(4) == 0) {
        records.add(Records.of("r" + id, number));
      }
    }
    return records;
  }

  @Test
  void aFencedEnginesFlushIsRefused() {
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()));
        ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("a", 1)));
      CollectionTable table = warehouse.load(DOCS);
      String epoch = table.property(TableProperties.OWNER_EPOCH);
      RowLevelCommit.on(table)
          .requireProperty(TableProperties.OWNER_EPOCH, epoch)
          .setProperty(TableProperties.OWNER_EPOCH, Long.toString(Long.parseLong(epoch) + 1))
          .commit();
      assertThatThrownBy(docs::flush)
          .isInstanceOf(FencedException.class)
          .hasMessageContaining("own epoch=" + epoch);
      assertThatThrownBy(() -> docs.upsert(List.of(Records.of("b", 2))))
          .isInstanceOf(FencedException.class);
      assertThat(Tables.numbers(table)).isEmpty();
      assertThat(Path.of(table.context().location(), "data")).isEmptyDirectory();
    }
  }
}
