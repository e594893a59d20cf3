package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.rows;
import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchRequest;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that appear, or are replaced, with all their rows or not at all, and new names. */
class StagedTableTest {
  private static final String PROPERTIES =
      " TBLPROPERTIES ('proximadb.vector.vector.dimension' = '3',"
          + " 'proximadb.vector.vector.metric' = 'EUCLIDEAN', 'proximadb.layout' = '%s') ";

  @TempDir Path folder;
  private Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() {
    warehouse = folder.resolve("warehouse");
    spark = SparkSessions.open(warehouse);
  }

  private static VectorRecord record(String id) {
    return VectorRecord.of(id, new float[] {1, 2, 3}, Map.of());
  }

  /** Files of collections in the warehouse, those of the catalog left out. */
  private List<String> files() throws IOException {
    try (Stream<Path> walk = Files.walk(warehouse)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> warehouse.relativize(file).toString())
          .filter(file -> !file.startsWith("catalog.db"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"viper", "lsm"})
  void aTableIsCreatedAndReplacedWithItsRows(String layout) throws Exception {
    rows(spark, "r", 0, 20).createOrReplaceTempView("source");
    String properties = PROPERTIES.formatted(layout);
    spark.sql("CREATE TABLE prox.db.t" + properties + "AS SELECT id, vector, n FROM source");
    assertThat(spark.table("prox.db.t").count()).isEqualTo(20);
    Path before = TestCollections.folder(spark);

    spark.sql(
        "CREATE OR REPLACE TABLE prox.db.t"
            + properties
            + "AS SELECT id, vector, category FROM source WHERE n < 5");
    assertThat(strings(spark.sql("SELECT id, category FROM prox.db.t")))
        .containsExactly("r0|c0", "r1|c1", "r2|c2", "r3|c0", "r4|c1");
    assertThat(before).doesNotExist();

    spark.sql(
        "REPLACE TABLE prox.db.t" + properties + "AS SELECT * FROM prox.db.t WHERE id > 'r2'");
    assertThat(strings(spark.sql("SELECT id FROM prox.db.t"))).containsExactly("r3", "r4");
    spark.sql("REPLACE TABLE prox.db.t (id STRING, vector ARRAY<FLOAT>)" + properties);
    assertThat(spark.table("prox.db.t").columns()).containsExactly("id", "vector");
    assertThat(spark.table("prox.db.t").count()).isZero();
    rows(spark, "x", 0, 3).select("id", "vector").writeTo("prox.db.t").append();
    assertThat(spark.table("prox.db.t").count()).isEqualTo(3);
    rows(spark, "y", 0, 2)
        .writeTo("prox.db.t")
        .tableProperty("proximadb.vector.vector.dimension", "3")
        .createOrReplace();
    assertThat(strings(spark.sql("SELECT id FROM prox.db.t"))).containsExactly("y0", "y1");
  }

  @Test
  void aQueryThatFailsLeavesNothing() throws Exception {
    rows(spark, "r", 0, 20).createOrReplaceTempView("source");
    String failing = "AS SELECT id, IF(n = 7, array(1f), vector) AS vector, n AS m FROM source";
    spark.sql("CREATE NAMESPACE prox.db");
    assertThatThrownBy(
            () -> spark.sql("CREATE TABLE prox.db.t" + PROPERTIES.formatted("viper") + failing))
        .hasStackTraceContaining("Invalid dimension of vector 'vector' of record 'r7'");
    assertThat(spark.catalog().tableExists("prox.db.t")).isFalse();
    assertThat(files()).isEmpty();

    TestCollections.create(spark);
    rows(spark, "r", 0, 4).writeTo("prox.db.t").append();
    List<String> rows = strings(spark.table("prox.db.t"));
    List<String> files = files();
    assertThatThrownBy(
            () -> spark.sql("REPLACE TABLE prox.db.t" + PROPERTIES.formatted("viper") + failing))
        .hasStackTraceContaining("Invalid dimension of vector 'vector' of record 'r7'");
    assertThat(strings(spark.table("prox.db.t"))).isEqualTo(rows);
    assertThat(files()).isEqualTo(files);
    assertThatThrownBy(
            () ->
                spark.sql(
                    "CREATE TABLE prox.db.t"
                        + PROPERTIES.formatted("viper")
                        + "AS SELECT id, vector FROM source"))
        .hasMessageContaining("TABLE_OR_VIEW_ALREADY_EXISTS");
    assertThatThrownBy(
            () ->
                spark.sql(
                    "REPLACE TABLE prox.db.none"
                        + PROPERTIES.formatted("viper")
                        + "AS SELECT id, vector FROM source"))
        .hasMessageContaining("TABLE_OR_VIEW_NOT_FOUND");
    assertThat(files()).isEqualTo(files);
  }

  /** What an engine has open is another table from then on, and the engine says so. */
  @Test
  void anEngineNoticesThatItsCollectionWasReplaced() throws Exception {
    TestCollections.create(spark);
    rows(spark, "r", 0, 4).writeTo("prox.db.t").append();
    EngineOptions options = EngineOptions.local(warehouse).withHome(folder.resolve("home"));
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection old = engine.collection(CollectionName.parse("db.t"));
      assertThat(old.search(SearchRequest.of(new float[] {0, 0, 0}, 10)).hits()).hasSize(4);
      rows(spark, "y", 0, 2).createOrReplaceTempView("source");
      spark.sql(
          "REPLACE TABLE prox.db.t" + PROPERTIES.formatted("lsm") + "AS SELECT * FROM source");
      assertThatThrownBy(() -> old.upsert(List.of(record("z"))))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("dropped and created again");
      Collection now = engine.collection(CollectionName.parse("db.t"));
      now.upsert(List.of(record("z")));
      assertThat(now.search(SearchRequest.of(new float[] {0, 0, 0}, 10)).hits()).hasSize(3);
    }
    assertThat(strings(spark.sql("SELECT id FROM prox.db.t"))).containsExactly("y0", "y1", "z");
  }

  @Test
  void aTableGetsAnotherName() throws Exception {
    TestCollections.create(spark);
    rows(spark, "r", 0, 4).writeTo("prox.db.t").append();
    spark.sql("ALTER TABLE prox.db.t RENAME TO u");
    assertThat(spark.catalog().tableExists("prox.db.t")).isFalse();
    assertThat(spark.table("prox.db.u").count()).isEqualTo(4);
    rows(spark, "r", 3, 6).writeTo("prox.db.u").append();
    spark.sql("ALTER TABLE prox.db.u RENAME TO other.t");
    assertThat(spark.table("prox.other.t").count()).isEqualTo(6);
    TestCollections.create(spark);
    assertThatThrownBy(() -> spark.sql("ALTER TABLE prox.db.t RENAME TO other.t"))
        .hasMessageContaining("TABLE_OR_VIEW_ALREADY_EXISTS");
    assertThatThrownBy(() -> spark.sql("ALTER TABLE prox.db.none RENAME TO other.v"))
        .hasMessageContaining("TABLE_OR_VIEW_NOT_FOUND");
  }

  /** An engine that lost its table by name would let go of what it has not flushed. */
  @Test
  void aTableThatAnEngineOwnsKeepsItsName() throws Exception {
    TestCollections.create(spark);
    EngineOptions options = EngineOptions.local(warehouse).withHome(folder.resolve("home"));
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection collection = engine.collection(CollectionName.parse("db.t"));
      collection.upsert(List.of(record("z")));
      assertThatThrownBy(() -> spark.sql("ALTER TABLE prox.db.t RENAME TO u"))
          .hasStackTraceContaining("Cannot rename 'db.t' while an engine has it open for writing");
      collection.upsert(List.of(record("y")));
    }
    spark.sql("ALTER TABLE prox.db.t RENAME TO u");
    assertThat(strings(spark.sql("SELECT id FROM prox.db.u"))).containsExactly("y", "z");
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      engine.collection(CollectionName.parse("db.u")).upsert(List.of(record("x")));
    }
    assertThat(spark.table("prox.db.u").count()).isEqualTo(3);
  }
}
