package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code NEAREST BY} joins with a collection. */
class NearestJoinTest {
  private static final String BY = " BY DISTANCE vector_l2_distance(q.v, d.vector)";

  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() throws Exception {
    spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
    TestCollections.rows(spark, "r", 0, 30).coalesce(1).writeTo("prox.db.t").append();
    TestCollections.rows(spark, "r", 30, 60).coalesce(1).writeTo("prox.db.t").append();
    spark
        .range(3)
        .selectExpr("id AS q", "array(CAST(id * 20 AS FLOAT), 0.5f, -1f) AS v")
        .createOrReplaceTempView("queries");
  }

  private Dataset<Row> join(String columns, String right, String nearest) {
    return spark.sql("SELECT " + columns + " FROM queries q " + right + " d " + nearest + BY);
  }

  @Test
  void eachRowLooksUpItsNearest() {
    Dataset<Row> rows = join("q, d.id, d.n", "JOIN prox.db.t", "APPROX NEAREST 2");
    assertThat(strings(rows)).hasSize(6).contains("0|r0|0", "0|r1|1", "1|r20|20", "2|r40|40");
    assertThat(Plans.of(rows))
        .contains("ProximaNearest(2 by vector_l2_distance of 'vector' in db.t, approximate");
  }

  @Test
  void filtersAndNamesOfTheRightSideAreKept() {
    Dataset<Row> rows =
        spark.sql(
            "WITH c AS (SELECT id AS name, vector AS x FROM prox.db.t WHERE category = 'c1' AND n >"
                + " 5) SELECT q.q, c.name FROM queries q JOIN c EXACT NEAREST 1 BY DISTANCE"
                + " vector_l2_distance(c.x, q.v)");
    assertThat(strings(rows)).containsExactly("0|r7", "1|r19", "2|r40");
    assertThat(Plans.of(rows)).contains("ProximaNearest(1").contains("exact");
  }

  @Test
  void leftJoinsKeepRowsWithoutAnyNear() {
    assertThat(
            strings(
                join(
                    "q, d.id",
                    "LEFT JOIN (SELECT * FROM prox.db.t WHERE n < 0)",
                    "APPROX NEAREST 2")))
        .containsExactly("0|null", "1|null", "2|null");
    assertThat(
            strings(
                join("q, d.id", "JOIN (SELECT * FROM prox.db.t WHERE n < 0)", "APPROX NEAREST 2")))
        .isEmpty();
  }

  @Test
  void dataFramesAndSimilarities() {
    Dataset<Row> rows =
        spark
            .table("queries")
            .nearestByJoin(
                spark.table("prox.db.t"),
                functions.expr("vector_inner_product(v, vector)"),
                1,
                "approx",
                "similarity")
            .select("q", "id");
    assertThat(strings(rows)).contains("1|r59", "2|r59");
    assertThat(Plans.of(rows)).contains("ProximaNearest(1 by vector_inner_product");
  }

  /** A union takes the columns of its second side by position, and names none of them. */
  @Test
  void columnsTakenByPositionAreThere() {
    Dataset<Row> nearest =
        spark
            .table("queries")
            .nearestByJoin(
                spark.table("prox.db.t").select("id", "n", "vector"),
                functions.expr("vector_l2_distance(v, vector)"),
                1,
                "exact",
                "distance");
    Dataset<Row> both = nearest.union(nearest).selectExpr("q", "id", "n");
    assertThat(strings(both))
        .containsExactly("0|r0|0", "0|r0|0", "1|r20|20", "1|r20|20", "2|r40|40", "2|r40|40");
    assertThat(Plans.of(both)).contains("ProximaNearest(1");
  }

  @Test
  void whatStaysWithSparkIsExplained() {
    Dataset<Row> rows =
        join("q, d.id", "JOIN (SELECT * FROM prox.db.t WHERE n % 2 = 0)", "APPROX NEAREST 1");
    assertThat(strings(rows)).containsExactly("0|r0", "1|r20", "2|r40");
    assertThat(Plans.of(rows))
        .contains("VectorSearch: not in the scan, Spark evaluates the filter")
        .doesNotContain("ProximaNearest");
    spark.conf().set("spark.proximadb.search.mode", "off");
    assertThat(Plans.of(join("q, d.id", "JOIN prox.db.t", "APPROX NEAREST 1")))
        .doesNotContain("ProximaNearest");
  }

  @Test
  void queriesOfAnotherDimensionFailAsInSpark() {
    spark.sql("SELECT 1 AS q, array(1f) AS v").createOrReplaceTempView("queries");
    assertThatThrownBy(() -> join("q, d.id", "JOIN prox.db.t", "APPROX NEAREST 1").collectAsList())
        .hasStackTraceContaining("VECTOR_DIMENSION_MISMATCH");
  }

  /** Spark makes a cached plan anew when rows are written to a table that it finds in the plan. */
  @Test
  void aCachedJoinSeesWhatIsWritten() throws Exception {
    Dataset<Row> cached = join("q, d.id, d.n", "JOIN prox.db.t", "APPROX NEAREST 1").cache();
    assertThat(strings(cached)).containsExactly("0|r0|0", "1|r20|20", "2|r40|40");
    assertThat(Plans.of(join("q, d.id, d.n", "JOIN prox.db.t", "APPROX NEAREST 1")))
        .contains("InMemoryTableScan");
    spark
        .sql("SELECT 'new' AS id, array(20f, 0.5f, -1f) AS vector, 7 AS n")
        .writeTo("prox.db.t")
        .append();
    spark.sql("DELETE FROM prox.db.t WHERE id = 'r20' OR id = 'r40'");
    assertThat(strings(join("q, d.id, d.n", "JOIN prox.db.t", "APPROX NEAREST 1")))
        .contains("0|r0|0", "1|new|7")
        .doesNotContain("2|r40|40");
    cached.unpersist();
  }

  /** A join says itself what it may do; settings make it exact, or leave it to Spark. */
  @Test
  void settingsOfTableAndReadCount() throws Exception {
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.search.recall' = '0.8')");
    assertThat(Plans.of(join("q, d.id", "JOIN prox.db.t", "APPROX NEAREST 1")))
        .contains("approximate, recall 0.8");
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.search.mode' = 'exact')");
    assertThat(Plans.of(join("q, d.id", "JOIN prox.db.t", "APPROX NEAREST 1")))
        .contains(", exact)");
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.search.mode' = 'off')");
    Dataset<Row> off = join("q, d.id", "JOIN prox.db.t", "EXACT NEAREST 1");
    assertThat(Plans.of(off)).doesNotContain("ProximaNearest").contains("search.mode is off");
    assertThat(strings(off)).containsExactly("0|r0", "1|r20", "2|r40");
    Dataset<Row> read =
        spark
            .table("queries")
            .nearestByJoin(
                spark
                    .read()
                    .option("search.mode", "approx")
                    .option("search.recall", "0.6")
                    .table("prox.db.t"),
                functions.expr("vector_l2_distance(v, vector)"),
                1,
                "approx",
                "distance")
            .select("q", "id");
    assertThat(Plans.of(read)).contains("approximate, recall 0.6");
  }

  /** More candidates than are kept as they were read: only the chosen ones are read. */
  @Test
  void manyCandidatesAreReadInTheEnd() throws Exception {
    TestCollections.rows(spark, "m", 100, 4_100).coalesce(1).writeTo("prox.db.t").append();
    Dataset<Row> rows =
        spark.sql(
            "SELECT d.id, d.n, d.category FROM VALUES (array(float('NaN'), 0f, 0f)), (array(9999f,"
                + " 0f, 0f)) AS q(v) JOIN prox.db.t d EXACT NEAREST 1500"
                + BY);
    String answer = String.join(" ", strings(rows));
    assertThat(Plans.of(rows)).contains("ProximaNearest(1500");
    spark.conf().set("spark.proximadb.search.mode", "off");
    Dataset<Row> sparks =
        spark.sql(
            "SELECT d.id, d.n, d.category FROM VALUES (array(9999f, 0f, 0f)) AS q(v) JOIN prox.db.t"
                + " d EXACT NEAREST 1500"
                + BY);
    assertThat(rows.count()).isEqualTo(3_000);
    strings(sparks).forEach(row -> assertThat(answer).contains(row));
  }
}
