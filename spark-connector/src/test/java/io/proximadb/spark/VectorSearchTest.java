package io.proximadb.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table function {@code vector_search}. */
class VectorSearchTest {
  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() {
    spark = SparkSessions.open(warehouse);
  }

  @ParameterizedTest
  @CsvSource({"EUCLIDEAN, 0.0, 1.0", "MANHATTAN, 0.0, 1.0", "DOT, -9.0, -6.0", "COSINE, 0.0, 0.0"})
  void itGivesRowsWithTheirDistance(String metric, double first, double second) {
    spark.sql(
        "CREATE TABLE prox.db.s (id STRING, vector ARRAY<FLOAT>, n INT) TBLPROPERTIES"
            + " ('proximadb.vector.vector.dimension' = '2', 'proximadb.vector.vector.metric' = '"
            + metric
            + "')");
    spark.sql(
        "INSERT INTO prox.db.s VALUES ('a', array(1, 0), 1), ('b', array(2, 0), 2),"
            + " ('c', array(3, 0), 3)");
    Dataset<Row> rows =
        spark.sql(
            "SELECT * FROM vector_search('prox.db.s', array(3, 0), 2) ORDER BY _distance, id");
    assertThat(rows.columns()).containsExactly("id", "vector", "n", "_distance");
    List<Row> found = rows.collectAsList();
    assertThat(found).hasSize(2);
    assertThat((double) found.get(0).getFloat(3)).isEqualTo(first);
    assertThat((double) found.get(1).getFloat(3)).isEqualTo(second);
    assertThat(Plans.of(rows)).contains("VectorSearch: nearest 2 by " + metric).contains("exact");
  }

  @Test
  void options() throws Exception {
    TestCollections.create(spark);
    TestCollections.rows(spark, "r", 0, 30).writeTo("prox.db.t").append();
    Dataset<Row> rows =
        spark.sql(
            "SELECT id FROM vector_search('prox.db.t', array(12, 0, 0), 2, map('filter',"
                + " 'category = \"c1\" AND n < 13', 'recall', '0.8', 'field', 'vector'))");
    assertThat(TestCollections.strings(rows)).containsExactly("r10", "r7");
    assertThat(Plans.of(rows)).contains("approximate, recall 0.8").contains("PushedFilters: [");
  }

  @Test
  void whatIsNotValidIsRefused() {
    TestCollections.create(spark);
    Map<String, String> refused =
        Map.of(
            "'prox.db.t', array(1, 2, 3)", "expected vector_search(",
            "'prox.db.t', array(1, 2), 3", "it has 2 components (expected 3",
            "'prox.db.t', array(1, NULL, 3), 3", "component 1 is null",
            "'prox.db.t', array(1, 2, 3), 0", "expected above 0",
            "'prox.db.t', array(1, 2, 3), 3, map('speed', 'high')", "'speed' (expected values for",
            "'prox.db.t', array(1, 2, 3), 3, map('recall', '7')", "at most 1",
            "'prox.db.t', array(1, 2, 3), 3, map('field', 'n')", "expected one of [vector]",
            "'prox.db.t', array(1, 2, 3), 3, map('filter', 'n >')", "Invalid filter",
            "'prox.db.none', array(1, 2, 3), 3", "not found");
    refused.forEach(
        (arguments, message) ->
            assertThatThrownBy(
                    () -> spark.sql("SELECT * FROM vector_search(" + arguments + ")").collect())
                .as(arguments)
                .hasStackTraceContaining(message));
  }
}
