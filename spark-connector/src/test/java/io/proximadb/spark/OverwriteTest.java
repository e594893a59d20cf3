package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.rows;
import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Overwrites, and appends that replace nothing. */
class OverwriteTest {
  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() throws Exception {
    spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
    rows(spark, "r", 0, 6).writeTo("prox.db.t").append();
  }

  private List<String> ids() {
    return strings(spark.sql("SELECT id FROM prox.db.t"));
  }

  @Test
  void allRowsAreReplaced() throws Exception {
    spark.sql("INSERT OVERWRITE prox.db.t VALUES ('x', array(1, 2, 3), 'c', 1, NULL)");
    assertThat(ids()).containsExactly("x");
    rows(spark, "y", 0, 2).writeTo("prox.db.t").overwritePartitions();
    assertThat(ids()).containsExactly("y0", "y1");
    rows(spark, "z", 1, 3)
        .write()
        .format("proximadb")
        .option("warehouse", warehouse.toString())
        .option("collection", "db.t")
        .mode("overwrite")
        .save();
    assertThat(ids()).containsExactly("z1", "z2");
    spark.sql("INSERT OVERWRITE prox.db.t SELECT * FROM prox.db.t WHERE n = 2");
    assertThat(ids()).containsExactly("z2");
  }

  @Test
  void theRowsOfAConditionAreReplaced() throws Exception {
    rows(spark, "r", 2, 4).writeTo("prox.db.t").overwrite(functions.expr("n < 4"));
    assertThat(ids()).containsExactly("r2", "r3", "r4", "r5");
    spark.sql(
        "INSERT INTO prox.db.t REPLACE WHERE category = 'c2' VALUES"
            + " ('r5', array(1, 2, 3), 'c2', 55, NULL), ('r4', array(1, 2, 3), 'c2', 44, NULL)");
    assertThat(strings(spark.sql("SELECT id, n FROM prox.db.t")))
        .containsExactly("r3|3", "r4|44", "r5|55");
  }

  @Test
  void appendsMayFailOnIdsThatAreThere() throws Exception {
    List<String> before = strings(spark.table("prox.db.t"));
    assertThatThrownBy(
            () ->
                rows(spark, "r", 5, 9)
                    .writeTo("prox.db.t")
                    .option("on-existing-id", "error")
                    .append())
        .hasStackTraceContaining("Cannot insert into 'db.t': id 'r5' exists already");
    assertThat(strings(spark.table("prox.db.t"))).isEqualTo(before);
    spark.sql("DELETE FROM prox.db.t WHERE n = 5");
    rows(spark, "r", 5, 9).writeTo("prox.db.t").option("on-existing-id", "error").append();
    assertThat(ids()).hasSize(9);
  }

  @Test
  void appendsMayLeaveRowsOut() throws Exception {
    rows(spark, "r", 4, 9)
        .withColumn("n", functions.lit(-1))
        .writeTo("prox.db.t")
        .option("on-existing-id", "ignore")
        .append();
    assertThat(strings(spark.sql("SELECT id, n FROM prox.db.t WHERE id >= 'r3'")))
        .containsExactly("r3|3", "r4|4", "r5|5", "r6|-1", "r7|-1", "r8|-1");
    assertThatThrownBy(
            () ->
                rows(spark, "r", 4, 9).writeTo("prox.db.t").option("on-existing-id", "x").append())
        .hasStackTraceContaining("Invalid option 'on-existing-id': 'x'");
  }

  /** Ids of rows that the overwrite removes are free; those of other rows are not. */
  @Test
  void overwritesHeedWhatTheOptionSays() throws Exception {
    List<String> before = strings(spark.table("prox.db.t"));
    assertThatThrownBy(
            () ->
                rows(spark, "r", 0, 4)
                    .writeTo("prox.db.t")
                    .option("on-existing-id", "error")
                    .overwrite(functions.expr("n < 3")))
        .hasStackTraceContaining("Cannot insert into 'db.t': id 'r3' exists already");
    assertThat(strings(spark.table("prox.db.t"))).isEqualTo(before);
    rows(spark, "r", 1, 3)
        .writeTo("prox.db.t")
        .option("on-existing-id", "error")
        .overwrite(functions.expr("n < 3"));
    assertThat(ids()).containsExactly("r1", "r2", "r3", "r4", "r5");
    rows(spark, "r", 1, 8)
        .withColumn("n", functions.lit(-1))
        .writeTo("prox.db.t")
        .option("on-existing-id", "ignore")
        .overwrite(functions.expr("n < 3"));
    assertThat(strings(spark.sql("SELECT id, n FROM prox.db.t")))
        .containsExactly("r1|-1", "r2|-1", "r3|3", "r4|4", "r5|5", "r6|-1", "r7|-1");
    rows(spark, "r", 2, 4)
        .writeTo("prox.db.t")
        .option("on-existing-id", "error")
        .overwritePartitions();
    assertThat(ids()).containsExactly("r2", "r3");
  }

  @Test
  void theGreatestVersionOfAnIdIsTaken() throws Exception {
    var twice =
        rows(spark, "r", 4, 8)
            .union(rows(spark, "r", 4, 6).withColumn("n", functions.lit(99)))
            .union(
                rows(spark, "r", 4, 5)
                    .selectExpr("id", "vector", "category", "CAST(NULL AS INT) n", "expires_at"));
    assertThatThrownBy(() -> twice.writeTo("prox.db.t").append())
        .hasStackTraceContaining("stands twice in this job (expected each id once");
    twice.writeTo("prox.db.t").option("version-column", "n").append();
    assertThat(strings(spark.sql("SELECT id, n FROM prox.db.t WHERE id >= 'r3'")))
        .containsExactly("r3|3", "r4|99", "r5|99", "r6|6", "r7|7");
    assertThatThrownBy(
            () ->
                rows(spark, "s", 0, 4)
                    .union(rows(spark, "s", 3, 5))
                    .writeTo("prox.db.t")
                    .option("version-column", "n")
                    .append())
        .hasStackTraceContaining("'s3' stands twice in this job with the greatest version 3");
    assertThatThrownBy(
            () ->
                rows(spark, "s", 0, 4)
                    .writeTo("prox.db.t")
                    .option("version-column", "vector")
                    .append())
        .hasStackTraceContaining("Invalid option 'version-column': 'vector'");
  }
}
