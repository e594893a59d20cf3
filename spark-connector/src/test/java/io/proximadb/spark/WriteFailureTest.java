package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.create;
import static io.proximadb.spark.TestCollections.files;
import static io.proximadb.spark.TestCollections.rows;
import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A job that fails says why and leaves nothing behind. */
class WriteFailureTest {
  /** A quarter of them takes a task some hundred times as long as ten. */
  private static final int FAILING_ROWS = 120_000;

  @TempDir Path warehouse;
  private SparkSession spark;
  private List<String> before;

  @BeforeEach
  void open() throws Exception {
    spark = SparkSessions.open(warehouse);
    create(spark);
    rows(spark, "r", 0, 5).writeTo("prox.db.t").append();
    before = strings(spark.table("prox.db.t"));
  }

  private void assertNothingHappened(int dataFiles) {
    assertThat(strings(spark.table("prox.db.t"))).isEqualTo(before);
    assertThat(files(spark, "__spark")).isEmpty();
    assertThat(files(spark, "/data/")).hasSize(dataFiles);
    assertThat(files(spark, "/index/")).hasSize(dataFiles);
  }

  private int dataFiles() {
    return files(spark, "/data/").size();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'x', array(1, 2), 'c', 1, NULL | Invalid dimension of vector 'vector' of record 'x': 2"
            + " (expected 3)",
        "'x', NULL, 'c', 1, NULL | Invalid record 'x': no vector for field 'vector' (expected 3"
            + " floats)",
        "'x', array(1, NULL, 2), 'c', 1, NULL | Invalid component 1 of vector 'vector' of record"
            + " 'x': null (expected a finite number)",
        "'x', array(1F, float('NaN'), 2F), 'c', 1, NULL | Invalid component 1 of vector 'vector' of"
            + " record 'x': NaN (expected a finite number)",
        "'x', array(1F, float('Infinity'), 2F), 'c', 1, NULL | record 'x': Infinity (expected a"
            + " finite number)",
        "'', array(1, 2, 3), 'c', 1, NULL | Invalid id: '' (expected non-empty text)",
        "NULL, array(1, 2, 3), 'c', 1, NULL | Invalid id: null (expected non-empty text)",
        "repeat('y', 2000), array(1, 2, 3), 'c', 1, NULL | of 2000 bytes (expected at most 1024)"
      })
  void badRowFailsTheJob(String values, String message) {
    int dataFiles = dataFiles();
    assertThatThrownBy(
            () ->
                spark.sql(
                    "INSERT INTO prox.db.t VALUES ("
                        + values
                        + "), ('good', array(1, 2, 3), 'c', 1, NULL)"))
        .hasStackTraceContaining(message);
    assertNothingHappened(dataFiles);
  }

  @Test
  void zeroVectorUnderCosineFailsTheJob() {
    spark.sql(
        "CREATE TABLE prox.db.c (id STRING, vector ARRAY<FLOAT>)"
            + " TBLPROPERTIES ('proximadb.vector.vector.dimension' = '2')");
    assertThatThrownBy(() -> spark.sql("INSERT INTO prox.db.c VALUES ('z', array(0, 0))"))
        .hasStackTraceContaining("Invalid vector 'vector' of record 'z': all components are zero");
    assertThat(spark.table("prox.db.c").count()).isZero();
  }

  @Test
  void sameIdTwiceFailsTheJob() {
    int dataFiles = dataFiles();
    Dataset<Row> twice = rows(spark, "x", 0, 300).union(rows(spark, "x", 299, 300));
    assertThatThrownBy(() -> twice.writeTo("prox.db.t").append())
        .hasStackTraceContaining(
            "Invalid id: 'x299' stands twice in this job (expected each id once;"
                + " dropDuplicates(\"id\") keeps one, option version-column names");
    assertNothingHappened(dataFiles);
  }

  /** The bad row stands in the last of four tasks, the others finish their files before. */
  @Test
  void filesOfFinishedTasksAreRemoved() {
    int dataFiles = dataFiles();
    spark.conf().set("spark.sql.adaptive.enabled", false);
    spark.conf().set("spark.sql.shuffle.partitions", 4);
    // The last partition has nearly all rows: the others have long ended when it fails. A task that
    // ends just then is Spark's to abort, and it may not.
    Dataset<Row> rows =
        rows(spark, "x", 0, FAILING_ROWS)
            .where("pmod(hash(id), 4) = 3 OR n < 40")
            .selectExpr(
                "id",
                "IF(id = (SELECT max(concat('x', id)) FROM range(0, "
                    + FAILING_ROWS
                    + ") WHERE pmod(hash(concat('x', id)), 4) = 3), array(1F), vector) AS vector");
    assertThatThrownBy(() -> rows.writeTo("prox.db.t").append())
        .hasStackTraceContaining("Invalid dimension of vector 'vector' of record 'x");
    assertNothingHappened(dataFiles);
  }

  @Test
  void badSchemasFailBeforeAnyTask() {
    int dataFiles = dataFiles();
    assertThatThrownBy(() -> rows(spark, "x", 0, 3).drop("vector").writeTo("prox.db.t").append())
        .hasStackTraceContaining("vector");
    assertThatThrownBy(
            () ->
                rows(spark, "x", 0, 3)
                    .selectExpr("*", "1 AS unknown")
                    .writeTo("prox.db.t")
                    .append())
        .hasStackTraceContaining("unknown");
    assertThatThrownBy(
            () ->
                rows(spark, "x", 0, 3)
                    .selectExpr("id", "array('a') AS vector", "category")
                    .writeTo("prox.db.t")
                    .append())
        .hasStackTraceContaining("vector");
    assertThatThrownBy(() -> rows(spark, "x", 0, 3).writeTo("prox.db.missing").append())
        .hasStackTraceContaining("TABLE_OR_VIEW_NOT_FOUND");
    assertNothingHappened(dataFiles);
  }

  @Test
  void doublesAndDecimalsAreCast() throws Exception {
    spark.sql("SELECT 'd' AS id, array(0.1D, 0.2D, 0.3D) AS vector").writeTo("prox.db.t").append();
    spark.sql("SELECT 'e' AS id, array(0.1, 0.2, 0.3) AS vector").writeTo("prox.db.t").append();
    assertThat(strings(spark.sql("SELECT id, vector FROM prox.db.t WHERE id IN ('d', 'e')")))
        .containsExactly("d|[0.1, 0.2, 0.3]", "e|[0.1, 0.2, 0.3]");
  }

  @Test
  void anOverwriteThatFailsChangesNothing() {
    int dataFiles = dataFiles();
    assertThatThrownBy(
            () -> spark.sql("INSERT OVERWRITE prox.db.t VALUES ('x', array(1,2), 'c', 1, NULL)"))
        .hasStackTraceContaining("Invalid dimension of vector 'vector' of record 'x'");
    assertThatThrownBy(
            () ->
                rows(spark, "x", 0, 3).writeTo("prox.db.t").overwrite(functions.expr("n % 2 = 0")))
        .isInstanceOf(Exception.class);
    assertNothingHappened(dataFiles);
  }

  /** Whatever fails in a commit, short of an outcome that nobody knows. */
  @Test
  void filesOfACommitThatFailsAreRemoved() {
    int dataFiles = dataFiles();
    SparkSession session = SparkSessions.open(warehouse);
    FaultyCatalog.settings(SparkSessions.CATALOG).forEach(session.conf()::set);
    FaultyCatalog.before =
        metadata -> {
          throw new IllegalStateException("no space left");
        };
    try {
      assertThatThrownBy(() -> rows(session, "x", 0, 9).writeTo("prox.db.t").append())
          .hasStackTraceContaining("no space left");
      assertNothingHappened(dataFiles);
      assertThatThrownBy(() -> session.sql("UPDATE prox.db.t SET n = n + 1 WHERE length(id) = 2"))
          .hasStackTraceContaining("no space left");
      assertNothingHappened(dataFiles);
    } finally {
      FaultyCatalog.before = metadata -> {};
    }
  }

  /** The catalog does not say that the commit passed, and then nothing more. */
  @Test
  void filesOfAnOutcomeThatNobodyKnowsStay() {
    SparkSession session = SparkSessions.open(warehouse);
    FaultyCatalog.settings(SparkSessions.CATALOG).forEach(session.conf()::set);
    FaultyCatalog.before =
        metadata -> {
          FaultyCatalog.before =
              next -> {
                throw new IllegalStateException("no space left");
              };
          throw new CommitStateUnknownException(new IllegalStateException("lost from sight"));
        };
    int dataFiles = dataFiles();
    try {
      assertThatThrownBy(() -> rows(session, "x", 0, 9).writeTo("prox.db.t").append())
          .hasStackTraceContaining("Cannot tell whether commit");
      assertThat(dataFiles()).isGreaterThan(dataFiles);
    } finally {
      FaultyCatalog.before = metadata -> {};
    }
  }
}
