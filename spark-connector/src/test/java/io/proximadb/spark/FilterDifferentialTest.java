package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.ExplainMode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pushed filters and Spark's own evaluation over the same rows agree, NULL, NaN and zeros too. */
class FilterDifferentialTest {
  private static final String ROWS =
      """
      SELECT concat('r', id) AS id,
        IF(id % 7 = 0, NULL, id % 2 = 0) AS b,
        IF(id % 5 = 0, NULL, CAST(id % 13 - 6 AS INT)) AS i,
        IF(id % 11 = 0, NULL, id * 1000000007 % 31 - 15) AS l,
        CASE id % 9 WHEN 0 THEN NULL WHEN 1 THEN float('NaN') WHEN 2 THEN -0.0F WHEN 3 THEN 0.0F
          WHEN 4 THEN float('Infinity') WHEN 5 THEN float('-Infinity')
          ELSE CAST(id % 17 / 10 AS FLOAT) END AS f,
        CASE id % 8 WHEN 0 THEN NULL WHEN 1 THEN double('NaN') WHEN 2 THEN -0.0D WHEN 3 THEN 0.0D
          WHEN 4 THEN double('-Infinity') ELSE id % 19 / 10D END AS d,
        CASE id % 6 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'ä' WHEN 3 THEN '🚀x'
          ELSE concat('s', id % 4) END AS s,
        IF(id % 4 = 0, NULL, unhex(hex(id % 6))) AS x,
        IF(id % 3 = 0, NULL, date_add(DATE '1970-01-03', CAST(id % 7 - 5 AS INT))) AS day,
        IF(id % 10 = 0, NULL, timestamp_micros(id % 21 * 1000003 - 9000000)) AS at,
        IF(id % 12 = 0, NULL, named_struct('city', IF(id % 5 = 0, NULL, concat('c', id % 3)),
          'n', CAST(id % 4 AS INT))) AS place,
        IF(id % 13 = 0, NULL, array('a', concat('t', id % 3))) AS tags,
        array(1F, 2F) AS vector
      FROM range(0, 400)
      """;

  @TempDir static Path warehouse;
  private static SparkSession spark;
  private static Dataset<Row> plain;

  @BeforeAll
  static void open() throws Exception {
    spark = SparkSessions.open(warehouse);
    spark.sql(
        "CREATE TABLE prox.db.t (id STRING, b BOOLEAN, i INT, l BIGINT, f FLOAT, d DOUBLE, s"
            + " STRING, x BINARY, day DATE, at TIMESTAMP, place STRUCT<city: STRING, n: INT>, tags"
            + " ARRAY<STRING>, vector ARRAY<FLOAT>) TBLPROPERTIES"
            + " ('proximadb.vector.vector.dimension' = '2')");
    Dataset<Row> rows = spark.sql(ROWS);
    rows.filter("i > 0").writeTo("prox.db.t").append();
    rows.filter("NOT coalesce(i > 0, false)").writeTo("prox.db.t").append();
    // Not cached: Spark's cache prunes its batches wrongly by NaN.
    plain = spark.createDataFrame(rows.collectAsList(), rows.schema());
  }

  private static void check(String condition) {
    Dataset<Row> pushed = spark.table("prox.db.t").filter(condition).select("id");
    assertThat(strings(pushed))
        .as(condition)
        .isEqualTo(strings(plain.filter(condition).select("id")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "b",
        "NOT b",
        "b IS NULL OR b = false",
        "i = 3",
        "i <> 3",
        "NOT (i <> 3 AND l > 0)",
        "i <=> NULL",
        "i <=> 3",
        "NOT (i <=> 3)",
        "3 > i",
        "i IN (1, 2, -6)",
        "i NOT IN (1, 2, -6)",
        "i NOT IN (1, NULL)",
        "i IN (1, NULL) OR l < -10",
        "l BETWEEN -3 AND 4",
        "f = float('NaN')",
        "f > 1.0F",
        "f >= float('NaN')",
        "f < 0.0F",
        "f = 0.0F",
        "f = -0.0F",
        "f <> 0.0F",
        "f IN (0.0F, float('NaN'))",
        "f <= float('-Infinity')",
        "d = double('NaN')",
        "d > 1D",
        "d >= 0D",
        "d < -0.0D",
        "d IN (-0.0D, 0.5D)",
        "NOT (d > 1D)",
        "s = ''",
        "s > 's1'",
        "s < '🚀'",
        "s >= 'ä'",
        "s IN ('s1', 'ä', '')",
        "s LIKE 's%'",
        "s LIKE '%3%'",
        "NOT (s LIKE '%s%')",
        "s IS NULL",
        "s IS NOT NULL AND x IS NULL",
        "x = X'01'",
        "x > X'02'",
        "day = DATE '1970-01-01'",
        "day < DATE '1970-01-01'",
        "day IN (DATE '1969-12-31', DATE '1970-01-02')",
        "at >= TIMESTAMP '1970-01-01 00:00:00'",
        "at < TIMESTAMP '1969-12-31 23:59:55.000003'",
        "at = TIMESTAMP '1969-12-31 23:59:51'",
        "place IS NULL",
        "place.city = 'c1'",
        "place.city IS NULL",
        "NOT (place.n > 1)",
        "tags IS NULL",
        "vector IS NULL",
        "vector IS NOT NULL",
        "id > 'r3' AND id < 'r35'",
        "NOT (b OR i > 2 OR s = 's1')"
      })
  void convertsFullyAndAgrees(String condition) {
    check(condition);
    String plan =
        spark
            .table("prox.db.t")
            .filter(condition)
            .select("id")
            .queryExecution()
            .explainString(ExplainMode.fromString("formatted"));
    assertThat(plan).doesNotContain("Filter (");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "i % 2 = 0 AND l > 0",
        "s LIKE '%s1'",
        "length(s) = 2 OR i = 1",
        "i = l",
        "f > 0.5D",
        "CAST(i AS STRING) = '3'",
        "array_contains(tags, 't1')",
        "size(vector) = 2 AND b",
        "vector_l2_distance(vector, array(1, 2)) < 0.5"
      })
  void restStaysWithSparkAndAgrees(String condition) {
    check(condition);
  }

  @Test
  void randomTreesAgree() {
    long seed = System.nanoTime();
    System.out.println("seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      check(tree(random, 3));
    }
  }

  @Test
  void deepAndLargeFiltersStayWithSpark() {
    String deep = "i = 1";
    for (int level = 0; level < 70; level++) {
      deep = "(" + deep + (level % 2 == 0 ? " OR l = " : " AND i <> ") + level + ")";
    }
    check(deep);
    List<String> values = new ArrayList<>();
    for (int value = 0; value < 12_000; value++) {
      values.add("'r" + value * 3 + "'");
    }
    check("id IN (" + String.join(", ", values) + ")");
  }

  private static final String[] LEAVES = {
    "b",
    "i = 2",
    "i > 0",
    "i IN (1, NULL)",
    "l <= 3",
    "f > 0.3F",
    "f = float('NaN')",
    "d < 1D",
    "d <> 0D",
    "s = 's1'",
    "s LIKE 's%'",
    "s IS NULL",
    "day > DATE '1970-01-01'",
    "at < TIMESTAMP '1970-01-01 00:00:00'",
    "place.n >= 2",
    "place.city <=> NULL",
    "x < X'03'",
    "i % 3 = 1"
  };

  private static String tree(Random random, int depth) {
    if (depth == 0 || random.nextInt(4) == 0) {
      return LEAVES[random.nextInt(LEAVES.length)];
    }
    return switch (random.nextInt(3)) {
      case 0 -> "NOT (" + tree(random, depth - 1) + ")";
      case 1 -> "(" + tree(random, depth - 1) + " AND " + tree(random, depth - 1) + ")";
      default -> "(" + tree(random, depth - 1) + " OR " + tree(random, depth - 1) + ")";
    };
  }
}
