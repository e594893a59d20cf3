package io.proximadb.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.EmbeddingModel;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProximaCatalogTest {
  @TempDir Path warehouse;
  private SparkSession spark;

  @BeforeEach
  void open() {
    spark = SparkSessions.open(warehouse);
  }

  private List<String> strings(String sql, String column) {
    return spark.sql(sql).select(column).collectAsList().stream()
        .map(row -> row.getString(0))
        .toList();
  }

  private CollectionSchema schema(String collection) {
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      return opened.load(CollectionName.parse(collection)).schema();
    }
  }

  private static String create(String columns, String properties) {
    return "CREATE TABLE prox.db.t (" + columns + ") TBLPROPERTIES (" + properties + ")";
  }

  @Test
  void createGivesACollection() {
    spark.sql(
        create(
            "id STRING NOT NULL, v ARRAY<FLOAT>, name STRING COMMENT 'the name', n TINYINT,"
                + " big BIGINT, day DATE, at TIMESTAMP, ok BOOLEAN, bytes BINARY, f FLOAT,"
                + " d DOUBLE, tags ARRAY<STRING>, place STRUCT<city: STRING, size: INT>,"
                + " numbers ARRAY<FLOAT>, w ARRAY<FLOAT>, expires_at TIMESTAMP",
            "'proximadb.vector.v.dimension' = '3', 'proximadb.vector.v.metric' = 'dot',"
                + " 'proximadb.vector.w.dimension' = '384', 'proximadb.vector.w.model' = 'm',"
                + " 'proximadb.vector.w.model-version' = '2', 'mine' = 'yes'"));
    assertThat(schema("db.t"))
        .isEqualTo(
            new CollectionSchema(
                List.of(
                    new VectorField("v", 3, Metric.DOT),
                    new VectorField("w", 384, Metric.COSINE, new EmbeddingModel("m", "2"))),
                List.of(
                    new MetadataField("name", FieldType.Scalar.STRING),
                    new MetadataField("n", FieldType.Scalar.INT),
                    new MetadataField("big", FieldType.Scalar.LONG),
                    new MetadataField("day", FieldType.Scalar.DATE),
                    new MetadataField("at", FieldType.Scalar.TIMESTAMP),
                    new MetadataField("ok", FieldType.Scalar.BOOLEAN),
                    new MetadataField("bytes", FieldType.Scalar.BINARY),
                    new MetadataField("f", FieldType.Scalar.FLOAT),
                    new MetadataField("d", FieldType.Scalar.DOUBLE),
                    new MetadataField("tags", new FieldType.ListOf(FieldType.Scalar.STRING)),
                    new MetadataField(
                        "place",
                        new FieldType.StructOf(
                            List.of(
                                new MetadataField("city", FieldType.Scalar.STRING),
                                new MetadataField("size", FieldType.Scalar.INT)))),
                    new MetadataField("numbers", new FieldType.ListOf(FieldType.Scalar.FLOAT)))));
    assertThat(strings("DESCRIBE prox.db.t", "col_name"))
        .containsExactly(
            "id",
            "v",
            "name",
            "n",
            "big",
            "day",
            "at",
            "ok",
            "bytes",
            "f",
            "d",
            "tags",
            "place",
            "numbers",
            "w",
            "expires_at");
    assertThat(strings("DESCRIBE prox.db.t", "comment")).contains("the name");
    assertThat(spark.sql("SHOW TBLPROPERTIES prox.db.t").collectAsList().toString())
        .contains("[mine,yes]", "[proximadb.vector.w.dimension,384]");
  }

  @Test
  void columnsOfOtherDoorsAreShown() {
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      opened.create(
          CollectionName.parse("db.other"),
          CollectionSchema.builder()
              .vector(2, Metric.EUCLIDEAN)
              .metadata("category", FieldType.Scalar.STRING)
              .build(),
          Map.of());
    }
    assertThat(strings("DESCRIBE prox.db.other", "col_name"))
        .containsExactly("id", "category", "expires_at", "vector");
    assertThat(spark.sql("SELECT id, _version, _updated_at FROM prox.db.other").collectAsList())
        .isEmpty();
  }

  @Test
  void showAndDrop() {
    String vector = "'proximadb.vector.v.dimension' = '3'";
    spark.sql("CREATE NAMESPACE prox.empty");
    spark.sql(create("id STRING, v ARRAY<FLOAT>", vector));
    spark.sql("CREATE TABLE IF NOT EXISTS prox.db.t (id STRING, v ARRAY<FLOAT>)");
    assertThat(strings("SHOW NAMESPACES IN prox", "namespace")).containsExactly("db", "empty");
    assertThat(strings("SHOW TABLES IN prox.db", "tableName")).containsExactly("t");
    assertThat(strings("SHOW TABLES IN prox.empty", "tableName")).isEmpty();
    assertThat(spark.catalog().tableExists("prox.db.t")).isTrue();
    assertThat(spark.catalog().tableExists("prox.db.u")).isFalse();
    assertThatThrownBy(() -> spark.sql("DROP NAMESPACE prox.db"))
        .hasMessageContaining("SCHEMA_NOT_EMPTY");
    Path folder = TestCollections.folder(spark);
    assertThat(folder).exists();
    spark.sql("DROP TABLE prox.db.t");
    assertThat(Files.exists(folder)).isFalse();
    spark.sql("DROP TABLE IF EXISTS prox.db.t");
    spark.sql("DROP NAMESPACE prox.db");
    assertThat(strings("SHOW NAMESPACES IN prox", "namespace")).containsExactly("empty");
  }

  @Test
  void namespaceDropsWithItsTables() {
    spark.sql(create("id STRING, v ARRAY<FLOAT>", "'proximadb.vector.v.dimension' = '3'"));
    spark.sql("DROP NAMESPACE prox.db CASCADE");
    assertThat(strings("SHOW NAMESPACES IN prox", "namespace")).isEmpty();
  }

  @Test
  void tableWithoutNamespaceStandsInDefault() {
    spark.sql(
        "CREATE TABLE prox.t (id STRING, v ARRAY<FLOAT>) USING proximadb"
            + " TBLPROPERTIES ('proximadb.vector.v.dimension' = '3')");
    spark.sql("USE prox");
    assertThat(strings("SHOW TABLES", "tableName")).containsExactly("t");
    assertThat(schema("default.t").vectorFields()).hasSize(1);
    assertThat(spark.sql("SELECT vector_dims(v) FROM t").collectAsList()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "id STRING, v ARRAY<FLOAT> | 'a'='b' | columns of type ARRAY<FLOAT>: [v], expected"
            + " TBLPROPERTIES ('proximadb.vector.v.dimension' =",
        "id STRING, n INT | 'a'='b' | without a vector column",
        "v ARRAY<FLOAT> | 'proximadb.vector.v.dimension'='3' | Invalid column 'id': missing"
            + " (expected id STRING)",
        "id INT, v ARRAY<FLOAT> | 'proximadb.vector.v.dimension'='3' | Invalid column 'id': INT",
        "id STRING, v ARRAY<DOUBLE> | 'proximadb.vector.v.dimension'='3' | Invalid type of vector"
            + " column 'v': ARRAY<DOUBLE> (expected ARRAY<FLOAT>; a query casts it by CAST(v",
        "id STRING, v ARRAY<FLOAT> | 'proximadb.vector.v.dimension'='x' | 'x' (expected a whole"
            + " number)",
        "id STRING, v ARRAY<FLOAT> | 'proximadb.vector.v.dimension'='0' | expected 1 to 65536",
        "id STRING, v ARRAY<FLOAT> |"
            + " 'proximadb.vector.v.dimension'='3','proximadb.vector.v.metric'='FAR' | Invalid"
            + " metric: 'FAR'",
        "id STRING, v ARRAY<FLOAT> |"
            + " 'proximadb.vector.v.dimension'='3','proximadb.vector.w.dimension'='3' |"
            + " 'proximadb.vector.w.dimension' names no column",
        "id STRING, v ARRAY<FLOAT> |"
            + " 'proximadb.vector.v.dimension'='3','proximadb.vector.v.size'='3' | Invalid table"
            + " property: 'proximadb.vector.v.size'",
        "id STRING, v ARRAY<FLOAT> | 'proximadb.vector.v.metric'='DOT' | Invalid vector column"
            + " 'v': no dimension",
        "id STRING, v ARRAY<FLOAT>, x DECIMAL(9,2) | 'proximadb.vector.v.dimension'='3' |"
            + " Unsupported type of column 'x': DECIMAL(9,2)",
        "id STRING, v ARRAY<FLOAT>, expires_at STRING | 'proximadb.vector.v.dimension'='3' |"
            + " Invalid column 'expires_at': STRING (expected expires_at TIMESTAMP)",
        "id STRING, v ARRAY<FLOAT>, `a-b` STRING | 'proximadb.vector.v.dimension'='3' | Invalid"
            + " field name: 'a-b'"
      },
      quoteCharacter = '"')
  void badDefinitionsAreRefused(String columns, String properties, String message) {
    assertThatThrownBy(() -> spark.sql(create(columns, properties)))
        .hasStackTraceContaining(message);
    assertThat(spark.catalog().tableExists("prox.db.t")).isFalse();
  }

  @Test
  void otherErrors() {
    assertThatThrownBy(() -> spark.sql("SELECT * FROM prox.db.nothing"))
        .hasMessageContaining("TABLE_OR_VIEW_NOT_FOUND");
    assertThatThrownBy(() -> spark.sql("SHOW TABLES IN prox.nothing"))
        .hasMessageContaining("SCHEMA_NOT_FOUND");
    assertThatThrownBy(() -> spark.sql("CREATE NAMESPACE prox.`a-b`"))
        .hasStackTraceContaining("Invalid namespace name: 'a-b'");
    assertThatThrownBy(
            () ->
                spark.sql(
                    create("id STRING, v ARRAY<FLOAT>", "'proximadb.vector.v.dimension' = '3'")
                        .replace("prox.db.t", "prox.db.`t-1`")))
        .hasStackTraceContaining("Invalid collection name: 't-1'");
    spark.sql(create("id STRING, v ARRAY<FLOAT>", "'proximadb.vector.v.dimension' = '3'"));
    assertThatThrownBy(
            () ->
                spark.sql(
                    create("id STRING, v ARRAY<FLOAT>", "'proximadb.vector.v.dimension' = '3'")))
        .hasMessageContaining("TABLE_OR_VIEW_ALREADY_EXISTS");
    assertThatThrownBy(() -> spark.sql("ALTER TABLE prox.db.t ALTER COLUMN v FIRST"))
        .hasStackTraceContaining("not supported (supported: ADD, DROP and RENAME");
    assertThatThrownBy(() -> spark.read().format("proximadb").load())
        .hasStackTraceContaining("Invalid option 'collection': none");
    assertThatThrownBy(() -> spark.read().format("proximadb").option("collection", "db.t").load())
        .hasStackTraceContaining("Invalid warehouse: none");
    assertThatThrownBy(
            () ->
                spark
                    .read()
                    .format("proximadb")
                    .option("warehouse", warehouse.toString())
                    .option("collection", "db.nothing")
                    .load())
        .hasStackTraceContaining("Cannot open collection 'db.nothing': not found");
  }
}
