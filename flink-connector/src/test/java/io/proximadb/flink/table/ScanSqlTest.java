package io.proximadb.flink.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of Flink SQL that are read. */
class ScanSqlTest {
  private static final CollectionName NAME = CollectionName.parse("shop.items");
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  @TempDir Path warehouse;
  private ProximaEngine engine;
  private Collection items;

  @BeforeEach
  void open() {
    engine =
        ProximaEngine.open(
            EngineOptions.local(warehouse).withCatalogProperty(MaintenanceOptions.THREADS, "0"));
    items =
        engine.createCollection(
            NAME,
            CollectionSchema.builder()
                .vector(2, Metric.EUCLIDEAN)
                .metadata("category", FieldType.Scalar.STRING)
                .metadata("price", FieldType.Scalar.DOUBLE)
                .metadata("at", FieldType.Scalar.TIMESTAMP)
                .metadata("tags", new FieldType.ListOf(FieldType.Scalar.STRING))
                .build());
    put("a", "book", 1.5, 0);
    put("b", "book", Double.NaN, 1);
    put("c", "pen", 2.5, 2);
    put("d", null, 9.0, 70);
    items.flush();
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void put(String id, @Nullable String category, double price, int minutes) {
    Map<String, @Nullable Object> metadata = new TreeMap<>();
    metadata.put("category", category);
    metadata.put("price", price);
    metadata.put("at", NOON.plus(Duration.ofMinutes(minutes)));
    metadata.put("tags", List.of(id, "x"));
    items.upsert(List.of(VectorRecord.of(id, new float[] {(float) minutes, 1}, metadata)));
  }

  private StreamTableEnvironment sql(RuntimeExecutionMode mode) {
    Configuration configuration = new Configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    env.setRuntimeMode(mode);
    env.enableCheckpointing(50);
    return StreamTableEnvironment.create(env);
  }

  private void table(StreamTableEnvironment sql, String more, String options) {
    sql.executeSql(
        "CREATE TEMPORARY TABLE items (id STRING, category STRING, price DOUBLE,"
            + " `at` TIMESTAMP_LTZ(3), tags ARRAY<STRING>, `vector` ARRAY<FLOAT>"
            + more
            + ", PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'proximadb', 'warehouse' = '"
            + warehouse
            + "', 'collection' = 'shop.items'"
            + options
            + ")");
  }

  private static List<String> rows(StreamTableEnvironment sql, String query) throws Exception {
    List<String> rows = new ArrayList<>();
    try (CloseableIterator<Row> results = sql.executeSql(query).collect()) {
      results.forEachRemaining(row -> rows.add(row.toString()));
    }
    rows.sort(null);
    return rows;
  }

  @Test
  void aScanReadsOneSnapshot() throws Exception {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.BATCH);
    long first = items.snapshots().get(0).id();
    put("a", "book", 3.5, 5);
    items.delete(List.of("c"));
    items.flush();
    table(
        sql,
        ", _version BIGINT METADATA VIRTUAL, v BIGINT METADATA FROM '_commit_version' VIRTUAL",
        "");
    assertThat(rows(sql, "SELECT id, price, tags, `vector` FROM items WHERE category = 'book'"))
        .containsExactly("+I[a, 3.5, [a, x], [5.0, 1.0]]", "+I[b, NaN, [b, x], [1.0, 1.0]]");
    assertThat(rows(sql, "SELECT v, id FROM items WHERE _version > 0 AND category IS NULL"))
        .containsExactly("+I[2, d]");
    assertThat(rows(sql, "SELECT id FROM items LIMIT 2")).hasSize(2);
    assertThat(rows(sql, "SELECT COUNT(*) FROM items")).containsExactly("+I[3]");
    assertThat(
            rows(
                sql,
                "SELECT id, price FROM items /*+ OPTIONS('scan.version'='"
                    + first
                    + "') */ WHERE id IN ('a', 'c')"))
        .containsExactly("+I[a, 1.5]", "+I[c, 2.5]");
  }

  /** Also where NaN and NULL are: what is pushed down means what Flink means. */
  @Test
  void conditionsArePushedDownOnlyIfTheyMeanTheSame() throws Exception {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.BATCH);
    table(sql, "", "");
    String[] pushed = {
      "price > 1.5",
      "price <= 2.5",
      "price <> 2.5",
      "NOT (price > 2)",
      "category = 'book' OR price >= 9",
      "category LIKE 'bo%'",
      "category LIKE '%oo%'",
      "category NOT IN ('pen', 'cap')",
      "category IS NOT NULL",
      "`at` < TO_TIMESTAMP_LTZ(1769860860000, 3)",
      "id >= 'b'",
    };
    String[] kept = {"UPPER(category) = 'BOOK'", "category LIKE '_ook'", "price * 2 > 5"};
    for (String condition : pushed) {
      assertThat(sql.explainSql("SELECT id FROM items WHERE " + condition))
          .as(condition)
          .contains("filter=[");
    }
    for (String condition : kept) {
      assertThat(sql.explainSql("SELECT id FROM items WHERE " + condition))
          .as(condition)
          .contains("where=[");
    }
    sql.executeSql(
        "CREATE TEMPORARY VIEW plain AS SELECT * FROM items WHERE CHAR_LENGTH(id || 'x') > 0");
    StringBuilder pushedDown = new StringBuilder();
    StringBuilder evaluated = new StringBuilder();
    for (String condition : pushed) {
      // Behind a function of every column Flink evaluates the condition itself.
      String own =
          condition
              .replace("price", "(price + 0e0)")
              .replace("category", "(category || '')")
              .replace("id ", "(id || '') ");
      String select = "SELECT '" + condition.replace("'", "''") + "', id FROM ";
      pushedDown.append(select).append("items WHERE ").append(condition).append(" UNION ALL ");
      evaluated.append(select).append("plain WHERE ").append(own).append(" UNION ALL ");
    }
    String end = "SELECT id, id FROM items WHERE id = 'none'";
    assertThat(rows(sql, pushedDown + end))
        .hasSizeGreaterThan(20)
        .isEqualTo(rows(sql, evaluated + end));
  }

  @Test
  void changesFollowEachCommit() throws Exception {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.STREAMING);
    table(sql, "", ", 'scan.poll-interval' = '10 ms', 'scan.parts' = '3'");
    try (CloseableIterator<Row> changes =
        sql.executeSql("SELECT id, price FROM items WHERE price < 5").collect()) {
      assertThat(next(changes, 2)).containsExactly("+I[a, 1.5]", "+I[c, 2.5]");
      put("a", "book", 2.0, 0);
      put("c", "pen", 7.0, 0);
      put("d", "cap", 4.0, 0);
      put("e", "cap", 8.0, 0);
      items.delete(List.of("b"));
      items.flush();
      assertThat(next(changes, 4))
          .containsExactly("+I[d, 4.0]", "+U[a, 2.0]", "-D[c, 2.5]", "-U[a, 1.5]");
    }
  }

  private static List<String> next(CloseableIterator<Row> changes, int count) {
    List<String> rows = new ArrayList<>();
    while (rows.size() < count) {
      rows.add(changes.next().toString());
    }
    rows.sort(null);
    return rows;
  }

  @Test
  void rowsAreDeletedAndUpdatedByStatements() throws Exception {
    StreamTableEnvironment sql =
        StreamTableEnvironment.create(
            StreamExecutionEnvironment.createLocalEnvironment(2),
            EnvironmentSettings.inBatchMode());
    table(sql, ", expires_at TIMESTAMP_LTZ(6)", "");
    sql.executeSql("DELETE FROM items WHERE price > 5").await();
    assertThat(rows(sql, "SELECT id FROM items")).containsExactly("+I[a]", "+I[b]", "+I[c]");
    sql.executeSql("DELETE FROM items WHERE UPPER(category) = 'PEN'").await();
    sql.executeSql("UPDATE items SET price = price + 1 WHERE id = 'a'").await();
    assertThat(rows(sql, "SELECT id, price, category, tags, `vector` FROM items"))
        .containsExactly(
            "+I[a, 2.5, book, [a, x], [0.0, 1.0]]", "+I[b, NaN, book, [b, x], [1.0, 1.0]]");
    assertThatThrownBy(() -> sql.executeSql("UPDATE items SET id = 'z' WHERE id = 'a'"))
        .hasStackTraceContaining("Cannot update column 'id'");
    sql.executeSql("TRUNCATE TABLE items").await();
    assertThat(rows(sql, "SELECT id FROM items")).isEmpty();
    sql.executeSql("DROP TEMPORARY TABLE items");
    table(sql, "", "");
    assertThatThrownBy(() -> sql.executeSql("UPDATE items SET price = 1e0 WHERE id = 'a'"))
        .hasStackTraceContaining("expected [expires_at] to be declared, too");
  }

  @Test
  void watermarksComeFromAColumn() throws Exception {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.STREAMING);
    sql.getConfig().setLocalTimeZone(java.time.ZoneOffset.UTC);
    table(sql, ", WATERMARK FOR `at` AS `at`", ", 'scan.mode' = 'snapshot'");
    assertThat(
            rows(
                sql,
                "SELECT CAST(window_start AS STRING), COUNT(*) FROM TUMBLE(TABLE items,"
                    + " DESCRIPTOR(`at`), INTERVAL '1' HOUR) GROUP BY window_start, window_end"))
        .containsExactly("+I[2026-01-31 12:00:00.000, 3]", "+I[2026-01-31 13:00:00.000, 1]");
  }

  @Test
  void optionsAndColumnsHaveToFit() {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.STREAMING);
    table(sql, "", ", 'scan.mode' = 'changes', 'scan.version' = '1'");
    assertThatThrownBy(() -> sql.explainSql("SELECT id FROM items"))
        .hasStackTraceContaining("'scan.version' is given (expected 'scan.mode' = 'snapshot'");
    sql.executeSql("DROP TEMPORARY TABLE items");
    table(sql, ", colour STRING", "");
    assertThatThrownBy(() -> sql.explainSql("SELECT colour FROM items"))
        .hasStackTraceContaining("Cannot read column 'colour': there is none (expected one of");
  }
}
