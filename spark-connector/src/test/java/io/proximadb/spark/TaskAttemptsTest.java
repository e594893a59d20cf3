package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.model.CollectionName;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskKilled;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Attempts of tasks that are killed while they write, as those are that lose to another attempt.
 */
class TaskAttemptsTest {
  /** Some hundred milliseconds of writing for each task, in the midst of which it is killed. */
  private static final int ROWS = 12_000;

  private static final int KILLED = 3;

  @TempDir Path warehouse;

  /** Kills the first attempts of tasks that write, until it has killed enough. */
  private static final class Killer extends SparkListener {
    private final SparkSession spark;
    private final AtomicInteger left = new AtomicInteger(KILLED);
    private final AtomicInteger killed = new AtomicInteger();

    /** Stages whose tasks give their results to no shuffle. */
    private final Set<Integer> last = ConcurrentHashMap.newKeySet();

    Killer(SparkSession spark) {
      this.spark = spark;
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
      if (submitted.stageInfo().shuffleDepId().isEmpty()) {
        last.add(submitted.stageInfo().stageId());
      }
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
      if (last.contains(start.stageId())
          && start.taskInfo().attemptNumber() == 0
          && left.getAndDecrement() > 0) {
        spark.sparkContext().killTaskAttempt(start.taskInfo().taskId(), true, "another was faster");
      }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (end.reason() instanceof TaskKilled) {
        killed.incrementAndGet();
      }
    }
  }

  private static CollectionTable table(Path warehouse) {
    return Warehouses.open(Map.of("warehouse", warehouse.toString()))
        .load(CollectionName.parse("db.t"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"viper", "lsm"})
  void killedAttemptsLeaveNothing(String layout) throws Exception {
    SparkSession spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.layout' = '" + layout + "')");
    rows(spark, "r", 0, 100).writeTo("prox.db.t").append();
    // The rows lie ready, so that the tasks that are killed are those that write.
    var rows = rows(spark, "r", 0, ROWS).repartition(4).cache();
    assertThat(rows.count()).isEqualTo(ROWS);
    Killer killer = new Killer(spark);
    spark.sparkContext().addSparkListener(killer);
    try {
      rows.writeTo("prox.db.t").append();
    } finally {
      spark.sparkContext().removeSparkListener(killer);
      rows.unpersist();
    }
    assertThat(killer.killed.get()).as("killed attempts").isPositive();
    assertThat(spark.table("prox.db.t").count()).isEqualTo(ROWS);
    assertThat(spark.sql("SELECT id FROM prox.db.t GROUP BY id HAVING count(*) > 1").count())
        .isZero();
    int files = table(warehouse).liveFiles().size();
    assertThat(TestCollections.files(spark, "__spark")).isEmpty();
    assertThat(TestCollections.files(spark, "/data/"))
        .filteredOn(file -> !file.toString().endsWith(".puffin"))
        .hasSize(files);
    assertThat(TestCollections.files(spark, ".ids-v1")).hasSizeLessThanOrEqualTo(files);
  }

  /**
   * The rows that a job replaces are looked for by tasks, and on the driver where that is little.
   */
  @Test
  void replacedRowsOfManyFilesAreFound() throws Exception {
    SparkSession spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
    rows(spark, "r", 0, 20_000).writeTo("prox.db.t").append();
    spark.conf().set("spark.sql.shuffle.partitions", 16);
    spark.conf().set("spark.sql.adaptive.enabled", false);
    for (int i = 0; i < 3; i++) {
      rows(spark, "r", 0, 20_000)
          .withColumn("category", functions.lit("v" + i))
          .writeTo("prox.db.t")
          .append();
    }
    // The last of them looked through the files of those before.
    assertThat(20_000L * (table(warehouse).liveFiles().size() - 16)).isGreaterThan(500_000);
    assertThat(spark.table("prox.db.t").count()).isEqualTo(20_000);
    assertThat(spark.sql("SELECT DISTINCT category FROM prox.db.t").collectAsList().toString())
        .isEqualTo("[[v2]]");
  }
}
