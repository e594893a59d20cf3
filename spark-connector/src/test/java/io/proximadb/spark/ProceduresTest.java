package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchRequest;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProceduresTest {
  @TempDir Path folder;
  private Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() throws Exception {
    warehouse = folder.resolve("warehouse");
    spark = SparkSessions.open(warehouse);
    TestCollections.create(spark);
  }

  private List<Row> call(String call) {
    return spark.sql("CALL prox.system." + call).collectAsList();
  }

  private void layout(String layout) {
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.layout' = '" + layout + "')");
  }

  private static VectorRecord record(String id, float x) {
    return VectorRecord.of(id, new float[] {x, 0.5f, -1}, Map.of("category", "e"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"viper", "lsm"})
  void indexesAreBuiltByAJob(String layout) throws Exception {
    layout(layout);
    rows(spark, "a", 0, 2_000).writeTo("prox.db.t").append();
    rows(spark, "b", 0, 3_000).writeTo("prox.db.t").append();
    call("create_index('db.t', 'near', 'hnsw', 'vector', map('degree', '8'))");
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.indexes.min-rows' = '100')");
    Row before = call("describe_index(table => 'prox.db.t')").get(0);
    assertThat(before.<Long>getAs("files")).isPositive();
    assertThat(before.<Long>getAs("indexed_files")).isZero();
    List<Row> built = call("build_index(table => 'db.t')");
    assertThat(built).hasSize(1);
    assertThat(built.get(0).<Long>getAs("built_files")).isEqualTo(before.<Long>getAs("files"));
    assertThat(built.get(0).<Long>getAs("rows")).isEqualTo(5_000);
    assertThat(built.get(0).getList(built.get(0).fieldIndex("failures"))).isEmpty();
    Row after = call("describe_index('db.t', 'near')").get(0);
    assertThat(after.<Long>getAs("indexed_rows")).isEqualTo(5_000);
    assertThat(call("build_index('db.t')").get(0).<Long>getAs("built_files")).isZero();
    Row explained =
        call("explain_search(table => 'db.t', query => array(7, 0.5, -1), k => 2, recall => 0.9)")
            .get(0);
    assertThat(explained.getList(explained.fieldIndex("answer"))).hasSize(2);
    String strategy = explained.getAs("strategy");
    long looked = explained.<Long>getAs("rows_of_indexes") + explained.<Long>getAs("rows_compared");
    assertThat(looked).as(strategy).isGreaterThanOrEqualTo(5_000);
    // Rows that a compaction moves keep what the index knows of them.
    rows(spark, "a", 0, 1_500).writeTo("prox.db.t").append();
    assertThat(call("compact('db.t')")).isNotEmpty();
    Row again = call("build_index('db.t')").get(0);
    assertThat(again.<Long>getAs("built_files")).isPositive();
    assertThat(again.<Long>getAs("carried_over")).isPositive();
    assertThat(call("drop_index('db.t', 'near')").get(0).getList(0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"viper", "lsm"})
  void compactionIsWrittenByAJobBesideAnEngine(String layout) throws Exception {
    layout(layout);
    EngineOptions options =
        EngineOptions.of(
                Map.of("warehouse", warehouse.toString(), "proximadb.maintenance.threads", "0"))
            .withHome(folder.resolve("home"));
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection collection = engine.collection(CollectionName.parse("db.t"));
      collection.upsert(List.of(record("r1", 100), record("e", 200)));
      for (int i = 0; i < 6; i++) {
        rows(spark, "r", i * 10, i * 10 + 30).writeTo("prox.db.t").append();
      }
      int files = TestCollections.files(spark, "/data/").size();
      List<Row> steps = call("compact('db.t')");
      assertThat(steps).isNotEmpty();
      assertThat(steps.stream().mapToLong(step -> step.<Long>getAs("rows_removed")).sum())
          .isPositive();
      assertThat(files).isGreaterThan(4);
      long live =
          Warehouses.open(Map.of("warehouse", warehouse.toString()))
              .load(CollectionName.parse("db.t"))
              .liveFiles()
              .size();
      assertThat(live).isLessThan(files);
      assertThat(spark.table("prox.db.t").count()).isEqualTo(80);
      assertThat(TestCollections.files(spark, "__compaction")).isEmpty();
      // What the engine acknowledged stays on top.
      assertThat(
              collection
                  .search(SearchRequest.of(new float[] {100, 0.5f, -1}, 1))
                  .hits()
                  .get(0)
                  .id())
          .isEqualTo("r1");
      collection.flush();
      assertThat(spark.table("prox.db.t").count()).isEqualTo(81);
    }
    assertThat(spark.sql("SELECT id FROM prox.db.t GROUP BY id HAVING count(*) > 1").count())
        .isZero();
  }

  @Test
  void expiredRowsAndSnapshotsAreRemoved() throws Exception {
    rows(spark, "a", 0, 10).writeTo("prox.db.t").append();
    spark.sql(
        "INSERT INTO prox.db.t VALUES ('x', array(1, 2, 3), 'c', 1, TIMESTAMP'2001-01-01"
            + " 00:00:00')");
    Row swept = call("sweep_ttl('db.t')").get(0);
    assertThat(swept.<Long>getAs("rows_removed")).isEqualTo(1);
    assertThat(call("sweep_ttl('db.t')")).isEmpty();
    assertThat(call("expire_snapshots('db.t')")).isEmpty();
    assertThat(call("recluster('db.t')")).isEmpty();
    assertThat(call("remove_orphans('db.t')")).isEmpty();
    assertThat(call("rewrite_manifests('db.t')")).isEmpty();
  }

  @Test
  void recordsAreErasedWithTheLogOfAnEngine() throws Exception {
    EngineOptions options = EngineOptions.local(warehouse);
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      engine
          .collection(CollectionName.parse("db.t"))
          .upsert(List.of(record("keep", 1), record("gone", 2)));
      assertThatThrownBy(() -> call("erase('db.t', array('gone'))"))
          .hasStackTraceContaining("it is open already");
    }
    Row receipt =
        call("erase(table => 'db.t', ids => array('gone', 'never'), alone => true)").get(0);
    assertThat(receipt.<Boolean>getAs("complete")).isTrue();
    assertThat(receipt.getList(receipt.fieldIndex("found"))).isEqualTo(List.of("gone"));
    assertThat(TestCollections.strings(spark.sql("SELECT id FROM prox.db.t")))
        .containsExactly("keep");
  }

  @Test
  void aRecordThatIsNotInAnAnswerIsExplained() throws Exception {
    rows(spark, "a", 0, 10).writeTo("prox.db.t").append();
    Row far = call("explain_search('db.t', array(0, 0.5, -1), 3, 'a7')").get(0);
    assertThat(far.<String>getAs("outcome")).isEqualTo("RANKED_LOWER");
    assertThat(far.<Integer>getAs("rank")).isEqualTo(8);
    assertThat(far.<Double>getAs("distance")).isEqualTo(7);
    Row filtered =
        call("explain_search('db.t', array(0, 0.5, -1), 3, 'a1', filter => '{\"n\": {\"$gt\":"
                + " 4}}')")
            .get(0);
    assertThat(filtered.<String>getAs("outcome")).isEqualTo("FILTERED");
    assertThat(filtered.getList(filtered.fieldIndex("answer")))
        .isEqualTo(List.of("a5", "a6", "a7"));
  }

  @Test
  void vectorFieldsAreAdded() throws Exception {
    rows(spark, "a", 0, 3).writeTo("prox.db.t").append();
    assertThat(call("add_vector('db.t', 'w', 2, 'DOT')").get(0).getList(0))
        .isEqualTo(List.of("vector", "w"));
    spark.sql("INSERT INTO prox.db.t (id, vector, w) VALUES ('b', array(1, 2, 3), array(4, 5))");
    spark.sql("UPDATE prox.db.t SET w = array(1f, 2f) WHERE id = 'a0'");
    assertThat(TestCollections.strings(spark.sql("SELECT id, w FROM prox.db.t")))
        .containsExactly("a0|[1.0, 2.0]", "a1|null", "a2|null", "b|[4.0, 5.0]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nothing('db.t') | Cannot find procedure",
        "compact('db.none') | Cannot open collection 'db.none': not found",
        "compact() | REQUIRED_PARAMETER_NOT_FOUND",
        "compact(tabel => 'db.t') | UNRECOGNIZED_PARAMETER_NAME",
        "build_index('db.t', 'none') | Cannot find index 'none' of 'db.t'",
        "create_index('db.t', 'i', 'tree', 'vector') | 'tree'",
        "explain_search('db.t', array(1, 2), 3) | dimension",
        "explain_search('db.t', array(1, NULL, 3), 3) | Invalid argument 'query' of explain_search",
        "sweep_ttl(NULL) | Invalid argument 'table' of sweep_ttl: NULL",
        "attach('db.t', 'db.u', 'id', 'v') | db.t"
      })
  void errorsSayWhatToDo(String call, String message) {
    assertThatThrownBy(() -> call(call)).hasStackTraceContaining(message);
  }

  @Test
  void proceduresAreListed() {
    assertThat(spark.sql("SHOW PROCEDURES IN prox.system").count()).isEqualTo(15);
    assertThat(spark.sql("DESCRIBE PROCEDURE prox.system.compact").collectAsList().toString())
        .contains("rewrites files");
  }
}
