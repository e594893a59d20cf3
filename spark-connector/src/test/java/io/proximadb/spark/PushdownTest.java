package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits, aggregates and keys of joins that reach the scan. */
class PushdownTest {
  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void create() throws Exception {
    spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
    for (int from = 0; from < 300; from += 100) {
      TestCollections.rows(spark, "r" + from / 100, from, from + 100)
          .coalesce(1)
          .writeTo("prox.db.t")
          .append();
    }
  }

  private static final String COUNTS =
      "SELECT count(*), count(category), min(n), max(n), count(id)";

  @Test
  void countsAndBoundsComeFromManifests() {
    Dataset<Row> rows = spark.sql(COUNTS + " FROM prox.db.t");
    assertThat(strings(rows)).containsExactly("300|300|0|299|300");
    assertThat(Plans.of(rows)).contains("LocalTableScan").doesNotContain("BatchScan");
    Dataset<Row> none = spark.sql(COUNTS + " FROM prox.db.t WHERE n < 150");
    assertThat(strings(none)).containsExactly("150|150|0|149|150");
    assertThat(Plans.of(none)).contains("BatchScan");
    assertThat(Plans.of(spark.sql("SELECT min(id), max(category) FROM prox.db.t")))
        .contains("BatchScan");
    assertThat(Plans.of(spark.sql("SELECT category, count(*) FROM prox.db.t GROUP BY category")))
        .contains("BatchScan");
  }

  @Test
  void deletedRowsAreCountedAndBoundRead() {
    spark.sql("DELETE FROM prox.db.t WHERE n >= 290 OR n = 0");
    Dataset<Row> count = spark.sql("SELECT count(*) FROM prox.db.t");
    assertThat(strings(count)).containsExactly("289");
    assertThat(Plans.of(count)).contains("LocalTableScan");
    Dataset<Row> rows = spark.sql(COUNTS + " FROM prox.db.t");
    assertThat(strings(rows)).containsExactly("289|289|1|289|289");
    assertThat(Plans.of(rows)).contains("BatchScan");
  }

  @Test
  void rowsThatMayHaveExpiredAreRead() throws Exception {
    spark
        .sql(
            "SELECT 'x' AS id, array(1f, 1f, 1f) AS vector, 999 AS n, TIMESTAMP '2020-01-01"
                + " 00:00:00' AS expires_at")
        .writeTo("prox.db.t")
        .append();
    Dataset<Row> rows = spark.sql(COUNTS + " FROM prox.db.t");
    assertThat(strings(rows)).containsExactly("300|300|0|299|300");
    assertThat(Plans.of(rows)).contains("BatchScan");
    spark
        .sql(
            "SELECT 'x' AS id, array(1f, 1f, 1f) AS vector, 999 AS n, TIMESTAMP '9000-01-01"
                + " 00:00:00' AS expires_at")
        .writeTo("prox.db.t")
        .append();
    Dataset<Row> count = spark.sql("SELECT count(*) FROM prox.db.t");
    assertThat(strings(count)).containsExactly("301");
  }

  @Test
  void limitsReadNoMoreThanTheyNeed() {
    Dataset<Row> rows = spark.sql("SELECT id FROM prox.db.t LIMIT 7");
    assertThat(rows.collectAsList()).hasSize(7);
    assertThat(Plans.of(rows)).contains("files=1").contains("limit=7");
    assertThat(ScanFigures.of(rows, "proximadbRowsRead")).isEqualTo(7);
    Dataset<Row> more = spark.sql("SELECT id FROM prox.db.t LIMIT 250");
    assertThat(more.collectAsList()).hasSize(250);
    Dataset<Row> filtered = spark.sql("SELECT n FROM prox.db.t WHERE n >= 95 LIMIT 20");
    assertThat(filtered.collectAsList()).hasSize(20).allMatch(row -> row.getInt(0) >= 95);
    assertThat(Plans.of(filtered)).contains("files=3").contains("limit=20");
    spark.sql("DELETE FROM prox.db.t WHERE n < 98");
    assertThat(spark.sql("SELECT id FROM prox.db.t LIMIT 5").collectAsList()).hasSize(5);
    Dataset<Row> residual = spark.sql("SELECT n FROM prox.db.t WHERE n % 50 = 3 LIMIT 3");
    assertThat(residual.collectAsList()).hasSize(3).allMatch(row -> row.getInt(0) % 50 == 3);
  }

  /** The keys that a filter leaves on one side spare files of the other. */
  @Test
  void joinsTellTheScanTheirKeys() {
    spark
        .range(1000)
        .selectExpr("CAST(id AS INT) AS n", "id % 500 AS g")
        .write()
        .mode("overwrite")
        .parquet(warehouse.resolve("dim").toString());
    spark.read().parquet(warehouse.resolve("dim").toString()).createOrReplaceTempView("dim");
    spark.conf().set("spark.sql.adaptive.enabled", false);
    Dataset<Row> rows =
        spark.sql(
            "SELECT t.id, size(vector) FROM prox.db.t t JOIN dim d ON t.n = d.n WHERE d.g = 42");
    assertThat(strings(rows)).containsExactly("r042|3");
    assertThat(Plans.of(rows)).contains("dynamicpruning");
    assertThat(ScanFigures.of(rows, "proximadbRowsRead")).isEqualTo(1);
    assertThat(ScanFigures.of(rows, "proximadbFilesSkipped")).isEqualTo(2);
  }

  /** By arrays of stored vectors, and by Spark component by component: the same to the last bit. */
  @Test
  void normsAreTheSame() {
    String sql =
        "SELECT sum(vector_norm(vector)), max(vector_norm(vector, 1.0f)), min(vector_norm(v)) FROM"
            + " (SELECT vector, array(1f, CAST(n AS FLOAT), 2f) AS v FROM prox.db.t WHERE n > 3)";
    Row ours = spark.sql(sql).head();
    assertThat(Plans.of(spark.sql(sql))).contains("StoredVectors.norm");
    spark.conf().set("spark.proximadb.search.mode", "off");
    assertThat(spark.sql(sql).head()).isEqualTo(ours);
  }
}
