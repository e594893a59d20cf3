package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.create;
import static io.proximadb.spark.TestCollections.rows;
import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeleteTest {
  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() throws Exception {
    spark = SparkSessions.open(warehouse);
    create(spark);
    rows(spark, "r", 0, 40).writeTo("prox.db.t").append();
    rows(spark, "r", 30, 60).writeTo("prox.db.t").append();
    spark.sql("INSERT INTO prox.db.t (id, vector) VALUES ('nulls', array(1, 2, 3))");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "n < 35",
        "id = 'r3' OR category = 'c1'",
        "category IS NULL",
        "NOT (n > 10)",
        "n NOT IN (1, 2, NULL)",
        "n <=> NULL",
        "id LIKE 'r1%'",
        "id LIKE '%5%' AND n BETWEEN 20 AND 60",
        "true",
        "false"
      })
  void deletesTheRowsThatSparkWouldFind(String condition) {
    Dataset<Row> table = spark.table("prox.db.t");
    List<String> remaining = strings(table.filter("NOT coalesce(" + condition + ", false)"));
    List<String> all = strings(table);
    spark.sql("DELETE FROM prox.db.t WHERE " + condition);
    assertThat(strings(spark.table("prox.db.t"))).isEqualTo(remaining);
    if (!condition.equals("false") && !condition.equals("n NOT IN (1, 2, NULL)")) {
      assertThat(remaining).hasSizeLessThan(all.size());
    }
  }

  @Test
  void deleteTwiceAndInsertAgain() throws Exception {
    spark.sql("DELETE FROM prox.db.t WHERE n >= 0");
    spark.sql("DELETE FROM prox.db.t WHERE n >= 0");
    assertThat(strings(spark.table("prox.db.t").select("id"))).containsExactly("nulls");
    rows(spark, "r", 0, 2).writeTo("prox.db.t").append();
    assertThat(strings(spark.table("prox.db.t").select("id"))).containsExactly("nulls", "r0", "r1");
  }

  @Test
  void truncate() {
    spark.sql("TRUNCATE TABLE prox.db.t");
    assertThat(spark.table("prox.db.t").count()).isZero();
  }

  /** Spark finds the rows, and says where they lie. */
  @ParameterizedTest
  @ValueSource(strings = {"n % 2 = 0", "size(vector) = 3", "n IN (SELECT 1 UNION SELECT 50)"})
  void conditionsThatDoNotConvertAreSparks(String condition) {
    List<String> matching = strings(spark.sql("SELECT * FROM prox.db.t WHERE " + condition));
    List<String> all = new ArrayList<>(strings(spark.table("prox.db.t")));
    spark.sql("DELETE FROM prox.db.t WHERE " + condition);
    assertThat(matching).isNotEmpty();
    all.removeAll(matching);
    assertThat(strings(spark.table("prox.db.t"))).isEqualTo(all);
  }
}
