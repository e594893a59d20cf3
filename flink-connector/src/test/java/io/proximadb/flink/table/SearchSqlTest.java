package io.proximadb.flink.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code VECTOR_SEARCH}, lookup joins and the catalog, in every form that the guide shows. */
class SearchSqlTest {
  @TempDir static Path warehouse;
  private static ProximaEngine engine;
  private static Collection docs;

  @BeforeAll
  static void fill() {
    engine =
        ProximaEngine.open(
            EngineOptions.local(warehouse).withCatalogProperty(MaintenanceOptions.THREADS, "0"));
    docs =
        engine.createCollection(
            CollectionName.parse("shop.docs"),
            CollectionSchema.builder()
                .vector(3, Metric.EUCLIDEAN)
                .metadata("category", FieldType.Scalar.STRING)
                .metadata("price", FieldType.Scalar.INT)
                .build());
    Random random = new Random(7);
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      records.add(
          VectorRecord.of(
              "d" + i,
              new float[] {random.nextFloat(), random.nextFloat(), random.nextFloat()},
              Map.of("category", "c" + i % 3, "price", i)));
    }
    docs.upsert(records.subList(0, 120));
    docs.flush();
    docs.upsert(records.subList(100, 200));
    docs.delete(List.of("d1", "d150"));
    docs.flush();
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static StreamTableEnvironment sql(RuntimeExecutionMode mode) {
    Configuration configuration = new Configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    env.setRuntimeMode(mode);
    StreamTableEnvironment sql = StreamTableEnvironment.create(env);
    sql.executeSql(
        "CREATE CATALOG prox WITH ('type' = 'proximadb', 'warehouse' = '" + warehouse + "')");
    sql.executeSql(
        "CREATE TEMPORARY VIEW q AS SELECT qid, CAST(ARRAY[x, 0.5, 0.5] AS ARRAY<FLOAT>) AS qv,"
            + " word, PROCTIME() AS pt FROM (VALUES (1, 0.1, 'd5'), (2, 0.9, 'd150'),"
            + " (3, 0.4, CAST(NULL AS STRING))) AS t (qid, x, word)");
    return sql;
  }

  private static List<String> rows(StreamTableEnvironment sql, String query) throws Exception {
    List<String> rows = new ArrayList<>();
    try (CloseableIterator<Row> results = sql.executeSql(query).collect()) {
      results.forEachRemaining(row -> rows.add(row.toString()));
    }
    rows.sort(null);
    return rows;
  }

  /** What the engine answers, as rows {@code qid, id, price, score}. */
  private static List<String> expected(int k, Filter filter) {
    List<String> rows = new ArrayList<>();
    float[] firsts = {0.1f, 0.9f, 0.4f};
    for (int qid = 1; qid <= firsts.length; qid++) {
      SearchRequest request =
          SearchRequest.of(new float[] {firsts[qid - 1], 0.5f, 0.5f}, k)
              .where(filter)
              .returning(List.of("price"));
      for (SearchHit hit : docs.search(request).hits()) {
        rows.add(
            "+I["
                + qid
                + ", "
                + hit.id()
                + ", "
                + hit.fields().get("price")
                + ", "
                + hit.distance()
                + "]");
      }
    }
    rows.sort(null);
    return rows;
  }

  private static String search(String arguments) {
    return "LATERAL TABLE(VECTOR_SEARCH(TABLE prox.shop.docs, DESCRIPTOR(`vector`), q.qv, "
        + arguments
        + "))";
  }

  @ParameterizedTest
  @EnumSource(
      value = RuntimeExecutionMode.class,
      names = {"BATCH", "STREAMING"})
  void searchesAnswerAsTheEngineDoes(RuntimeExecutionMode mode) throws Exception {
    StreamTableEnvironment sql = sql(mode);
    String select = "SELECT qid, id, price, score FROM q, ";
    List<String> all = expected(4, Filter.alwaysTrue());
    for (String options :
        new String[] {"4", "4, MAP['async', 'true']", "4, MAP['mode', 'exact']"}) {
      assertThat(rows(sql, select + search(options))).as(options).isEqualTo(all);
    }
    assertThat(
            rows(
                sql,
                select
                    + search(
                        "4, MAP['filter', '{\"category\": \"c1\"}', 'recall', '0.9', 'ef', '64']")))
        .isEqualTo(expected(4, Filter.equal("category", "c1")));
    assertThat(
            rows(
                sql,
                select.replace("FROM q, ", "FROM q LEFT JOIN ")
                    + search("4")
                    + " ON TRUE WHERE category = 'c1'"))
        .isNotEmpty()
        .isSubsetOf(all);
    assertThat(
            rows(
                sql,
                "SELECT 1, id, price, score FROM TABLE(VECTOR_SEARCH(TABLE prox.shop.docs,"
                    + " DESCRIPTOR(`vector`), ARRAY[CAST(0.1 AS FLOAT), CAST(0.5 AS FLOAT),"
                    + " CAST(0.5 AS FLOAT)], 4))"))
        .isEqualTo(all.stream().filter(row -> row.startsWith("+I[1,")).toList());
  }

  @Test
  void optionsAreCheckedAndNoneIsPassedOver() {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.BATCH);
    Map<String, String> wrong =
        Map.of(
            "MAP['colour', 'red']", "Invalid options of VECTOR_SEARCH: [colour]",
            "MAP['recall', '2']", "Invalid recall of VECTOR_SEARCH: '2'",
            "MAP['ef', 'x']", "Invalid ef of VECTOR_SEARCH: 'x'",
            "MAP['mode', 'fast']", "Invalid mode of VECTOR_SEARCH: 'fast'",
            "MAP['mode', 'exact', 'ef', '9']", "mode 'exact' together with recall or ef",
            "MAP['filter', '{\"size\": 1}']", "size");
    wrong.forEach(
        (options, message) ->
            assertThatThrownBy(
                    () -> sql.explainSql("SELECT qid FROM q, " + search("2, " + options)))
                .as(options)
                .hasStackTraceContaining(message));
  }

  @Test
  void lookupJoinsFindRowsByTheirId() throws Exception {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.STREAMING);
    String join =
        "SELECT q.qid, d.price FROM q LEFT JOIN prox.shop.docs /*+ OPTIONS(%s) */ FOR SYSTEM_TIME"
            + " AS OF q.pt AS d ON q.word = d.id";
    for (String options :
        new String[] {
          "'refresh-interval' = '5 s'",
          "'lookup.async' = 'true'",
          "'lookup.cache' = 'PARTIAL', 'lookup.partial-cache.max-rows' = '10'",
        }) {
      assertThat(rows(sql, String.format(join, options)))
          .as(options)
          .containsExactly("+I[1, 5]", "+I[2, null]", "+I[3, null]");
    }
    assertThat(
            rows(
                sql,
                String.format(join, "'refresh-interval' = '5 s'")
                    + " AND d.category = 'c0' AND d.price < 5"))
        .containsExactly("+I[1, null]", "+I[2, null]", "+I[3, null]");
    assertThatThrownBy(
            () ->
                sql.explainSql(
                    String.format(join, "'refresh-interval' = '5 s'")
                        .replace("q.word = d.id", "q.word = d.category")))
        .hasStackTraceContaining("without their id");
  }

  @Test
  void theCatalogMakesAndDropsCollections() throws Exception {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.BATCH);
    sql.executeSql("CREATE DATABASE prox.fresh");
    sql.executeSql(
        "CREATE TABLE prox.fresh.t (id STRING, n INT, tags ARRAY<STRING>, e ARRAY<FLOAT>,"
            + " PRIMARY KEY (id) NOT ENFORCED) WITH ('proximadb.vector.e.dimension' = '2',"
            + " 'proximadb.vector.e.metric' = 'DOT')");
    sql.executeSql(
            "INSERT INTO prox.fresh.t (id, n, tags, e)"
                + " VALUES ('a', 1, ARRAY['x'], ARRAY[CAST(1 AS FLOAT), CAST(2 AS FLOAT)])")
        .await();
    assertThat(rows(sql, "SELECT id, n, tags, e FROM prox.fresh.t"))
        .containsExactly("+I[a, 1, [x], [1.0, 2.0]]");
    assertThat(rows(sql, "SHOW TABLES FROM prox.fresh")).containsExactly("+I[t]");
    assertThatThrownBy(() -> sql.executeSql("CREATE TABLE prox.fresh.u (id STRING, n INT)"))
        .hasStackTraceContaining("without a vector column");
    assertThatThrownBy(
            () ->
                sql.executeSql(
                    "CREATE TABLE prox.fresh.u (id STRING, e ARRAY<FLOAT>) WITH"
                        + " ('proximadb.vector.e.dimension' = '2', 'scan.mode' = 'snapshot')"))
        .hasStackTraceContaining("Invalid option: 'scan.mode'");
    assertThatThrownBy(() -> sql.executeSql("DROP DATABASE prox.fresh"))
        .hasStackTraceContaining("fresh");
    sql.executeSql("DROP TABLE prox.fresh.t");
    sql.executeSql("DROP DATABASE prox.fresh");
    assertThat(rows(sql, "SHOW DATABASES IN prox LIKE 'fresh'")).isEmpty();
  }
}
