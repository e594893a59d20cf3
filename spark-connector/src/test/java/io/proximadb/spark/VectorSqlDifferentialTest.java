package io.proximadb.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Generated queries give the same with searches in scans and with Spark comparing every row: rows
 * at the same distance, rows of zeros, very long and very short ones, deleted, replaced and expired
 * ones among them.
 */
class VectorSqlDifferentialTest {
  private static final int QUERIES = 80;

  private static final String[] RANKINGS = {
    "vector_l2_distance",
    "vector_l1_distance",
    "vector_cosine_distance",
    "vector_cosine_similarity",
    "vector_inner_product"
  };

  private static final String[] FILTERS = {
    "",
    "",
    "WHERE n < 100",
    "WHERE category = 'c1' OR n > 250",
    "WHERE n % 3 = 1",
    "WHERE id LIKE 'r1%'",
    "WHERE category IS NULL",
    "WHERE n BETWEEN 40 AND 42",
    "WHERE false",
    "WHERE vector IS NOT NULL AND n <> 7",
    "WHERE id = 'r17'"
  };

  @TempDir Path warehouse;

  private static Random random() {
    String given = System.getProperty("proximadb.seed", "20261122");
    long seed = given.equals("random") ? System.nanoTime() & 0xffff_ffffL : Long.parseLong(given);
    System.out.println("VectorSqlDifferentialTest: replay with -Dproximadb.seed=" + seed);
    return new Random(seed);
  }

  /** Few values for each component, so that many distances are the same. */
  private void create(SparkSession spark, String layout) throws Exception {
    spark.sql(
        "CREATE TABLE prox.db.t (id STRING, vector ARRAY<FLOAT>, category STRING, n INT,"
            + " expires_at TIMESTAMP) TBLPROPERTIES ('proximadb.vector.vector.dimension' = '4',"
            + " 'proximadb.vector.vector.metric' = 'EUCLIDEAN', 'proximadb.layout' = '"
            + layout
            + "')");
    for (int from : new int[] {0, 120, 200}) {
      spark
          .range(from, from + 150, 1, 1)
          .selectExpr(
              "concat('r', id) AS id",
              "CASE WHEN id % 29 = 3 THEN array(0f, 0f, 0f, 0f)"
                  + (from == 200
                      ? " WHEN id % 31 = 5 THEN array(3e19f, 1f, 0f, -2e19f)"
                          + " WHEN id % 31 = 6 THEN array(1e-24f, 0f, 2e-25f, 0f)"
                      : "")
                  + " ELSE array(CAST(id % 5 AS FLOAT), id % 3 / 7F, -1F, CAST(id % 2 AS FLOAT))"
                  + " END AS vector",
              "IF(id % 7 = 0, NULL, concat('c', id % 4)) AS category",
              "CAST(id AS INT) AS n",
              "IF(id % 23 = 0, TIMESTAMP '2020-01-01 00:00:00', NULL) AS expires_at")
          .writeTo("prox.db.t")
          .append();
    }
    spark.sql("DELETE FROM prox.db.t WHERE n BETWEEN 60 AND 70");
    spark.sql(
        "CREATE TABLE prox.db.e (id STRING, vector ARRAY<FLOAT>, category STRING, n INT)"
            + " TBLPROPERTIES ('proximadb.vector.vector.dimension' = '4',"
            + " 'proximadb.vector.vector.metric' = 'DOT', 'proximadb.layout' = '"
            + layout
            + "')");
  }

  private static String vector(Random random) {
    List<String> components = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      components.add(
          switch (random.nextInt(12)) {
            case 0 -> "0f";
            case 1 -> "1e18f";
            case 2 -> "1e-24f";
            default -> (random.nextInt(9) - 4) / 2f + "f";
          });
    }
    return "array(" + String.join(", ", components) + ")";
  }

  private static String query(Random random) {
    String call = RANKINGS[random.nextInt(RANKINGS.length)] + "(vector, " + vector(random) + ")";
    String[] directions = {"", " DESC", " ASC NULLS LAST", " DESC NULLS FIRST"};
    String table = random.nextInt(12) == 0 ? "prox.db.e" : "prox.db.t";
    String limit =
        " LIMIT "
            + (1 + random.nextInt(random.nextBoolean() ? 8 : 120))
            + (random.nextInt(3) == 0 ? " OFFSET " + random.nextInt(12) : "");
    String inner =
        "SELECT id, n, category, "
            + call
            + " AS d FROM "
            + table
            + " "
            + FILTERS[random.nextInt(FILTERS.length)]
            + " ORDER BY d"
            + directions[random.nextInt(directions.length)]
            + ", id"
            + limit;
    return switch (random.nextInt(8)) {
      case 0 -> "SELECT count(*), max(d), min(id) FROM (" + inner + ")";
      case 1 ->
          "SELECT a.id, b.n FROM (" + inner + ") a JOIN prox.db.t b ON a.id = b.id ORDER BY 1";
      case 2 -> "SELECT id FROM prox.db.t WHERE id IN (SELECT id FROM (" + inner + ")) ORDER BY id";
      default -> inner;
    };
  }

  private static List<String> answer(SparkSession spark, String mode, String query) {
    spark.conf().set("spark.proximadb.search.mode", mode);
    return spark.sql(query).collectAsList().stream().map(Row::mkString).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"viper", "lsm"})
  void ordersGiveTheSame(String layout) throws Exception {
    SparkSession spark = SparkSessions.open(warehouse);
    spark.conf().set("spark.sql.codegen.wholeStage", false);
    spark.conf().set("spark.sql.adaptive.enabled", false);
    create(spark, layout);
    Random random = random();
    int searched = 0;
    for (int i = 0; i < QUERIES; i++) {
      String query = query(random);
      assertThat(answer(spark, "exact", query)).as(query).isEqualTo(answer(spark, "off", query));
      spark.conf().set("spark.proximadb.search.mode", "exact");
      searched += Plans.of(spark.sql(query)).contains("VectorSearch: nearest") ? 1 : 0;
    }
    assertThat(searched).isGreaterThan(QUERIES / 4);
  }

  @Test
  void exactJoinsGiveTheSame() throws Exception {
    SparkSession spark = SparkSessions.open(warehouse);
    spark.conf().set("spark.sql.codegen.wholeStage", false);
    spark.conf().set("spark.sql.adaptive.enabled", false);
    create(spark, "viper");
    spark
        .sql(
            "SELECT id AS q, CASE WHEN id = 3 THEN NULL WHEN id = 4 THEN array(1f, NULL, 2f, 0f)"
                + " WHEN id = 5 THEN array(0f, 0f, 0f, 0f) WHEN id = 6 THEN array(float('NaN'), 1f,"
                + " 1f, 1f) ELSE array(CAST(id AS FLOAT), 1f, 0.5f, -1f) END AS v FROM range(9)")
        .createOrReplaceTempView("queries");
    Random random = random();
    for (int i = 0; i < 20; i++) {
      int ranking = random.nextInt(RANKINGS.length);
      String call = RANKINGS[ranking] + "(v, vector)";
      String query =
          "SELECT q, n IS NULL, "
              + call
              + " AS d FROM queries "
              + (random.nextBoolean() ? "LEFT" : "INNER")
              + " JOIN (SELECT * FROM "
              + (random.nextInt(6) == 0 ? "prox.db.e" : "prox.db.t")
              + " "
              + FILTERS[random.nextInt(FILTERS.length)]
              + ") t EXACT NEAREST "
              + (1 + random.nextInt(5))
              + " BY "
              + (ranking < 3 ? "DISTANCE " : "SIMILARITY ")
              + call
              + " ORDER BY q, d, 2";
      assertThat(answer(spark, "exact", query)).as(query).isEqualTo(answer(spark, "off", query));
    }
  }
}
