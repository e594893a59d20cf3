package io.proximadb.storage.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.storage.CompactionPolicy.Task;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.SegmentChecker;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Schema;
import org.apache.iceberg.avro.Avro;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.avro.PlannedDataReader;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of the LSM layout as others see them: Iceberg's own Avro code, and Avro's. */
class LsmInteropTest {
  private static final LsmSizes SMALL = new LsmSizes(1_024, 64 << 20, 1L << 30);

  @TempDir Path folder;

  private TableContext table(CollectionSchema schema) {
    return RandomCollections.table(schema, folder.toString(), new LocalFileIO());
  }

  private static List<Row> rows(CollectionSchema schema, int count, Random random) {
    List<Row> rows = new ArrayList<>(RandomCollections.rows(schema, count, random));
    // Random ids are in code units another order than in bytes.
    rows.sort(Comparator.comparing(Row::id, LsmInteropTest::compareBytes));
    return rows;
  }

  private static int compareBytes(String left, String right) {
    return Arrays.compareUnsigned(
        left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
  }

  /** With lineage: row ids from 5,000 on, all updated in 9. */
  private static DataFile write(TableContext table, List<Row> rows, boolean lineage) {
    Task task = new Task(List.of(), 2, 1, "test");
    try (CompactionWriter writer = new LsmCompaction(SMALL).newWriter(table, task)) {
      long rowId = 5_000;
      for (Row row : rows) {
        writer.append(row, lineage ? rowId++ : -1, lineage ? 9 : -1);
      }
      StagedSegment segment = writer.finish().get(0);
      Staging.promote(table.io(), segment);
      return segment.dataFile();
    }
  }

  private static CloseableIterable<Record> read(TableContext table, DataFile file, Schema schema) {
    return Avro.read(table.io().newInputFile(file.location()))
        .project(schema)
        .createResolvingReader(PlannedDataReader::create)
        .build();
  }

  @Test
  void icebergReadsEveryTypeEqual() throws IOException {
    for (int seed = 1; seed <= 3; seed++) {
      CollectionSchema schema = RandomCollections.allTypes();
      TableContext table = table(schema);
      List<Row> rows = rows(schema, 250, new Random(seed));
      DataFile file = write(table, rows, seed == 2);
      assertThat(file.location()).endsWith("-L2.avro");
      SegmentChecker checker = new SegmentChecker("seed " + seed, table, rows);
      int at = 0;
      try (CloseableIterable<Record> records = read(table, file, table.icebergSchema())) {
        for (Record record : records) {
          for (NestedField column : table.icebergSchema().columns()) {
            Object expected = checker.expected(column.name(), rows.get(at));
            assertThat(text(record.getField(column.name())))
                .as("seed %s, row %s, column %s", seed, at, column.name())
                .isEqualTo(text(expected));
          }
          at++;
        }
      }
      assertThat(at).isEqualTo(rows.size());
    }
  }

  @Test
  void icebergReadsAPartOfTheColumnsFromASplit() throws IOException {
    CollectionSchema schema = RandomCollections.allTypes();
    TableContext table = table(schema);
    List<Row> rows = rows(schema, 300, new Random(4));
    DataFile file = write(table, rows, true);
    Schema part = table.icebergSchema().select("_version", "id");
    List<String> ids = new ArrayList<>();
    long half = file.fileSizeInBytes() / 2;
    for (long start : new long[] {0, half}) {
      try (CloseableIterable<Record> records =
          Avro.read(table.io().newInputFile(file.location()))
              .project(part)
              .split(start, start == 0 ? half : file.fileSizeInBytes() - half)
              .createResolvingReader(PlannedDataReader::<Record>create)
              .build()) {
        records.forEach(record -> ids.add((String) record.getField("id")));
      }
    }
    assertThat(ids).isEqualTo(rows.stream().map(Row::id).toList());
  }

  @Test
  void icebergReadsTheStoredLineage() throws IOException {
    CollectionSchema schema = CollectionSchema.builder().vector(3, Metric.DOT).build();
    TableContext table = table(schema);
    DataFile file = write(table, rows(schema, 100, new Random(5)), true);
    Schema withLineage = MetadataColumns.schemaWithRowLineage(table.icebergSchema());
    // What a reader of a v3 table hands in: the values of rows that have none stored.
    Map<Integer, Long> inherited =
        Map.of(
            MetadataColumns.ROW_ID.fieldId(),
            77_000L,
            MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER.fieldId(),
            3L);
    long expected = 5_000;
    try (CloseableIterable<Record> records =
        Avro.read(table.io().newInputFile(file.location()))
            .project(withLineage)
            .createResolvingReader(wanted -> PlannedDataReader.<Record>create(wanted, inherited))
            .build()) {
      for (Record record : records) {
        assertThat(record.getField("_row_id")).isEqualTo(expected++);
        assertThat(record.getField("_last_updated_sequence_number")).isEqualTo(9L);
      }
    }
    assertThat(expected).isEqualTo(5_100);
  }

  @Test
  void plainAvroReadsEqualAndSeesIcebergsFieldIds() throws IOException {
    CollectionSchema schema =
        CollectionSchema.builder().vector(37, Metric.DOT).metadata("text", Scalar.STRING).build();
    TableContext table = table(schema);
    List<Row> rows = rows(schema, 200, new Random(6));
    DataFile file = write(table, rows, false);
    int at = 0;
    try (DataFileReader<GenericData.Record> reader =
        new DataFileReader<>(new File(file.location()), new GenericDatumReader<>())) {
      assertThat(reader.getMetaString("avro.codec")).isEqualTo("null");
      assertThat(reader.getMetaString("proximadb.lsm.version")).isEqualTo("1");
      for (var field : reader.getSchema().getFields()) {
        assertThat(((Number) field.getObjectProp("field-id")).intValue())
            .isEqualTo(table.icebergSchema().findField(field.name()).fieldId());
      }
      for (GenericData.Record record : reader) {
        Row row = rows.get(at++);
        assertThat(record.get("id")).hasToString(row.id());
        assertThat(record.get("_version")).isEqualTo(row.version());
        assertThat(String.valueOf(record.get("text"))).isEqualTo(String.valueOf(row.metadata()[0]));
        List<?> vector = (List<?>) record.get("vector");
        for (int i = 0; i < 37; i++) {
          assertThat(vector.get(i)).isEqualTo(row.vectors()[0][i]);
        }
      }
    }
    assertThat(at).isEqualTo(rows.size());
  }

  @Test
  void boundsOfIdsAreWholeAndThoseOfOthersFollowTheConfiguration() {
    CollectionSchema schema =
        CollectionSchema.builder()
            .vector(2, Metric.DOT)
            .metadata("text", Scalar.STRING)
            .metadata("number", Scalar.DOUBLE)
            .metadata("clean", Scalar.DOUBLE)
            .build();
    TableContext table = table(schema);
    String low = "a".repeat(100);
    String high = "b".repeat(100) + "\uD83D\uDE00";
    DataFile file =
        write(table, List.of(row(low, low, Double.NaN, -0.0), row(high, null, 1.0, 2.0)), false);
    assertThat(bound(file.lowerBounds(), 1)).isEqualTo(low);
    assertThat(bound(file.upperBounds(), 1)).isEqualTo(high);
    int text = table.icebergSchema().findField("text").fieldId();
    int number = table.icebergSchema().findField("number").fieldId();
    int clean = table.icebergSchema().findField("clean").fieldId();
    int element = table.icebergSchema().findType("vector").asListType().elementId();
    assertThat(bound(file.lowerBounds(), text)).isEqualTo("a".repeat(16));
    assertThat(file.lowerBounds()).doesNotContainKey(number).containsKey(clean);
    assertThat(file.nanValueCounts()).containsEntry(number, 1L).containsEntry(clean, 0L);
    assertThat(file.nullValueCounts()).containsEntry(text, 1L).containsEntry(1, 0L);
    assertThat(file.columnSizes()).containsEntry(element, 16L);
  }

  private static String bound(Map<Integer, ByteBuffer> bounds, int field) {
    return Conversions.fromByteBuffer(Types.StringType.get(), bounds.get(field)).toString();
  }

  private static Row row(String id, Object... metadata) {
    return new Row(id, new float[][] {{1, 2}}, metadata, Row.NO_EXPIRY, 1, 1);
  }

  /** Values of both sides in one form. */
  private static String text(Object value) {
    if (value instanceof float[] vector) {
      return Arrays.toString(vector);
    }
    if (value instanceof byte[] bytes) {
      return Arrays.toString(bytes);
    }
    if (value instanceof ByteBuffer bytes) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      return Arrays.toString(copy);
    }
    if (value instanceof Instant instant) {
      return instant.toString();
    }
    if (value instanceof OffsetDateTime time) {
      return time.toInstant().toString();
    }
    if (value instanceof List<?> list) {
      return list.stream().map(LsmInteropTest::text).toList().toString();
    }
    Map<String, String> texts = new TreeMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> texts.put((String) key, text(item)));
      return texts.toString();
    }
    if (value instanceof Record record) {
      record.struct().fields().forEach(f -> texts.put(f.name(), text(record.getField(f.name()))));
      return texts.toString();
    }
    return String.valueOf(value);
  }
}
