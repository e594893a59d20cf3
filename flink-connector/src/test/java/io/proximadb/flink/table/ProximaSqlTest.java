package io.proximadb.flink.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProximaSqlTest {
  private static final CollectionName NAME = CollectionName.parse("shop.items");

  @TempDir Path warehouse;

  @BeforeEach
  void createCollection() {
    try (Warehouse open = open()) {
      open.create(
          NAME,
          CollectionSchema.builder()
              .vector(2, Metric.COSINE)
              .metadata("category", FieldType.Scalar.STRING)
              .metadata("price", FieldType.Scalar.DOUBLE)
              .build(),
          Map.of());
    }
  }

  private Warehouse open() {
    return Warehouse.open(Map.of(Warehouse.WAREHOUSE, warehouse.toString()));
  }

  private StreamTableEnvironment sql(RuntimeExecutionMode mode) {
    StreamExecutionEnvironment env = environment();
    env.setRuntimeMode(mode);
    return StreamTableEnvironment.create(env);
  }

  private static StreamExecutionEnvironment environment() {
    Configuration configuration = new Configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    env.enableCheckpointing(50);
    return env;
  }

  private void createTable(StreamTableEnvironment sql, String columns, String options) {
    sql.executeSql(
        "CREATE TEMPORARY TABLE items ("
            + columns
            + ") WITH ('connector' = 'proximadb', 'warehouse' = '"
            + warehouse
            + "'"
            + options
            + ")");
  }

  private void createTable(StreamTableEnvironment sql) {
    createTable(
        sql,
        "id STRING, price DOUBLE, category STRING, expires_at TIMESTAMP_LTZ(3),"
            + " `vector` ARRAY<FLOAT>, PRIMARY KEY (id) NOT ENFORCED",
        ", 'collection' = 'shop.items', 'sink.buffer-bytes' = '1mb', 'sink.uid' = 'items'");
  }

  /** The live rows as {@code id -> category price vector}. */
  private Map<String, String> rows() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    try (Warehouse open = open()) {
      Table table = open.load(NAME).table();
      try (CloseableIterable<Record> records = IcebergGenerics.read(table).build()) {
        for (Record record : records) {
          String id = (String) record.getField("id");
          assertThat(
                  rows.put(
                      id,
                      record.getField("category")
                          + " "
                          + record.getField("price")
                          + " "
                          + record.getField("vector")))
              .isNull();
        }
      }
    }
    return rows;
  }

  private int snapshots() {
    List<Snapshot> found = new ArrayList<>();
    try (Warehouse open = open()) {
      open.load(NAME).table().snapshots().forEach(found::add);
    }
    return found.size();
  }

  @Test
  void batchInsertCommitsOnce() throws Exception {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.BATCH);
    createTable(sql);
    sql.executeSql(
            """
            INSERT INTO items (id, category, price, `vector`) VALUES
              ('a', 'book', 1.5, CAST(ARRAY[1, 2] AS ARRAY<FLOAT>)),
              ('b', CAST(NULL AS STRING), 2.5, CAST(ARRAY[3, 4] AS ARRAY<FLOAT>))
            """)
        .await();
    assertThat(rows()).isEqualTo(Map.of("a", "book 1.5 [1.0, 2.0]", "b", "null 2.5 [3.0, 4.0]"));
    assertThat(snapshots()).isEqualTo(1);
    try (Warehouse open = open()) {
      assertThat(open.load(NAME).table().properties().keySet())
          .anyMatch(key -> key.startsWith("proximadb.flink.") && key.endsWith(".items"));
    }
  }

  @Test
  void streamingInsertAppliesTheChangelog() throws Exception {
    StreamExecutionEnvironment env = environment();
    DataStream<Row> changes =
        env.fromData(
            Types.ROW_NAMED(
                new String[] {"id", "price", "vec"},
                Types.STRING,
                Types.DOUBLE,
                Types.OBJECT_ARRAY(Types.FLOAT)),
            change(RowKind.INSERT, "a", 1.0),
            change(RowKind.INSERT, "b", 1.0),
            change(RowKind.INSERT, "c", 1.0),
            change(RowKind.UPDATE_BEFORE, "a", 1.0),
            change(RowKind.UPDATE_AFTER, "a", 2.0),
            change(RowKind.DELETE, "b", 1.0));
    StreamTableEnvironment sql = StreamTableEnvironment.create(env);
    Schema keyedById =
        Schema.newBuilder()
            .column("id", DataTypes.STRING().notNull())
            .column("price", DataTypes.DOUBLE())
            .column("vec", DataTypes.ARRAY(DataTypes.FLOAT()))
            .primaryKey("id")
            .build();
    sql.createTemporaryView(
        "changes", sql.fromChangelogStream(changes, keyedById, ChangelogMode.all()));
    createTable(sql);
    sql.executeSql(
            "INSERT INTO items (id, price, category, `vector`)"
                + " SELECT id, price, UPPER(id), vec FROM changes")
        .await();
    assertThat(rows()).isEqualTo(Map.of("a", "A 2.0 [1.0, 2.0]", "c", "C 1.0 [1.0, 1.0]"));
  }

  @Test
  void aggregatesAreKeptUpToDate() throws Exception {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.STREAMING);
    createTable(sql);
    sql.executeSql(
        "CREATE TEMPORARY VIEW sales AS SELECT * FROM (VALUES"
            + " ('a', 1e0), ('b', 5e0), ('a', 2e0), ('a', 4e0)) AS t (item, price)");
    sql.executeSql(
            "INSERT INTO items (id, price, `vector`) SELECT item, SUM(price),"
                + " ARRAY[CAST(1 AS FLOAT), CAST(2 AS FLOAT)] FROM sales GROUP BY item")
        .await();
    assertThat(rows()).isEqualTo(Map.of("a", "null 7.0 [1.0, 2.0]", "b", "null 5.0 [1.0, 2.0]"));
  }

  private static Row change(RowKind kind, String id, Double price) {
    return Row.ofKind(kind, id, price, new Float[] {1f, price.floatValue()});
  }

  @Test
  void tableMustFitTheCollection() {
    StreamTableEnvironment sql = sql(RuntimeExecutionMode.BATCH);
    String vector = "`vector` ARRAY<FLOAT>";
    String collection = ", 'collection' = 'shop.items'";
    checkRefused(
        sql, "id STRING, " + vector, collection, "Invalid primary key: none (expected PRIMARY KEY");
    checkRefused(
        sql,
        "id STRING, category STRING, " + vector + ", PRIMARY KEY (category) NOT ENFORCED",
        collection,
        "Invalid primary key: [category]");
    String key = ", PRIMARY KEY (id) NOT ENFORCED";
    checkRefused(
        sql,
        "id STRING, `vector` ARRAY<DOUBLE>" + key,
        collection,
        "Invalid type of column 'vector': ARRAY<DOUBLE> (expected ARRAY<FLOAT>");
    checkRefused(
        sql,
        "id STRING, color STRING, " + vector + key,
        collection,
        "Invalid row type: unknown column 'color'");
    checkRefused(
        sql, "id STRING, " + vector + key, ", 'collection' = 'shop.nothing'", "'shop.nothing'");
    checkRefused(sql, "id STRING, " + vector + key, "", "Missing required options are:");
    checkRefused(
        sql, "id STRING, " + vector + key, collection + ", 'sink.colour' = 'red'", "sink.colour");
  }

  private void checkRefused(
      StreamTableEnvironment sql, String columns, String options, String expected) {
    createTable(sql, columns, options);
    String select = columns.contains("category") || columns.contains("color") ? "'x', 'y'" : "'x'";
    String array = columns.contains("DOUBLE") ? "ARRAY<DOUBLE>" : "ARRAY<FLOAT>";
    assertThatThrownBy(
            () ->
                sql.explainSql(
                    "INSERT INTO items SELECT " + select + ", CAST(ARRAY[1, 2] AS " + array + ")"))
        .hasStackTraceContaining(expected);
    sql.executeSql("DROP TEMPORARY TABLE items");
  }
}
