package io.proximadb.storage.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.SchemaMapping;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.ProximaException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.CommitTimes;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.ForeignFiles;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.SegmentChecker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files as Iceberg's own writers make them, read as segments. */
class ForeignReaderTest {
  private static final int ROUNDS = 12;

  @TempDir Path folder;

  private final Random random = Seed.random("ForeignReaderTest");

  @Test
  void allTypesInAllEncodingsComeBack() {
    for (int round = 0; round < ROUNDS; round++) {
      CollectionSchema schema =
          round == 0 ? RandomCollections.allTypes() : RandomCollections.schema(random);
      TableContext table = RandomCollections.table(schema, folder.toString(), new LocalFileIO());
      List<Row> rows = RandomCollections.rows(schema, 1 + random.nextInt(300), random);
      ForeignFiles files = new ForeignFiles(table.io(), folder.toString(), random);
      DataFile file =
          files.write(
              table.icebergSchema(),
              rows.stream().map(row -> ForeignFiles.record(table, row)).toList());
      try (SegmentReader reader = Segments.open(table, file)) {
        assertThat(reader).isInstanceOf(ForeignReader.class);
        new SegmentChecker("round " + round + ", " + files.last(), table, rows)
            .check(reader, random);
        assertThat(reader.repeatedRows().isEmpty()).isTrue();
        assertThat(reader.rowsWithoutId().isEmpty()).isTrue();
      }
    }
  }

  private TableContext table(Map<String, String> properties, CommitTimes commits) {
    CollectionSchema schema =
        CollectionSchema.builder()
            .vector(2, Metric.EUCLIDEAN)
            .metadata("count", Scalar.LONG)
            .metadata("name", Scalar.STRING)
            .build();
    return new TableContext(
        new UUID(1, 2),
        folder.toString(),
        SchemaMapping.toIceberg(schema),
        schema,
        new LocalFileIO(),
        properties,
        commits);
  }

  private static Record row(Schema schema, Object... values) {
    Record record = GenericRecord.create(schema);
    for (int i = 0; i < values.length; i++) {
      record.set(i, values[i]);
    }
    return record;
  }

  private DataFile write(FileFormat format, Schema schema, Record... rows) {
    return new ForeignFiles(new LocalFileIO(), folder.toString(), random)
        .write(format, schema, Arrays.asList(rows));
  }

  private static Schema lenient(TableContext table) {
    return io.proximadb.storage.records.LenientSchemas.of(table.icebergSchema().columns());
  }

  @ParameterizedTest
  @EnumSource(names = {"PARQUET", "AVRO"})
  void rowsThatNoCollectionCanHoldAreReadWithoutWhatTheyLack(FileFormat format) {
    TableContext table = table(Map.of(), CommitTimes.NONE);
    NestedField vector = table.icebergSchema().findField("vector");
    int element = vector.type().asListType().elementId();
    Schema schema =
        new Schema(
            lenient(table).findField("id"),
            NestedField.optional(
                vector.fieldId(),
                "vector",
                Types.ListType.ofOptional(element, Types.DoubleType.get())));
    DataFile file =
        write(
            format,
            schema,
            row(schema, "a", List.of(1.5, 2.0)),
            row(schema, "b", null),
            row(schema, "c", List.of(1.0)),
            row(schema, "d", Arrays.asList(1.0, null)),
            row(schema, "e", List.of(1e300, 1.0)),
            row(schema, null, List.of(3.0, 4.0)),
            row(schema, "a", List.of(5.0, 6.0)),
            row(schema, "f", List.of(Double.NaN, 6.0)));
    // Vectors of doubles are of attached tables alone: a collection's are floats.
    TableContext doubles = withColumn(table, schema.findField("vector"));
    try (SegmentReader reader = Segments.open(doubles, file)) {
      assertThat(reader.rowsWithoutVector("vector").toArray()).containsExactly(1, 2, 3, 4, 7);
      assertThat(reader.rowsWithoutId().toArray()).containsExactly(5);
      assertThat(reader.repeatedRows().toArray()).containsExactly(0);
      assertThat(reader.find("a")).isEqualTo(6);
      assertThat(reader.find("")).isEqualTo(-1);
      assertThat(reader.ids().size()).isEqualTo(6);
      ColumnBatch batch = reader.rows(new int[] {1, 6}, List.of("id", "vector"));
      assertThat(batch.column("vector").value(0)).isNull();
      assertThat((float[]) batch.column("vector").value(1)).containsExactly(5, 6);
      float[] copied = new float[4];
      reader.vectors("vector").copy(0, 2, copied, 0);
      assertThat(copied).containsExactly(1.5f, 2, Float.NaN, Float.NaN);
    }
  }

  private static TableContext withColumn(TableContext table, NestedField column) {
    List<NestedField> columns = new ArrayList<>();
    for (NestedField field : table.icebergSchema().columns()) {
      columns.add(field.fieldId() == column.fieldId() ? column : field);
    }
    return new TableContext(
        table.tableUuid(),
        table.location(),
        new Schema(columns),
        table.schema(),
        table.io(),
        table.properties(),
        table.commits());
  }

  @Test
  void systemColumnsThatAreMissingComeFromTheCommit() {
    CommitTimes commits = new CommitTimes(new long[] {3, 5}, new long[] {3_000, 5_000});
    TableContext table = table(Map.of(), commits);
    Schema schema = lenient(table).select("id", "_version", "vector");
    DataFile file =
        write(
            FileFormat.PARQUET,
            schema,
            row(schema, "a", null, List.of(1f, 2f)),
            row(schema, "b", 7L, List.of(1f, 2f)));
    try (SegmentReader reader = Segments.open(table, file)) {
      // Not in a table yet, so no commit is known.
      assertThat(reader.column("_version").value(0)).isEqualTo(0L);
      assertThat(reader.column("_version").value(1)).isEqualTo(7L);
      assertThat(reader.column("expires_at").isNull(0)).isTrue();
      assertThat(reader.column("_cluster_id").isNull(0)).isTrue();
      assertThat(reader.column("count").isNull(0)).isTrue();
    }
    assertThat(commits.micros(5L)).isEqualTo(5_000);
    assertThat(commits.micros(4L)).isEqualTo(5_000);
    assertThat(commits.micros(1L)).isEqualTo(3_000);
    assertThat(commits.micros(null)).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"PARQUET", "AVRO"})
  void columnsAreFoundByFieldIdThroughRenamingAndWidening(FileFormat format) {
    TableContext table = table(Map.of(), CommitTimes.NONE);
    NestedField count = table.icebergSchema().findField("count");
    Schema old =
        new Schema(
            table.icebergSchema().findField("id"),
            NestedField.optional(count.fieldId(), "how_many", Types.IntegerType.get()),
            table.icebergSchema().findField("vector"));
    DataFile file = write(format, old, row(old, "a", 42, List.of(1f, 2f)));
    try (SegmentReader reader = Segments.open(table, file)) {
      assertThat(reader.column("count").value(0)).isEqualTo(42L);
      assertThat(reader.column("name").value(0)).isNull();
    }
  }

  @Test
  void filesWithoutFieldIdsAreReadByTheNameMapping() throws IOException {
    TableContext plain = table(Map.of(), CommitTimes.NONE);
    Path path = folder.resolve("no-ids.parquet");
    ForeignFiles.writeWithoutIds(path);
    DataFile file =
        DataFiles.builder(PartitionSpec.unpartitioned())
            .withPath(path.toString())
            .withFileSizeInBytes(Files.size(path))
            .withRecordCount(2)
            .withFormat(FileFormat.PARQUET)
            .build();
    int id = plain.icebergSchema().findField("id").fieldId();
    int name = plain.icebergSchema().findField("name").fieldId();
    TableContext table =
        table(
            Map.of(
                "schema.name-mapping.default",
                "[{\"field-id\":"
                    + id
                    + ",\"names\":[\"key\"]},{\"field-id\":"
                    + name
                    + ",\"names\":[\"title\"]}]"),
            CommitTimes.NONE);
    try (SegmentReader reader = Segments.open(table, file)) {
      assertThat(reader.id(0)).isEqualTo("k0");
      assertThat(reader.column("name").value(1)).isEqualTo("t1");
      assertThat(reader.rowsWithoutVector("vector").toArray()).containsExactly(0, 1);
    }
  }

  @Test
  void damageIsNoticedOrChangesNothing() throws IOException {
    TableContext table = table(Map.of(), CommitTimes.NONE);
    Schema schema = table.icebergSchema().select("id", "name", "vector");
    List<Record> rows = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      rows.add(row(schema, "id" + i, "name" + i % 3, List.of(1f, (float) i)));
    }
    DataFile file = write(FileFormat.PARQUET, schema, rows.toArray(new Record[0]));
    byte[] good = Files.readAllBytes(Path.of(file.location()));
    for (int i = 0; i < 200; i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(Path.of(file.location()), bad);
      try (SegmentReader reader = Segments.open(table, file)) {
        reader.column("id");
        reader.column("name");
        reader.vectors("vector");
      } catch (ProximaException e) {
        assertThat(e).hasMessageContaining(file.location());
      }
    }
    Files.write(Path.of(file.location()), Arrays.copyOf(good, good.length - 3));
    assertThatThrownBy(() -> Segments.open(table, file)).isInstanceOf(CorruptFileException.class);
  }

  @Test
  void aFormatThatIsNotReadIsRefusedByName() {
    TableContext table = table(Map.of(), CommitTimes.NONE);
    DataFile orc =
        DataFiles.builder(PartitionSpec.unpartitioned())
            .withPath(folder + "/x.orc")
            .withFileSizeInBytes(10)
            .withRecordCount(1)
            .withFormat(FileFormat.ORC)
            .build();
    assertThatThrownBy(() -> Segments.open(table, orc))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("x.orc")
        .hasMessageContaining("ORC");
  }
}
