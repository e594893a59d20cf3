package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.apache.iceberg.types.Types;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading snapshots of the past. */
class TimeTravelTest {
  @TempDir Path warehouse;
  private SparkSession spark;
  private long first;
  private Instant firstTime;
  private long second;

  @BeforeEach
  void commitTwice() throws Exception {
    spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
    TestCollections.rows(spark, "r", 0, 20).writeTo("prox.db.t").append();
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      CollectionTable table = opened.load(CollectionName.parse("db.t"));
      first = table.snapshotId().getAsLong();
      firstTime = Instant.ofEpochMilli(table.table().currentSnapshot().timestampMillis());
      table.table().updateProperties().set("commented", "yes").commit();
      table.table().manageSnapshots().createTag("release", first).commit();
      TestCollections.rows(spark, "r", 10, 30)
          .selectExpr("id", "vector", "category", "n + 100 AS n", "expires_at")
          .writeTo("prox.db.t")
          .append();
      spark.sql("DELETE FROM prox.db.t WHERE n = 3");
      table.refresh();
      second = table.snapshotId().getAsLong();
    }
  }

  private Dataset<Row> count(String version) {
    return spark.sql("SELECT count(*), max(n) FROM prox.db.t " + version);
  }

  @Test
  void versionsAndTimes() {
    assertThat(strings(count(""))).containsExactly("29|129");
    assertThat(strings(count("VERSION AS OF " + second))).containsExactly("29|129");
    assertThat(strings(count("VERSION AS OF " + first))).containsExactly("20|19");
    assertThat(strings(count("VERSION AS OF 'release'"))).containsExactly("20|19");
    assertThat(strings(count("VERSION AS OF 1"))).containsExactly("20|19");
    assertThat(strings(count("TIMESTAMP AS OF '" + firstTime + "'"))).containsExactly("20|19");
    assertThat(strings(count("TIMESTAMP AS OF now()"))).containsExactly("29|129");
  }

  @Test
  void optionsOfDataFrames() {
    assertThat(spark.read().option("versionAsOf", first).table("prox.db.t").count()).isEqualTo(20);
    assertThat(
            spark.read().option("timestampAsOf", firstTime.toString()).table("prox.db.t").count())
        .isEqualTo(20);
    for (Map<String, String> option :
        java.util.List.of(
            Map.of("versionAsOf", Long.toString(first)),
            Map.of("timestampAsOf", firstTime.toString()))) {
      assertThat(
              spark
                  .read()
                  .format("proximadb")
                  .option("warehouse", warehouse.toString())
                  .option("collection", "db.t")
                  .options(option)
                  .load()
                  .count())
          .isEqualTo(20);
    }
  }

  @Test
  void ordersAndJoinsSearchTheSnapshot() {
    Dataset<Row> ordered =
        spark.sql(
            "SELECT id, n FROM prox.db.t VERSION AS OF "
                + first
                + " ORDER BY vector_l2_distance(vector, array(11, 0.5, -1)), id LIMIT 2");
    assertThat(Plans.of(ordered)).contains("VectorSearch: nearest 2").contains("snapshot=" + first);
    assertThat(ordered.collectAsList().stream().map(Row::mkString).toList())
        .containsExactly("r1111", "r1010");
    Dataset<Row> joined =
        spark.sql(
            "SELECT t.id, n FROM VALUES (array(25f, 0.5f, -1f)) AS q(v) JOIN (SELECT * FROM"
                + " prox.db.t VERSION AS OF "
                + first
                + ") t EXACT NEAREST 1 BY DISTANCE vector_l2_distance(q.v, t.vector)");
    assertThat(Plans.of(joined)).contains("ProximaNearest(1");
    assertThat(strings(joined)).containsExactly("r19|19");
  }

  @Test
  void snapshotsThatAreNotThere() {
    assertThatThrownBy(() -> count("VERSION AS OF 42"))
        .hasStackTraceContaining(
            "Cannot read 'db.t' at version '42': there is no such snapshot, or it has expired");
    assertThatThrownBy(() -> count("VERSION AS OF 'nothing'"))
        .hasStackTraceContaining("expected the id of one, its number, or a tag");
    assertThatThrownBy(() -> count("TIMESTAMP AS OF '2001-01-01'"))
        .hasStackTraceContaining("Cannot read 'db.t' as of 2001-01-01T00:00:00Z");
    assertThatThrownBy(() -> spark.sql("SELECT * FROM prox.db.none VERSION AS OF 42"))
        .hasMessageContaining("TABLE_OR_VIEW_NOT_FOUND");
  }

  /** Rows are those of the snapshot's time: what has expired since is there. */
  @Test
  void rowsThatHaveExpiredSince() throws Exception {
    spark
        .sql(
            "SELECT 'x' AS id, array(1f, 1f, 1f) AS vector, now() + INTERVAL 1 SECOND AS"
                + " expires_at")
        .writeTo("prox.db.t")
        .append();
    long third;
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      third = opened.load(CollectionName.parse("db.t")).snapshotId().getAsLong();
    }
    org.awaitility.Awaitility.await()
        .until(() -> spark.sql("SELECT * FROM prox.db.t WHERE id = 'x'").isEmpty());
    assertThat(strings(spark.sql("SELECT id FROM prox.db.t VERSION AS OF " + third)))
        .hasSize(30)
        .contains("x");
  }

  /** A column is there as soon as it was added, and not in snapshots from before. */
  @Test
  void schemasAreThoseOfTheSnapshots() throws Exception {
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      CollectionTable table = opened.load(CollectionName.parse("db.t"));
      table.table().updateSchema().addColumn("colour", Types.StringType.get()).commit();
    }
    assertThat(strings(spark.sql("SELECT count(*), count(colour) FROM prox.db.t WHERE n >= 0")))
        .containsExactly("29|0");
    spark
        .sql("SELECT 'y' AS id, array(1f, 1f, 1f) AS vector, 'red' AS colour")
        .writeTo("prox.db.t")
        .append();
    assertThat(strings(spark.sql("SELECT colour FROM prox.db.t WHERE colour IS NOT NULL")))
        .containsExactly("red");
    assertThatThrownBy(() -> spark.sql("SELECT colour FROM prox.db.t VERSION AS OF " + second))
        .hasMessageContaining("UNRESOLVED_COLUMN");
    assertThat(strings(count("VERSION AS OF " + second))).containsExactly("29|129");
  }
}
