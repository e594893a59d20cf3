package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of rows, and what commits changed. */
class ChangesTest {
  @TempDir Path warehouse;
  @TempDir Path checkpoint;
  private SparkSession spark;
  private final List<Long> snapshots = new ArrayList<>();

  @BeforeEach
  void write() throws Exception {
    spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
    append(0, 4, 0);
    append(2, 6, 10);
    spark.sql("DELETE FROM prox.db.t WHERE id = 'r0'");
    snapshots.add(snapshot());
  }

  private void append(int from, int to, int plus) throws Exception {
    TestCollections.rows(spark, "r", from, to)
        .withColumn("n", org.apache.spark.sql.functions.expr("n + " + plus))
        .coalesce(1)
        .writeTo("prox.db.t")
        .append();
    snapshots.add(snapshot());
  }

  private long snapshot() {
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      return opened.load(CollectionName.parse("db.t")).snapshotId().getAsLong();
    }
  }

  private Dataset<Row> changes(String range, String with) {
    return spark.sql(
        "SELECT id, n, _change_type FROM prox.db.t CHANGES FROM VERSION "
            + range
            + (with.isEmpty() ? "" : " WITH (" + with + ")"));
  }

  @Test
  void insertsAndDeletes() {
    assertThat(strings(changes(snapshots.get(0) + " INCLUSIVE TO VERSION " + snapshots.get(0), "")))
        .containsExactly("r0|0|insert", "r1|1|insert", "r2|2|insert", "r3|3|insert");
    assertThat(strings(changes(snapshots.get(0) + " EXCLUSIVE", "")))
        .containsExactly(
            "r0|0|delete",
            "r2|12|insert",
            "r2|2|delete",
            "r3|13|insert",
            "r3|3|delete",
            "r4|14|insert",
            "r5|15|insert");
    assertThat(strings(changes("2 INCLUSIVE TO VERSION 2 INCLUSIVE", ""))).hasSize(6);
    Row commit =
        spark
            .sql(
                "SELECT _commit_version, _commit_snapshot, _commit_timestamp < now() FROM prox.db.t"
                    + " CHANGES FROM VERSION "
                    + snapshots.get(2)
                    + " INCLUSIVE")
            .head();
    assertThat(commit.getLong(0)).isEqualTo(3);
    assertThat(commit.getLong(1)).isEqualTo(snapshots.get(2));
    assertThat(commit.getBoolean(2)).isTrue();
  }

  @Test
  void updatesBeforeAndAfterAndNetChanges() {
    assertThat(strings(changes(snapshots.get(0) + " EXCLUSIVE", "computeUpdates = 'true'")))
        .containsExactly(
            "r0|0|delete",
            "r2|12|update_postimage",
            "r2|2|update_preimage",
            "r3|13|update_postimage",
            "r3|3|update_preimage",
            "r4|14|insert",
            "r5|15|insert");
    assertThat(
            strings(changes(snapshots.get(0) + " INCLUSIVE", "deduplicationMode = 'netChanges'")))
        .containsExactly(
            "r1|1|insert", "r2|12|insert", "r3|13|insert", "r4|14|insert", "r5|15|insert");
    assertThat(
            strings(
                spark
                    .read()
                    .option("startingVersion", snapshots.get(1))
                    .option("startingBoundInclusive", "false")
                    .changes("prox.db.t")
                    .select("id", "_change_type")))
        .containsExactly("r0|delete");
  }

  @Test
  void rangesThatAreNone() {
    assertThatThrownBy(() -> changes("42 INCLUSIVE", "").collectAsList())
        .hasStackTraceContaining("Cannot read 'db.t' at version '42'");
    assertThatThrownBy(
            () ->
                changes(
                        snapshots.get(2)
                            + " EXCLUSIVE TO VERSION "
                            + snapshots.get(0)
                            + " INCLUSIVE",
                        "")
                    .collectAsList())
        .hasStackTraceContaining("the one did not become the other");
  }

  private List<String> stream(String option, String value) throws Exception {
    List<String> rows = new ArrayList<>();
    spark
        .readStream()
        .option(option, value)
        .table("prox.db.t")
        .select("id", "n")
        .writeStream()
        .option("checkpointLocation", checkpoint.toString())
        .trigger(Trigger.AvailableNow())
        .foreachBatch(
            (VoidFunction2<Dataset<Row>, Long>)
                (batch, id) -> rows.add(String.join(" ", strings(batch))))
        .start()
        .awaitTermination();
    return rows;
  }

  @Test
  void aStreamGivesTheTableAndThenWhatIsWritten() throws Exception {
    spark
        .sql(
            "SELECT 'x' AS id, array(1f, 1f, 1f) AS vector, TIMESTAMP '2020-01-01 00:00:00' AS"
                + " expires_at")
        .writeTo("prox.db.t")
        .append();
    List<String> first = stream("max-files-per-trigger", "1");
    // One batch for each file; that of the row that had expired has none.
    assertThat(first).containsExactlyInAnyOrder("r1|1", "r2|12 r3|13 r4|14 r5|15", "");
    assertThat(stream("max-files-per-trigger", "1")).isEmpty();
    append(5, 8, 20);
    append(8, 9, 0);
    assertThat(stream("max-files-per-trigger", "1")).containsExactly("r5|25 r6|26 r7|27", "r8|8");
  }

  @Test
  void aStreamBeginsAfterAVersion() throws Exception {
    assertThat(stream("start-after-version", Long.toString(snapshots.get(0))))
        .containsExactly("r2|12 r3|13 r4|14 r5|15");
    append(9, 10, 0);
    append(10, 12, 0);
    assertThat(stream("max-rows-per-trigger", "2")).containsExactly("r9|9", "r10|10 r11|11");
  }

  @Test
  void aStreamOfChangesPairsUpdates() throws Exception {
    List<String> rows = new ArrayList<>();
    spark
        .readStream()
        .option("startingVersion", snapshots.get(0))
        .option("startingBoundInclusive", "false")
        .changes("prox.db.t")
        .select("id", "n", "_change_type")
        .writeStream()
        .option("checkpointLocation", checkpoint.toString())
        .trigger(Trigger.AvailableNow())
        .foreachBatch(
            (VoidFunction2<Dataset<Row>, Long>) (batch, id) -> rows.addAll(strings(batch)))
        .start()
        .awaitTermination();
    assertThat(rows)
        .containsExactlyInAnyOrder(
            "r0|0|delete",
            "r2|12|insert",
            "r2|2|delete",
            "r3|13|insert",
            "r3|3|delete",
            "r4|14|insert",
            "r5|15|insert");
  }

  /** What expired in between would be missed without a word. */
  @Test
  void aStreamThatFellBehindFails() throws Exception {
    stream("start-after-version", "latest");
    append(20, 21, 0);
    append(21, 22, 0);
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      CollectionTable table = opened.load(CollectionName.parse("db.t"));
      table.table().expireSnapshots().expireSnapshotId(snapshots.get(3)).commit();
    }
    assertThatThrownBy(() -> stream("max-files-per-trigger", "1"))
        .hasStackTraceContaining("snapshot " + snapshots.get(3) + " has expired");
  }
}
