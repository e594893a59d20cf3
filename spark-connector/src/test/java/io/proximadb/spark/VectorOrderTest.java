package io.proximadb.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.MaintenanceWork;
import io.proximadb.maintenance.MaintenanceWorks;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.UpdateProperties;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ORDER BY distance LIMIT k} that scans take part in, and what EXPLAIN says if not. */
class VectorOrderTest {
  private static final String QUERY = "array(20f, 1f, 0f)";

  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() throws Exception {
    spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
    TestCollections.rows(spark, "r", 0, 40).coalesce(1).writeTo("prox.db.t").append();
    TestCollections.rows(spark, "r", 40, 80).coalesce(1).writeTo("prox.db.t").append();
  }

  private Dataset<Row> ordered(String order) {
    return spark.sql("SELECT id FROM prox.db.t " + order);
  }

  @Test
  void scansTellTheDistanceThatTheyOrderBy() {
    String l2 = "vector_l2_distance(vector, " + QUERY + ")";
    List<Row> near =
        spark
            .sql(
                "SELECT id, _distance, "
                    + l2
                    + " AS expected FROM prox.db.t WHERE n >= 3 ORDER BY "
                    + l2
                    + " LIMIT 5")
            .collectAsList();
    assertThat(near).hasSize(5);
    assertThat(near).allSatisfy(row -> assertThat(row.get(1)).isEqualTo(row.get(2)).isNotNull());
    // Nobody asked for an order: there is no distance, and none is counted.
    Row all = spark.sql("SELECT count(*), count(_distance), max(_distance) FROM prox.db.t").head();
    assertThat(all.getLong(0)).isPositive();
    assertThat(all.getLong(1)).isZero();
    assertThat(all.isNullAt(2)).isTrue();
  }

  private static List<String> ids(Dataset<Row> rows) {
    return rows.collectAsList().stream().map(row -> row.getString(0)).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ORDER BY vector_l2_distance(vector, Q), id LIMIT 3 | 3 by EUCLIDEAN | r20,r19,r21",
        "ORDER BY vector_l2_distance(Q, vector), id LIMIT 3 | 3 by EUCLIDEAN | r20,r19,r21",
        "WHERE n > 19 AND category = 'c0' ORDER BY vector_l1_distance(vector, Q), id LIMIT 2 OFFSET"
            + " 1 | 3 by MANHATTAN | r24,r27",
        "ORDER BY vector_inner_product(vector, Q) DESC LIMIT 2 | 2 by DOT | r79,r78",
        "ORDER BY vector_cosine_similarity(vector, array(0, 1, -2)) DESC LIMIT 1 | 1 by COSINE |"
            + " r0",
        "ORDER BY prox.vector_cosine_distance(vector, array(0, 1, -2)) LIMIT 1 | 1 by COSINE | r0"
      })
  void scansLeaveOutWhatIsTooFar(String order, String search, String expected) {
    Dataset<Row> rows = ordered(order.replace("Q", QUERY));
    assertThat(ids(rows)).containsExactly(expected.split(","));
    assertThat(Plans.of(rows)).contains("VectorSearch: nearest " + search).contains(", exact)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "WHERE n % 2 = 0 ORDER BY vector_l2_distance(vector, Q) LIMIT 1" + " | .n % 2) = 0) | r20",
        "ORDER BY vector_l2_distance(vector, (SELECT vector FROM prox.db.t WHERE id = 'r7')) LIMIT"
            + " 1 | the query vector is not a constant | r7",
        "ORDER BY vector_l2_distance(vector, Q) DESC LIMIT 1 | the farthest rows come first | r79",
        "ORDER BY vector_l2_distance(vector, Q), id LIMIT 5001 | at most 5000 | r20",
        "JOIN (SELECT 1 AS one) ON n > one ORDER BY vector_l2_distance(vector, Q) LIMIT 1"
            + " | Spark evaluates | r20"
      })
  void whatStaysWithSparkIsExplained(String order, String reason, String first) {
    Dataset<Row> rows = ordered(order.replace("Q", QUERY));
    assertThat(ids(rows)).startsWith(first);
    if (!order.startsWith("JOIN")) {
      assertThat(Plans.of(rows)).contains("VectorSearch: not in the scan").contains(reason);
    } else {
      assertThat(Plans.of(rows)).contains("VectorSearch");
    }
  }

  @Test
  void parametersVariablesAndDataFramesAreSearched() {
    Dataset<Row> byParameter =
        spark.sql(
            "SELECT id FROM prox.db.t ORDER BY vector_l2_distance(vector, :q) LIMIT 1",
            Map.of("q", new float[] {33, 0, 0}));
    assertThat(ids(byParameter)).containsExactly("r33");
    assertThat(Plans.of(byParameter)).contains("VectorSearch: nearest 1");
    Dataset<Row> frame =
        spark
            .table("prox.db.t")
            .withColumn(
                "d",
                org.apache.spark.sql.functions.expr("vector_l2_distance(vector, " + QUERY + ")"))
            .orderBy("d")
            .limit(2)
            .select("id");
    assertThat(ids(frame)).contains("r20");
    assertThat(Plans.of(frame)).contains("VectorSearch: nearest 2");
  }

  /** Rows without the other vector must not take places among the nearest. */
  @Test
  void anotherVectorThatMustBeThere() {
    try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(warehouse))) {
      Collection two =
          engine.createCollection(
              CollectionName.parse("db.two"),
              CollectionSchema.builder().vector(1, Metric.EUCLIDEAN).build());
      two.alter(
          new SchemaChange.AddVector(new VectorField("other", 1, Metric.EUCLIDEAN, null, true)));
      for (int i = 0; i < 10; i++) {
        Map<String, float[]> vectors = new HashMap<>();
        vectors.put("vector", new float[] {i});
        if (i >= 5) {
          vectors.put("other", new float[] {i});
        }
        two.upsert(List.of(new VectorRecord("r" + i, vectors, Map.of(), null)));
      }
    }
    Dataset<Row> rows =
        spark.sql(
            "SELECT id FROM prox.db.two WHERE other IS NOT NULL"
                + " ORDER BY vector_l2_distance(vector, array(0f)), id LIMIT 2");
    assertThat(ids(rows)).containsExactly("r5", "r6");
    assertThat(Plans.of(rows)).contains("a vector of another column");
  }

  @Test
  void queryOfAnotherDimensionFailsAsInSpark() {
    assertThatThrownBy(() -> ids(ordered("ORDER BY vector_l2_distance(vector, array(1f)) LIMIT 1")))
        .hasStackTraceContaining("VECTOR_DIMENSION_MISMATCH");
  }

  @Test
  void deletedRowsAreNotFound() {
    spark.sql("DELETE FROM prox.db.t WHERE n BETWEEN 19 AND 21");
    assertThat(ids(ordered("ORDER BY vector_l2_distance(vector, " + QUERY + "), id LIMIT 2")))
        .containsExactly("r18", "r22");
  }

  @ParameterizedTest
  @ValueSource(strings = {"off", "EXACT", "approx"})
  void theSessionSaysHow(String mode) {
    spark.conf().set("spark.proximadb.search.mode", mode);
    spark.conf().set("spark.proximadb.search.recall", "0.9");
    Dataset<Row> rows = ordered("ORDER BY vector_l1_distance(vector, " + QUERY + "), id LIMIT 2");
    assertThat(ids(rows)).containsExactly("r20", "r19");
    assertThat(Plans.of(rows))
        .contains(
            switch (mode) {
              case "off" -> "not in the scan, search.mode is off";
              case "approx" -> "approximate, recall 0.9";
              default -> "'vector', exact";
            });
  }

  @Test
  void settingsAreChecked() {
    spark.conf().set("spark.proximadb.search.mode", "fast");
    assertThatThrownBy(
            () -> ids(ordered("ORDER BY vector_l1_distance(vector, " + QUERY + ") LIMIT 2")))
        .hasStackTraceContaining("Invalid search.mode: 'fast' (expected exact, approx or off)");
    assertThatThrownBy(
            () ->
                spark.sql(
                    "ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.search.recall' = '2')"))
        .hasStackTraceContaining(
            "Invalid search.recall: '2' (expected a number above 0, at most 1)");
  }

  /** The table's property makes plain SQL approximate; an index answers in both layouts. */
  @ParameterizedTest
  @ValueSource(strings = {"viper", "lsm"})
  void indexesAnswerWhereTheTableSaysSo(String layout) throws Exception {
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.layout' = '" + layout + "')");
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.search.mode' = 'approx')");
    spark
        .range(100, 6_100, 1, 1)
        .selectExpr(
            "concat('x', id) AS id",
            "array(CAST(rand(1) * 99 AS FLOAT), CAST(rand(2) * 99 AS FLOAT), CAST(rand(3) * 99 AS"
                + " FLOAT)) AS vector",
            "CAST(id AS INT) AS n")
        .writeTo("prox.db.t")
        .append();
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      CollectionTable table = opened.load(CollectionName.parse("db.t"));
      UpdateProperties update = table.table().updateProperties();
      IndexDefinitions.properties("g", "hnsw", "vector", Map.of()).forEach(update::set);
      update.commit();
      table.refresh();
      for (MaintenanceWork work : MaintenanceWorks.standard()) {
        work.run(new MaintenanceScope(table, Clock.system(), FailPoints.NONE));
        table.refresh();
      }
    }
    List<Float> asked =
        spark.sql("SELECT vector FROM prox.db.t WHERE id = 'x1234'").head().getList(0);
    Dataset<Row> rows =
        ordered(
            "ORDER BY vector_l2_distance(vector, array"
                + asked.toString().replace('[', '(').replace(']', ')')
                + ") LIMIT 10");
    assertThat(ids(rows)).startsWith("x1234").hasSize(10);
    assertThat(Plans.of(rows)).contains("approximate, recall 0.95");
    assertThat(ScanFigures.of(rows, "proximadbRowsByIndex")).isGreaterThan(5_000);
    assertThat(ScanFigures.of(rows, "proximadbRowsRead")).isLessThan(60);
  }
}
