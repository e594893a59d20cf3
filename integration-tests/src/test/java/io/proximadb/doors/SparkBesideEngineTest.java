package io.proximadb.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.children.SparkRows;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes, a Spark job and an engine, upsert the same ids at once. */
class SparkBesideEngineTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int IDS = 40;
  private static final int SPARK_JOBS = 12;

  @TempDir Path folder;

  @Test
  void nothingIsLostAndTheLaterCommitWins() throws Exception {
    Path warehouse = folder.resolve("warehouse");
    Random random = Seed.random("SparkBesideEngineTest");
    ExecutorService thread = Executors.newSingleThreadExecutor();
    EngineOptions options = EngineOptions.local(warehouse).withFlush(64 << 20, Duration.ofHours(1));
    try (ProximaEngine engine = ProximaEngine.open(options);
        Warehouse catalog = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      Future<?> spark = thread.submit(() -> SparkRows.run(folder, warehouse, sparkJobs()));
      int written = 0;
      int sparkCommits = 0;
      while (!spark.isDone()) {
        List<VectorRecord> records = new ArrayList<>();
        for (int id = 0; id < IDS; id++) {
          if (random.nextInt(4) == 0) {
            records.add(Records.of("r" + id, 1_000_000 + written));
          }
        }
        docs.upsert(records);
        for (VectorRecord record : records) {
          assertThat(Records.number(docs.get(record.id()).orElseThrow()))
              .as("an acknowledged write of %s is visible at the owner", record.id())
              .isEqualTo(1_000_000 + written);
        }
        written++;
        if (random.nextInt(20) == 0) {
          docs.flush();
        }
        sparkCommits = foreignCommits(catalog.load(DOCS));
      }
      spark.get();
      docs.flush();
      CollectionTable table = catalog.load(DOCS);
      System.out.println(written + " engine writes beside " + sparkCommits + " Spark commits");
      assertThat(written).isGreaterThan(SPARK_JOBS);
      assertThat(Tables.numbers(table)).isEqualTo(Tables.numbersByCommitOrder(table));
      assertThat(Tables.numbers(table)).hasSize(IDS);
    } finally {
      thread.shutdownNow();
    }
  }

  private static int foreignCommits(CollectionTable table) {
    int commits = 0;
    for (Snapshot snapshot : table.table().snapshots()) {
      boolean engines =
          snapshot.summary().containsKey("proximadb.engine-id")
              || snapshot.operation().equals(DataOperations.REPLACE);
      commits += engines ? 0 : 1;
    }
    return commits;
  }

  private static String sparkJobs() {
    StringBuilder jobs = new StringBuilder();
    for (int job = 0; job < SPARK_JOBS; job++) {
      int number = 2_000_000 + job;
      jobs.append(
          "INSERT INTO prox.default.docs (id, category, number, vector) SELECT concat('r', n), 's',"
              + " "
              + number
              + "L, array(1f, 2f, 3f, 4f) FROM (SELECT explode(sequence(0, "
              + (IDS - 1)
              + ")) AS n) WHERE (n + "
              + job
              + ") % 3 = 0;\n");
    }
    return jobs.toString();
  }
}
