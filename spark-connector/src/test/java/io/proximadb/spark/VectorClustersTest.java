package io.proximadb.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.MaintenanceWork;
import io.proximadb.maintenance.MaintenanceWorks;
import io.proximadb.model.CollectionName;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clusters of a collection that Spark wrote, asked for in SQL. */
class VectorClustersTest {
  /** Enough for a model. */
  private static final int ROWS = 12_000;

  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() {
    spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
  }

  private List<Long> clusters(String query, int n) {
    return spark
        .sql(
            "SELECT cluster_id FROM vector_clusters('prox.db.t', "
                + query
                + ", "
                + n
                + ") ORDER BY rank")
        .collectAsList()
        .stream()
        .map(row -> row.getLong(0))
        .toList();
  }

  private void maintain() {
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      CollectionTable table = opened.load(CollectionName.parse("db.t"));
      for (MaintenanceWork work : MaintenanceWorks.standard()) {
        MaintenanceScope scope = new MaintenanceScope(table, Clock.system(), FailPoints.NONE);
        while (work.run(scope).more()) {
          scope = new MaintenanceScope(table, Clock.system(), FailPoints.NONE);
        }
      }
    }
  }

  @Test
  void theNearestClustersHaveTheNearestRows() throws Exception {
    String query = "array(77, 0.5, -1)";
    assertThat(clusters(query, 3)).isEmpty();
    TestCollections.rows(spark, "r", 0, ROWS).writeTo("prox.db.t").append();
    maintain();
    assertThat(spark.sql("SELECT id FROM prox.db.t WHERE _cluster_id IS NULL").count()).isZero();
    long all = spark.sql("SELECT DISTINCT _cluster_id FROM prox.db.t").count();
    assertThat(all).isGreaterThan(4);
    List<Long> three = clusters(query, 3);
    assertThat(three).hasSize(3).doesNotHaveDuplicates();
    assertThat(clusters(query, 1)).isEqualTo(three.subList(0, 1));
    assertThat(clusters(query, 1_000_000))
        .hasSize((int) all)
        .startsWith(three.toArray(Long[]::new));

    Row own = spark.sql("SELECT _cluster_id FROM prox.db.t WHERE id = 'r77'").head();
    assertThat(own.getLong(0)).isEqualTo(three.get(0));
    List<Row> found =
        spark
            .sql(
                "SELECT id, _cluster_id FROM prox.db.t WHERE _cluster_id IS NULL OR _cluster_id IN"
                    + " (SELECT cluster_id FROM vector_clusters('prox.db.t', "
                    + query
                    + ", 3)) ORDER BY vector_l2_distance(vector, "
                    + query
                    + ")")
            .collectAsList();
    assertThat(found).hasSizeLessThan(ROWS);
    assertThat(found.get(0).getString(0)).isEqualTo("r77");
    assertThat(found).allMatch(row -> three.contains(row.getLong(1)));
    String literals = three.toString().replace('[', '(').replace(']', ')');
    assertThat(spark.sql("SELECT id FROM prox.db.t WHERE _cluster_id IN " + literals).count())
        .isEqualTo(found.size());
    spark.sql("USE prox.db");
    assertThat(spark.sql("SELECT * FROM vector_clusters('db.t', " + query + ", 3)").count())
        .isEqualTo(3);
  }

  @Test
  void whatIsNotValidIsRefused() {
    Map<String, String> refused =
        Map.of(
            "vector_clusters('prox.db.t', array(1, 2, 3))", "expected vector_clusters(",
            "vector_clusters('prox.db.t', array(1, 2), 3)", "dimension",
            "vector_clusters('prox.db.t', array(1, NULL, 3), 3)", "component 1 is null",
            "vector_clusters('prox.db.t', array(1, 2, 3), 0)", "at least 1",
            "vector_clusters('prox.db.t', 'x', 3)", "expected a value of type ARRAY<FLOAT>",
            "vector_clusters('prox.db.t', array(rand(), 2, 3), 3)", "expected a constant",
            "vector_clusters('spark_catalog.db.t', array(1, 2, 3), 3)", "a catalog of ProximaDB",
            "vector_clusters('prox.db.none', array(1, 2, 3), 3)", "not found");
    refused.forEach(
        (call, message) ->
            assertThatThrownBy(() -> spark.sql("SELECT * FROM " + call).collectAsList())
                .as(call)
                .hasStackTraceContaining(message));
  }

  @Test
  void theLayoutIsChangedByAProperty() throws Exception {
    TestCollections.rows(spark, "r", 0, 10).writeTo("prox.db.t").append();
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.layout' = 'lsm')");
    maintain();
    assertThat(spark.table("prox.db.t").count()).isEqualTo(10);
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      assertThat(opened.load(CollectionName.parse("db.t")).liveFiles())
          .isNotEmpty()
          .allMatch(file -> file.location().endsWith(".avro"));
    }
    assertThatThrownBy(
            () -> spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.layout' = 'x')"))
        .hasStackTraceContaining("Invalid proximadb.layout: 'x'");
    assertThatThrownBy(
            () -> spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.a' = 'b')"))
        .hasStackTraceContaining("not supported");
  }
}
