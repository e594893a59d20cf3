package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.api.SnapshotRef;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.filter.Filter;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.ForeignTable;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of other engines, written by Iceberg's own writers, attached and read. */
class AttachedTableTest extends AttachedTables {
  private static Map<String, Object> names(ScanResult scan) throws IOException {
    Map<String, Object> names = new TreeMap<>();
    try (scan) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          assertThat(
                  names.put(
                      (String) batch.column("id").value(i),
                      String.valueOf(batch.column("name").value(i))))
              .isNull();
        }
      }
    }
    return names;
  }

  @Test
  void itIsReadLikeACollectionAndSeesItsOwnersCommits() throws IOException {
    ForeignTable table = strings(3);
    table.append(
        FileFormat.PARQUET, row(table, "a", "pen", 3, 1f, 0f), row(table, "b", "ink", 0, 0f, 1f));
    String before = table.metadataLocation();
    try (ProximaEngine engine = engine()) {
      Collection products = engine.attach(NAME, attachment());
      assertThat(products.name()).isEqualTo(NAME);
      assertThat(products.schema().defaultVectorField().dimension()).isEqualTo(2);
      assertThat(products.schema().metadataFields().stream().map(f -> f.name()).toList())
          .containsExactly("name", "stock");
      assertThat(products.describe().properties())
          .containsEntry("proximadb.attached.table", TABLE)
          .containsEntry("proximadb.attached.id-column", "sku")
          .containsEntry("proximadb.attached.left-out-columns", "price");
      assertThat(engine.listCollections("shop")).containsExactly(NAME);

      StoredRecord pen = products.get("a").orElseThrow();
      assertThat(pen.record().metadata()).isEqualTo(Map.of("name", "pen", "stock", 3));
      assertThat(pen.record().vectors().get("embedding")).containsExactly(1, 0);
      assertThat(products.get("c")).isEmpty();
      assertThat(nearest(products, 1, 0)).containsExactly("a", "b");
      SearchResponse filtered =
          products.search(
              SearchRequest.of(new float[] {1, 0}, 10)
                  .where(Filter.compare("stock", Filter.Operator.LT, 1)));
      assertThat(ids(filtered)).containsExactly("b");
      assertThat(filtered.recall()).hasValue(1);
      assertThat(filtered.strategy()).doesNotContain("left out");
      assertThat(names(products.scan(ScanRequest.all()))).isEqualTo(Map.of("a", "pen", "b", "ink"));
      assertThat(products.statistics().liveRows()).isEqualTo(2);
      long first = products.snapshots().get(0).id();

      assertThat(table.metadataLocation()).isEqualTo(before);
      table.append(FileFormat.AVRO, row(table, "c", "cap", 1, 1f, 1f));
      table.deleteEqual(row(table, "a", "", 0), "sku");
      assertThat(nearest(products, 1, 0)).containsExactly("c", "b");
      try (CollectionView then = products.at(SnapshotRef.id(first))) {
        assertThat(ids(then.search(SearchRequest.of(new float[] {1, 0}, 10))))
            .containsExactly("a", "b");
        assertThat(names(then.scan(ScanRequest.all()))).containsOnlyKeys("a", "b");
      }
      assertThat(products.snapshots()).hasSize(3);
      assertThat(products.statistics().liveRows()).isEqualTo(2);
      assertThat(products.statistics().deletedRows()).isEqualTo(1);
    }
    String after = table.metadataLocation();
    try (ProximaEngine later = engine()) {
      assertThat(nearest(later.collection(NAME), 1, 0)).containsExactly("c", "b");
      assertThat(Tables.names(warehouse.load(NAME), Filter.alwaysTrue()))
          .containsOnlyKeys("b", "c");
      assertThat(later.detach(NAME)).isTrue();
      assertThat(later.detach(NAME)).isFalse();
      assertThatThrownBy(() -> later.collection(NAME)).isInstanceOf(NotFoundException.class);
      assertThat(later.listCollections("shop")).isEmpty();
    }
    assertThat(table.metadataLocation()).isEqualTo(after);
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.map(Path::toString).filter(f -> f.contains("lake")))
          .noneMatch(file -> file.contains("_proximadb"));
    }
  }

  @ParameterizedTest
  @CsvSource({"INT,PARQUET,2", "LONG,AVRO,3", "UUID,PARQUET,2", "UUID,AVRO,3", "STRING,PARQUET,1"})
  void idsOfOtherTypesAreText(String idType, FileFormat format, int version) throws IOException {
    Type type =
        switch (idType) {
          case "INT" -> Types.IntegerType.get();
          case "LONG" -> Types.LongType.get();
          case "UUID" -> Types.UUIDType.get();
          default -> Types.StringType.get();
        };
    List<Object> ids =
        switch (idType) {
          case "INT" -> List.of(-7, 42, 100);
          case "LONG" -> List.of(-7L, 42L, 100L);
          case "UUID" -> List.of(new UUID(1, 2), new UUID(3, 4), new UUID(5, 6));
          default -> List.of("-7", "42", "100");
        };
    ForeignTable table =
        ForeignTable.create(warehouse, TABLE, schema(type, Types.DoubleType.get()), NONE, version);
    DataFile file =
        table.append(
            format,
            row(table, ids.get(0), "a", 1, 0d, 0d),
            row(table, ids.get(1), "b", 1, 1d, 0d),
            row(table, ids.get(2), "c", 1, 2d, 0d));
    List<String> texts = ids.stream().map(Object::toString).toList();
    try (ProximaEngine engine = engine()) {
      Collection products = engine.attach(NAME, attachment());
      assertThat(nearest(products, 0, 0)).isEqualTo(texts);
      assertThat(products.get(texts.get(1)).orElseThrow().id()).isEqualTo(texts.get(1));
      CollectionTable spark = warehouse.load(NAME);
      assertThat(Tables.names(spark, Filter.compare("id", Filter.Operator.EQ, texts.get(1))))
          .isEqualTo(Map.of(texts.get(1), "b"));
      if (version > 1) {
        table.deletePosition(file, 1);
        table.deleteEqual(row(table, ids.get(2), "", 0), "sku");
        assertThat(nearest(products, 0, 0)).containsExactly(texts.get(0));
        assertThat(products.get(texts)).hasSize(1);
      } else {
        table.append(format, row(table, ids.get(0), "a2", 1, 5d, 0d));
        // Format 1 keeps no order of commits: which row of an id counts is left to files' names.
        assertThat(nearest(products, 0, 0)).hasSize(3).containsOnlyOnce("-7");
        assertThat(products.get(texts)).hasSize(3);
      }
    }
  }

  @Test
  void rowsThatAreNoRecordsAreCountedInTheAnswer() {
    ForeignTable table =
        ForeignTable.create(
            warehouse,
            TABLE,
            new Schema(
                NestedField.optional(1, "sku", Types.StringType.get()),
                NestedField.optional(
                    2, "embedding", Types.ListType.ofOptional(3, Types.DoubleType.get()))),
            NONE,
            3);
    table.append(
        FileFormat.PARQUET,
        table.row("a", List.of(1d, 0d)),
        table.row("none", null),
        table.row("short", List.of(1d)),
        table.row("nan", List.of(Double.NaN, 1d)),
        table.row("huge", List.of(1e300, 1d)),
        table.row(null, List.of(1d, 0d)),
        table.row("twice", List.of(9d, 9d)),
        table.row("twice", List.of(0d, 1d)));
    table.append(
        FileFormat.PARQUET, table.row("b", List.of(3d, 0d)), table.row("c", List.of(4d, 0d)));
    table.append(
        FileFormat.PARQUET, table.row("b", List.of(2d, 0d)), table.row("d", List.of(5d, 0d)));
    try (ProximaEngine engine = engine()) {
      Collection products = engine.attach(NAME, attachment());
      SearchResponse answer = products.search(SearchRequest.of(new float[] {1, 0}, 10));
      assertThat(ids(answer)).containsExactly("a", "b", "twice", "c", "d");
      assertThat(answer.strategy())
          .contains("4 rows without a vector that fits 'embedding'")
          .contains("1 row without an id")
          .contains("2 rows whose id stands again in a newer row");
      assertThat(products.get("none").orElseThrow().record().vectors()).isEmpty();
      assertThat(products.statistics().liveRows()).isEqualTo(9);
      assertThat(products.statistics().deletedRows()).isEqualTo(3);
    }
  }

  @Test
  void ofIdsThatStandInManyFilesTheNewestRowCounts() throws IOException {
    Random random = Seed.random("AttachedTableTest.many");
    ForeignTable table = strings(2);
    Map<String, Object> expected = new TreeMap<>();
    for (int file = 0; file < 7; file++) {
      List<Record> rows = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        String id = "id" + random.nextInt(150);
        String name = file + "/" + i;
        rows.add(row(table, id, name, file, (float) file, (float) i));
        expected.put(id, name);
      }
      table.append(FileFormat.PARQUET, rows.toArray(new Record[0]));
    }
    try (ProximaEngine engine = engine()) {
      Collection products = engine.attach(NAME, attachment());
      assertThat(names(products.scan(ScanRequest.all()))).isEqualTo(expected);
      assertThat(products.search(SearchRequest.of(new float[] {0, 0}, 1_000)).hits())
          .hasSize(expected.size());
      assertThat(products.get(List.copyOf(expected.keySet()))).hasSize(expected.size());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void partitionedTablesOfMigratedFilesTakeColumnsFromThePartition(int version) throws IOException {
    Schema schema =
        new Schema(
            NestedField.required(1, "sku", Types.LongType.get()),
            NestedField.optional(2, "name", Types.StringType.get()),
            NestedField.optional(3, "day", Types.DateType.get()),
            NestedField.optional(
                4, "embedding", Types.ListType.ofOptional(5, Types.FloatType.get())));
    ForeignTable table =
        ForeignTable.create(
            warehouse,
            TABLE,
            schema,
            PartitionSpec.builderFor(schema)
                .identity("name")
                .identity("day")
                .bucket("sku", 4)
                .build(),
            version);
    java.time.LocalDate day = java.time.LocalDate.of(2026, 1, 2);
    Schema inFile = schema.select("sku", "embedding");
    table.append(FileFormat.PARQUET, inFile, table.row(1L, "pen", day, List.of(1f, 0f)));
    table.append(FileFormat.AVRO, inFile, table.row(2L, "ink", null, List.of(0f, 1f)));
    table.append(FileFormat.PARQUET, table.row(3L, "cap", day, List.of(1f, 1f)));
    try (ProximaEngine engine = engine()) {
      Collection products = engine.attach(NAME, attachment());
      assertThat(names(products.scan(ScanRequest.all())))
          .isEqualTo(Map.of("1", "pen", "2", "ink", "3", "cap"));
      assertThat(products.get("1").orElseThrow().record().metadata()).containsEntry("day", day);
      assertThat(products.get("2").orElseThrow().record().metadata()).doesNotContainKey("day");
      SearchResponse filtered =
          products.search(
              SearchRequest.of(new float[] {1, 0}, 10)
                  .where(Filter.compare("name", Filter.Operator.EQ, "ink")));
      assertThat(ids(filtered)).containsExactly("2");
    }
  }

  @Test
  void itsOwnerMayChangeTheSchema() throws IOException {
    ForeignTable table = strings(2);
    table.append(FileFormat.PARQUET, row(table, "a", "pen", 3, 1f, 0f));
    try (ProximaEngine engine = engine()) {
      Collection products = engine.attach(NAME, attachment());
      long first = products.snapshots().get(0).id();
      table
          .table()
          .updateSchema()
          .renameColumn("sku", "article")
          .renameColumn("name", "title")
          .renameColumn("embedding", "emb")
          .updateColumn("stock", Types.LongType.get())
          .deleteColumn("price")
          .addColumn("id", Types.StringType.get())
          .addColumn("color", Types.StringType.get())
          .commit();
      table.append(FileFormat.PARQUET, table.row("b", "ink", 4L, List.of(0f, 1f), "other", "blue"));
      assertThat(products.schema().metadataFields().stream().map(f -> f.name()).toList())
          .containsExactly("title", "stock", "color");
      assertThat(products.describe().properties())
          .containsEntry("proximadb.attached.id-column", "article")
          .containsEntry("proximadb.attached.left-out-columns", "id");
      assertThat(nearest(products, 1, 0)).containsExactly("a", "b");
      assertThat(products.get("a").orElseThrow().record().metadata())
          .isEqualTo(Map.of("title", "pen", "stock", 3L));
      try (CollectionView then = products.at(SnapshotRef.id(first))) {
        assertThat(then.get("a").orElseThrow().record().metadata())
            .isEqualTo(Map.of("name", "pen", "stock", 3));
      }
      // By a column that no collection has.
      table.deleteEqual(table.row("b", "", 0L, List.of(), "other", ""), "id");
      assertThat(nearest(products, 1, 0)).containsExactly("a");

      table.table().updateSchema().deleteColumn("emb").commit();
      assertThatThrownBy(() -> products.get("a"))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining(TABLE)
          .hasMessageContaining("vector column (field 5) is not there");
      assertThat(engine.detach(NAME)).isTrue();
    }
  }
}
