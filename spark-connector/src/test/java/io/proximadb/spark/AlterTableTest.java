package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.rows;
import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlterTableTest {
  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() throws Exception {
    spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
    rows(spark, "r", 0, 4).writeTo("prox.db.t").append();
  }

  @ParameterizedTest
  @ValueSource(strings = {"viper", "lsm"})
  void columnsAreAddedRenamedWidenedAndDropped(String layout) {
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.layout' = '" + layout + "')");
    spark.sql("ALTER TABLE prox.db.t ADD COLUMNS (color STRING COMMENT 'its color', size FLOAT)");
    assertThat(spark.table("prox.db.t").columns())
        .containsExactly("id", "vector", "category", "n", "expires_at", "color", "size");
    spark.sql("UPDATE prox.db.t SET color = 'red', size = 1.5, n = 2147483647 WHERE n = 2");
    spark.sql("ALTER TABLE prox.db.t RENAME COLUMN color TO colour");
    spark.sql("ALTER TABLE prox.db.t ALTER COLUMN n TYPE BIGINT");
    spark.sql("ALTER TABLE prox.db.t ALTER COLUMN size TYPE DOUBLE");
    spark.sql("ALTER TABLE prox.db.t ALTER COLUMN n COMMENT 'a number'");
    spark.sql("ALTER TABLE prox.db.t DROP COLUMN category");
    assertThat(spark.table("prox.db.t").columns())
        .containsExactly("id", "vector", "n", "expires_at", "colour", "size");
    spark.sql("UPDATE prox.db.t SET n = n + 1 WHERE colour = 'red'");
    assertThat(strings(spark.sql("SELECT id, n, colour, size FROM prox.db.t")))
        .containsExactly(
            "r0|0|null|null", "r1|1|null|null", "r2|2147483648|red|1.5", "r3|3|null|null");
    assertThat(spark.sql("DESCRIBE prox.db.t").collectAsList().toString())
        .contains("[n,bigint,a number]", "[colour,string,its color]");
    // A dropped column that comes back is a new one.
    spark.sql("ALTER TABLE prox.db.t ADD COLUMN category STRING");
    assertThat(spark.sql("SELECT id FROM prox.db.t WHERE category IS NOT NULL").count()).isZero();
  }

  /** Columns of the rows that the table lacks are added by the write that asks for it. */
  @Test
  void aWriteEvolvesTheSchema() throws Exception {
    var wider =
        rows(spark, "s", 0, 2)
            .selectExpr(
                "id",
                "array(1D, 2D, 3D) AS vector",
                "CAST(n AS BIGINT) + 5000000000 AS n",
                "array('a', 'b') AS tags");
    assertThatThrownBy(() -> wider.writeTo("prox.db.t").append()).hasMessageContaining("tags");
    wider.writeTo("prox.db.t").withSchemaEvolution().append();
    assertThat(strings(spark.sql("SELECT id, n, tags FROM prox.db.t WHERE id >= 'r3'")))
        .containsExactly("r3|3|null", "s0|5000000000|[a, b]", "s1|5000000001|[a, b]");
    spark.sql(
        "MERGE WITH SCHEMA EVOLUTION INTO prox.db.t t USING (SELECT 'r1' AS id, 'red' AS color) s"
            + " ON t.id = s.id WHEN MATCHED THEN UPDATE SET *");
    assertThat(strings(spark.sql("SELECT id, n, color FROM prox.db.t WHERE color = 'red'")))
        .containsExactly("r1|1|red");
  }

  @Test
  void propertiesAreSetAndRemoved() {
    spark.sql(
        "ALTER TABLE prox.db.t SET TBLPROPERTIES ('mine' = 'yes', 'proximadb.axis.recall' = '0.9',"
            + " 'proximadb.ttl.default-ms' = '1000')");
    assertThat(spark.sql("SHOW TBLPROPERTIES prox.db.t").collectAsList().toString())
        .contains("[mine,yes]", "[proximadb.axis.recall,0.9]");
    spark.sql("ALTER TABLE prox.db.t UNSET TBLPROPERTIES ('mine', 'proximadb.axis.recall')");
    assertThat(spark.sql("SHOW TBLPROPERTIES prox.db.t").collectAsList().toString())
        .doesNotContain("mine", "axis.recall")
        .contains("[proximadb.ttl.default-ms,1000]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DROP COLUMN vector | it is a vector field",
        "RENAME COLUMN vector TO v | it is a vector field",
        "ALTER COLUMN n TYPE STRING | Cannot widen column 'n' from INT to STRING",
        "ADD COLUMN x INT FIRST | with a position, a default or NOT NULL",
        "ADD COLUMN x DECIMAL(9,2) | Unsupported type of column 'x': DECIMAL(9,2)",
        "ADD COLUMN _version INT | Invalid field name: '_version'",
        "SET TBLPROPERTIES ('proximadb.axis.recall' = '2') | Invalid goal proximadb.axis.recall",
        "SET TBLPROPERTIES ('proximadb.ttl.default-ms' = 'x') | expected a whole number",
        "SET TBLPROPERTIES ('proximadb.vector.vector.dimension' = '4') | Cannot change property",
        "SET TBLPROPERTIES ('format-version' = '2') | Cannot change property 'format-version'"
      })
  void otherChangesAreRefused(String change, String message) {
    assertThatThrownBy(() -> spark.sql("ALTER TABLE prox.db.t " + change))
        .hasStackTraceContaining(message);
    assertThat(spark.table("prox.db.t").columns())
        .containsExactly("id", "vector", "category", "n", "expires_at");
    assertThat(spark.table("prox.db.t").count()).isEqualTo(4);
  }
}
