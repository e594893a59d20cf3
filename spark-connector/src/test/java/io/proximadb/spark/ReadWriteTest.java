package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.create;
import static io.proximadb.spark.TestCollections.rows;
import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchRequest;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.SparseVector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadWriteTest {
  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() {
    spark = SparkSessions.open(warehouse);
  }

  private Dataset<Row> table() {
    return spark.table("prox.db.t");
  }

  private static String plan(Dataset<Row> query) {
    return query
        .queryExecution()
        .explainString(org.apache.spark.sql.execution.ExplainMode.fromString("formatted"));
  }

  @Test
  void emptyCollection() throws Exception {
    create(spark);
    assertThat(table().count()).isZero();
    assertThat(table().collectAsList()).isEmpty();
    rows(spark, "r", 0, 0).writeTo("prox.db.t").append();
    assertThat(table().filter("n > 3").collectAsList()).isEmpty();
  }

  @Test
  void appendReplacesRowsOfTheSameId() throws Exception {
    create(spark);
    rows(spark, "r", 0, 100).writeTo("prox.db.t").append();
    rows(spark, "r", 90, 110)
        .selectExpr("id", "vector", "'new' AS category", "n + 1000 AS n")
        .writeTo("prox.db.t")
        .append();
    assertThat(table().count()).isEqualTo(110);
    assertThat(table().select("id").distinct().count()).isEqualTo(110);
    assertThat(strings(table().filter("n >= 1105").select("id", "category", "n", "vector")))
        .containsExactly(
            "r105|new|1105|[105.0, 0.5, -1.0]",
            "r106|new|1106|[106.0, 0.5, -1.0]",
            "r107|new|1107|[107.0, 0.5, -1.0]",
            "r108|new|1108|[108.0, 0.5, -1.0]",
            "r109|new|1109|[109.0, 0.5, -1.0]");
    assertThat(strings(table().filter("id IN ('r89', 'r90')").select("id", "category", "n")))
        .containsExactly("r89|c2|89", "r90|new|1090");
  }

  @Test
  void sparseVectorsAreStructs() {
    spark.sql(
        "CREATE TABLE prox.db.s (id STRING NOT NULL, vector ARRAY<FLOAT>,"
            + " terms STRUCT<indices: ARRAY<INT>, values: ARRAY<FLOAT>>) TBLPROPERTIES ("
            + "'proximadb.vector.vector.dimension' = '2',"
            + " 'proximadb.vector.vector.profile' = 'cold',"
            + " 'proximadb.vector.terms.kind' = 'sparse',"
            + " 'proximadb.vector.terms.dimension' = '30522',"
            + " 'proximadb.vector.terms.metric' = 'DOT')");
    spark.sql(
        "INSERT INTO prox.db.s VALUES"
            + " ('a', array(1f, 2f), named_struct('indices', array(3, 70), 'values',"
            + " array(0.5f, 2f))),"
            + " ('b', array(2f, 1f), named_struct('indices', array(70), 'values', array(1f)))");
    assertThat(
            strings(
                spark.sql(
                    "SELECT id, concat_ws(',', terms.indices), terms.values[0] FROM prox.db.s"
                        + " WHERE size(terms.values) > 0")))
        .containsExactly("a|3,70|0.5", "b|70|1.0");
    try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(warehouse))) {
      Collection docs = engine.collection(CollectionName.parse("db.s"));
      assertThat(docs.describe().properties())
          .containsEntry("proximadb.vector.vector.profile", "cold");
      SparseVector query = SparseVector.of(new int[] {3, 70}, new float[] {1, 1});
      assertThat(docs.search(SearchRequest.of(query, 2, "terms")).hits())
          .extracting(hit -> hit.id() + " " + hit.distance())
          .containsExactly("a -2.5", "b -1.0");
    }
    assertThatThrownBy(
            () ->
                spark.sql(
                    "INSERT INTO prox.db.s VALUES ('c', array(1f, 2f),"
                        + " named_struct('indices', array(70, 3), 'values', array(1f, 1f)))"))
        .hasStackTraceContaining("index 3 stands behind 70");
    assertThatThrownBy(
            () ->
                spark.sql(
                    "CREATE TABLE prox.db.w (id STRING NOT NULL, terms ARRAY<FLOAT>)"
                        + " TBLPROPERTIES ('proximadb.vector.terms.kind' = 'sparse',"
                        + " 'proximadb.vector.terms.dimension' = '9')"))
        .hasStackTraceContaining("Invalid type of sparse vector column 'terms'");
  }

  @Test
  void insertFollowsTheDeclaredOrder() {
    create(spark);
    spark.sql(
        "INSERT INTO prox.db.t VALUES ('a', array(1, 2, 3), 'x', 7, NULL),"
            + " ('b', array(1.5, 2.5D, 3.5), NULL, NULL, TIMESTAMP '2999-01-01 00:00:00')");
    spark.sql("INSERT INTO prox.db.t (vector, id) VALUES (array(9f, 9f, 9f), 'c')");
    assertThat(strings(table()))
        .containsExactly(
            "a|[1.0, 2.0, 3.0]|x|7|null",
            "b|[1.5, 2.5, 3.5]|null|null|2999-01-01 00:00:00.0",
            "c|[9.0, 9.0, 9.0]|null|null|null");
  }

  @Test
  void everyTypeComesBack() {
    spark.sql(
        "CREATE TABLE prox.db.t (id STRING, b BOOLEAN, i INT, l BIGINT, f FLOAT, d DOUBLE, s"
            + " STRING, x BINARY, day DATE, at TIMESTAMP, tags ARRAY<STRING>, place STRUCT<city:"
            + " STRING, pos: ARRAY<DOUBLE>, at: TIMESTAMP, day: DATE>, deep ARRAY<STRUCT<n: INT,"
            + " ok: BOOLEAN, f: FLOAT, l: BIGINT, x: BINARY>>, vector ARRAY<FLOAT>) TBLPROPERTIES"
            + " ('proximadb.vector.vector.dimension' = '2')");
    String values =
        "('1', true, -7, 1234567890123, 1.5F, CAST('NaN' AS DOUBLE), 'größer 🚀', X'00FF',"
            + " DATE '1969-12-31', TIMESTAMP '1969-12-31 23:59:59.999999',"
            + " array('a', NULL, ''), named_struct('city', 'Ulm', 'pos', array(1.5D, NULL),"
            + " 'at', TIMESTAMP '2020-01-01 00:00:00', 'day', DATE '2020-02-29'),"
            + " array(named_struct('n', 1, 'ok', true, 'f', 0.5F, 'l', 2L, 'x', X'01'), NULL),"
            + " array(1F, -2F)),"
            + " ('2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
            + " array(0.25F, 0F)),"
            + " ('3', false, 0, 0, -0F, CAST('Infinity' AS DOUBLE), '', X'', DATE '9999-12-31',"
            + " TIMESTAMP '0001-01-01 00:00:00', array(), named_struct('city', NULL, 'pos', NULL,"
            + " 'at', NULL, 'day', NULL), array(), array(3F, 4F))";
    spark.sql("INSERT INTO prox.db.t VALUES " + values);
    Dataset<Row> expected =
        spark.createDataFrame(
            spark.sql("SELECT * FROM VALUES " + values).toDF(table().columns()).collectAsList(),
            table().schema());
    String text = "to_json(struct(*), map('ignoreNullFields', 'false')) AS j";
    assertThat(strings(table().selectExpr(text))).isEqualTo(strings(expected.selectExpr(text)));
    assertThat(strings(table().selectExpr("id", "place.city", "hex(get(deep, 0).x)", "size(tags)")))
        .isEqualTo(
            strings(expected.selectExpr("id", "place.city", "hex(get(deep, 0).x)", "size(tags)")));
  }

  @Test
  void predicatesAndProjectionArePushedDown() throws Exception {
    create(spark);
    rows(spark, "r", 0, 50).writeTo("prox.db.t").append();
    Dataset<Row> query = table().filter("category = 'c1' AND n < 10").select("id");
    assertThat(plan(query))
        .contains("PushedFilters: [category IS NOT NULL, n IS NOT NULL, category = 'c1', n < 10]")
        .contains("Output [1]: [id")
        .doesNotContain("Filter (");
    assertThat(strings(query)).containsExactly("r1", "r4", "r7");

    Dataset<Row> partly = table().filter("category = 'c1' AND n % 4 = 0").select("id");
    assertThat(plan(partly)).contains("category = 'c1'").contains("Filter (");
    assertThat(strings(partly)).containsExactly("r16", "r28", "r4", "r40");
    assertThat(table().filter("n >= 40").count()).isEqualTo(10);
  }

  @Test
  void sourceWithoutCatalog() throws Exception {
    create(spark);
    Map<String, String> options = Map.of("warehouse", warehouse.toString(), "collection", "db.t");
    rows(spark, "r", 0, 10).write().format("proximadb").options(options).mode("append").save();
    Dataset<Row> read = spark.read().format("proximadb").options(options).load();
    assertThat(read.count()).isEqualTo(10);
    rows(spark, "r", 5, 20).write().format("proximadb").options(options).mode("append").save();
    assertThat(read.filter("n >= 0").count()).isEqualTo(20);
    assertThat(table().count()).isEqualTo(20);
  }

  @Test
  void heldTableSeesLaterCommits() throws Exception {
    create(spark);
    Dataset<Row> held = table();
    assertThat(held.count()).isZero();
    rows(spark, "r", 0, 10).writeTo("prox.db.t").append();
    assertThat(held.filter("n >= 0").count()).isEqualTo(10);
  }

  @Test
  void cachedTableIsRefreshedByWrites() throws Exception {
    create(spark);
    rows(spark, "r", 0, 10).writeTo("prox.db.t").append();
    spark.sql("CACHE TABLE prox.db.t");
    assertThat(table().count()).isEqualTo(10);
    rows(spark, "r", 5, 15).writeTo("prox.db.t").append();
    assertThat(table().count()).isEqualTo(15);
    spark.sql("UNCACHE TABLE prox.db.t");
  }

  @Test
  void expiredRowsAreGone() {
    create(spark);
    spark.sql(
        "INSERT INTO prox.db.t VALUES ('past', array(1, 2, 3), 'x', 1, current_timestamp() -"
            + " INTERVAL 1 SECOND), ('future', array(1, 2, 3), 'x', 2, current_timestamp() +"
            + " INTERVAL 1 DAY), ('never', array(1, 2, 3), 'x', 3, NULL)");
    assertThat(strings(table().select("id"))).containsExactly("future", "never");
    assertThat(table().count()).isEqualTo(2);
    assertThat(table().filter("expires_at IS NOT NULL").count()).isEqualTo(1);
  }

  @Test
  void systemColumnsCanBeAskedFor() {
    create(spark);
    spark.sql("INSERT INTO prox.db.t VALUES ('a', array(1, 2, 3), 'x', 1, NULL)");
    Row first = spark.sql("SELECT _version, _updated_at FROM prox.db.t").head();
    assertThat(first.getLong(0))
        .isEqualTo(
            first.getTimestamp(1).toInstant().getEpochSecond() * 1_000_000
                + first.getTimestamp(1).getNanos() / 1_000);
    spark.sql("INSERT INTO prox.db.t VALUES ('a', array(1, 2, 3), 'x', 1, NULL)");
    assertThat(spark.sql("SELECT id FROM prox.db.t WHERE _version > " + first.getLong(0)).count())
        .isEqualTo(1);
  }

  @Test
  void createTableAsSelectAndSimilarity() {
    rows(spark, "r", 0, 20).createOrReplaceTempView("source");
    spark.sql(
        "CREATE TABLE prox.db.t TBLPROPERTIES ('proximadb.vector.vector.dimension' = '3') AS"
            + " SELECT id, vector, n FROM source");
    assertThat(
            strings(
                spark.sql(
                    "SELECT id FROM prox.db.t"
                        + " ORDER BY vector_l2_distance(vector, array(7.1, 0.5, -1)) LIMIT 2")))
        .containsExactly("r7", "r8");
  }

  @Test
  void statisticsAreReported() throws Exception {
    create(spark);
    rows(spark, "r", 0, 50).writeTo("prox.db.t").append();
    rows(spark, "r", 0, 10).writeTo("prox.db.t").append();
    assertThat(table().queryExecution().optimizedPlan().stats().rowCount().get().toString())
        .isEqualTo("50");
    assertThat(plan(table())).contains("files=");
  }

  @Test
  void plainIcebergReadersSeeTheSameRows() throws Exception {
    create(spark);
    rows(spark, "r", 0, 60).writeTo("prox.db.t").append();
    rows(spark, "r", 40, 80).writeTo("prox.db.t").append();
    spark.sql("DELETE FROM prox.db.t WHERE n < 5");
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      CollectionTable collection = opened.load(CollectionName.parse("db.t"));
      assertThat(generics(collection))
          .isEqualTo(strings(table().select("id", "category", "n", "vector")));
    }
  }

  private static List<String> generics(CollectionTable collection) throws IOException {
    List<String> rows = new ArrayList<>();
    try (CloseableIterable<Record> records = IcebergGenerics.read(collection.table()).build()) {
      for (Record record : records) {
        rows.add(
            record.getField("id")
                + "|"
                + record.getField("category")
                + "|"
                + record.getField("n")
                + "|"
                + record.getField("vector"));
      }
    }
    return rows.stream().sorted().toList();
  }
}
