package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.rows;
import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.query.SnapshotScan;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code UPDATE}, {@code MERGE} and {@code DELETE} by rows that Spark finds. */
class RowChangesTest {
  private static final CollectionName TABLE = CollectionName.parse("db.t");

  /** Set by a task, which runs in this JVM and has the test's class alone. */
  private static final AtomicBoolean MEDDLED = new AtomicBoolean();

  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void openSession() {
    spark = SparkSessions.open(warehouse);
  }

  private void open(String layout) throws Exception {
    TestCollections.create(spark);
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.layout' = '" + layout + "')");
    rows(spark, "r", 0, 6).coalesce(1).writeTo("prox.db.t").append();
    rows(spark, "r", 4, 10).coalesce(1).writeTo("prox.db.t").append();
  }

  private List<String> idsAndNumbers() {
    return strings(spark.sql("SELECT id, n FROM prox.db.t"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"viper", "lsm"})
  void updateDeleteAndMerge(String layout) throws Exception {
    open(layout);
    spark.sql("UPDATE prox.db.t SET n = n + 100, vector = array(9, 9, n) WHERE n % 3 = 0");
    assertThat(idsAndNumbers())
        .containsExactly(
            "r0|100", "r1|1", "r2|2", "r3|103", "r4|4", "r5|5", "r6|106", "r7|7", "r8|8", "r9|109");
    assertThat(strings(spark.sql("SELECT vector, category FROM prox.db.t WHERE id = 'r9'")))
        .containsExactly("[9.0, 9.0, 9.0]|c0");
    spark.sql("DELETE FROM prox.db.t WHERE n IN (SELECT n FROM prox.db.t WHERE n > 105)");
    assertThat(idsAndNumbers()).doesNotContain("r6|106", "r9|109").hasSize(8);
    spark
        .sql(
            "SELECT * FROM VALUES ('r1', 1000), ('r2', -1), ('r3', 0), ('new', 7), ('bad', -5)"
                + " AS t(id, n)")
        .createOrReplaceTempView("changes");
    spark.sql(
        "MERGE INTO prox.db.t USING changes c ON t.id = c.id"
            + " WHEN MATCHED AND c.n < 0 THEN DELETE"
            + " WHEN MATCHED THEN UPDATE SET n = c.n"
            + " WHEN NOT MATCHED AND c.n > 0 THEN INSERT (id, n, vector)"
            + " VALUES (c.id, c.n, array(1, 2, 3))"
            + " WHEN NOT MATCHED BY SOURCE AND t.id = 'r0' THEN DELETE");
    assertThat(idsAndNumbers())
        .containsExactly("new|7", "r1|1000", "r3|0", "r4|4", "r5|5", "r7|7", "r8|8");
    assertThat(spark.sql("SELECT id FROM prox.db.t WHERE _version IS NULL").count()).isZero();
  }

  @Test
  void newIdsTakeThePlaceOfOthers() throws Exception {
    open("viper");
    spark.sql("UPDATE prox.db.t SET id = 'r9', n = -1 WHERE id = 'r0'");
    assertThat(idsAndNumbers()).hasSize(9).contains("r9|-1").doesNotContain("r0|0", "r9|9");
  }

  @Test
  void statementsThatFailChangeNothing() throws Exception {
    open("viper");
    List<String> before = strings(spark.table("prox.db.t"));
    assertThatThrownBy(() -> spark.sql("UPDATE prox.db.t SET id = 'same'"))
        .hasStackTraceContaining("Invalid id: 'same' stands twice among the rows");
    assertThatThrownBy(() -> spark.sql("UPDATE prox.db.t SET vector = array(1, n) WHERE n = 3"))
        .hasStackTraceContaining("Invalid dimension of vector 'vector' of record 'r3': 2");
    assertThatThrownBy(
            () ->
                spark.sql(
                    "MERGE INTO prox.db.t USING (SELECT * FROM VALUES ('r1'), ('r1') AS x(id)) s"
                        + " ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = 0"))
        .hasStackTraceContaining("MERGE_CARDINALITY_VIOLATION");
    assertThat(strings(spark.table("prox.db.t"))).isEqualTo(before);
    assertThat(TestCollections.files(spark, "__spark")).isEmpty();
  }

  /** Adds one, and the first time deletes a row as another writer does. */
  private static int meddle(String folder, int n) {
    if (MEDDLED.compareAndSet(false, true)) {
      try (Warehouse opened = Warehouse.open(Map.of("warehouse", folder))) {
        CollectionTable table = opened.load(TABLE);
        RowLevelCommit.on(table)
            .delete(SnapshotScan.selector(table, Filter.equal("n", 5), Clock.system().nowMicros()))
            .commit();
      }
    }
    return n + 1;
  }

  /** What the statement read must still be there when it commits. */
  @Test
  void rowsChangedMeanwhileAreAConflict() throws Exception {
    open("viper");
    MEDDLED.set(false);
    String folder = warehouse.toString();
    UDF1<Integer, Integer> meddle = n -> meddle(folder, n);
    spark.udf().register("meddle", meddle, DataTypes.IntegerType);
    assertThatThrownBy(() -> spark.sql("UPDATE prox.db.t SET n = meddle(n) WHERE n > 3"))
        .hasStackTraceContaining("Cannot UPDATE in 'db.t': meanwhile another writer changed or")
        .hasStackTraceContaining("run it again");
    assertThat(idsAndNumbers())
        .containsExactly("r0|0", "r1|1", "r2|2", "r3|3", "r4|4", "r6|6", "r7|7", "r8|8", "r9|9");
    spark.sql("UPDATE prox.db.t SET n = meddle(n) WHERE n > 3");
    assertThat(idsAndNumbers()).contains("r4|5", "r9|10").hasSize(9);
  }

  private static int writeNew(String folder, int n) {
    if (MEDDLED.compareAndSet(false, true)) {
      try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(Path.of(folder)))) {
        engine
            .collection(TABLE)
            .upsert(List.of(VectorRecord.of("new", new float[] {7, 7, 7}, Map.of("n", -7))));
      }
    }
    return n;
  }

  /** A record that the statement did not see must not be lost to one that it makes. */
  @Test
  void recordsWrittenMeanwhileAreAConflict() throws Exception {
    open("viper");
    MEDDLED.set(false);
    String folder = warehouse.toString();
    UDF1<Integer, Integer> write = n -> writeNew(folder, n);
    spark.udf().register("write_new", write, DataTypes.IntegerType);
    String merge =
        "MERGE INTO prox.db.t USING (SELECT * FROM VALUES ('new', 1) AS x(id, n)) s ON t.id = s.id"
            + " WHEN MATCHED THEN UPDATE SET n = s.n + 100"
            + " WHEN NOT MATCHED THEN INSERT (id, n, vector)"
            + " VALUES (s.id, write_new(s.n), array(1, 2, 3))";
    assertThatThrownBy(() -> spark.sql(merge))
        .hasStackTraceContaining("Cannot MERGE in 'db.t': meanwhile another writer wrote a record");
    assertThat(idsAndNumbers()).contains("new|-7");
    spark.sql(merge);
    assertThat(idsAndNumbers()).contains("new|101");
  }

  /** An expiry that the table does not show survives an update of other columns. */
  @Test
  void hiddenExpiryIsKept() throws Exception {
    Instant expiry = Instant.parse("2100-01-01T00:00:00Z");
    try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(warehouse))) {
      engine
          .createCollection(
              CollectionName.parse("db.h"),
              CollectionSchema.builder()
                  .vector(2, Metric.EUCLIDEAN)
                  .metadata("n", FieldType.Scalar.INT)
                  .build())
          .upsert(
              List.of(
                  new VectorRecord(
                      "a", Map.of("vector", new float[] {1, 2}), Map.of("n", 1), expiry)));
    }
    spark.sql("ALTER TABLE prox.db.h SET TBLPROPERTIES ('proximadb.layout' = 'viper')");
    spark.sql("UPDATE prox.db.h SET n = n + 1 WHERE n % 2 = 1");
    assertThat(strings(spark.sql("SELECT n, expires_at FROM prox.db.h")))
        .containsExactly("2|2100-01-01 00:00:00.0");
  }
}
