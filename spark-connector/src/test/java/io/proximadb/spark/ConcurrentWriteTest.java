package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.create;
import static io.proximadb.spark.TestCollections.rows;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConcurrentWriteTest {
  private static final int WRITERS = 2;
  private static final int JOBS = 4;
  private static final int SHARED = 50;
  private static final int OWN = 20;

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
}
