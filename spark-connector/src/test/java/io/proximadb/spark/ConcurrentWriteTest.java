package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.create;
import static io.proximadb.spark.TestCollections.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConcurrentWriteTest {
  private static final int WRITERS = 2;
  private static final int JOBS = 4;
  private static final int SHARED = 50;
  private static final int OWN = 20;
  private static final int ENGINE_BATCHES = 40;

  @TempDir Path warehouse;

  /** Each job upserts the shared ids and some of its own. */
  @Test
  void nothingIsLostAndNoIdStandsTwice() throws Exception {
    SparkSession spark = SparkSessions.open(warehouse);
    create(spark);
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    List<Future<?>> writers = new ArrayList<>();
    for (int writer = 0; writer < WRITERS; writer++) {
      int number = writer;
      SparkSession session = SparkSessions.open(warehouse);
      writers.add(threads.submit(() -> write(session, number)));
    }
    for (Future<?> writer : writers) {
      writer.get(5, TimeUnit.MINUTES);
    }
    threads.shutdown();

    assertThat(spark.table("prox.db.t").count()).isEqualTo(SHARED + WRITERS * JOBS * OWN);
    List<Row> ids =
        spark
            .sql("SELECT id, count(*) FROM prox.db.t GROUP BY id HAVING count(*) > 1")
            .collectAsList();
    assertThat(ids).isEmpty();
    // The rows of one commit replaced those of the other as a whole.
    assertThat(
            spark
                .sql("SELECT DISTINCT category FROM prox.db.t WHERE id LIKE 'shared%'")
                .collectAsList())
        .hasSize(1);
  }

  private static Void write(SparkSession session, int writer) throws Exception {
    for (int job = 0; job < JOBS; job++) {
      int first = job * OWN;
      String category = "'w" + writer + "-" + job + "' AS category";
      rows(session, "shared", 0, SHARED)
          .union(rows(session, "own" + writer + "-", first, first + OWN))
          .selectExpr("id", "vector", category, "n")
          .writeTo("prox.db.t")
          .append();
    }
    return null;
  }

  /** Two jobs and an engine that flushes in between write the same ids and some of their own. */
  @ParameterizedTest
  @ValueSource(strings = {"viper", "lsm"})
  void jobsAndAnEngineLoseNothing(String layout) throws Exception {
    Path folder = warehouse.resolve("warehouse");
    SparkSession spark = SparkSessions.open(folder);
    create(spark);
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.layout' = '" + layout + "')");
    EngineOptions options =
        EngineOptions.of(
                Map.of("warehouse", folder.toString(), "proximadb.maintenance.threads", "0"))
            .withHome(warehouse.resolve("home"));
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 1);
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      List<Future<?>> writers = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        int number = writer;
        SparkSession session = SparkSessions.open(folder);
        writers.add(threads.submit(() -> write(session, number)));
      }
      writers.add(threads.submit(() -> write(engine)));
      for (Future<?> writer : writers) {
        writer.get(5, TimeUnit.MINUTES);
      }
    } finally {
      threads.shutdown();
    }
    assertThat(spark.table("prox.db.t").count())
        .isEqualTo(SHARED + WRITERS * JOBS * OWN + ENGINE_BATCHES);
    assertThat(
            spark.sql("SELECT id FROM prox.db.t GROUP BY id HAVING count(*) > 1").collectAsList())
        .isEmpty();
    assertThat(TestCollections.files(spark, "__spark")).isEmpty();
  }

  private static Void write(ProximaEngine engine) {
    Collection collection = engine.collection(CollectionName.parse("db.t"));
    for (int batch = 0; batch < ENGINE_BATCHES; batch++) {
      List<VectorRecord> records = new ArrayList<>();
      for (int i = 0; i < SHARED; i++) {
        records.add(record("shared" + i, batch));
      }
      records.add(record("engine" + batch, batch));
      collection.upsert(records);
      if (batch % 4 == 3) {
        collection.flush();
      }
    }
    return null;
  }

  private static VectorRecord record(String id, int n) {
    return VectorRecord.of(id, new float[] {n, 1, 2}, Map.of("category", "engine", "n", n));
  }
}
