package io.proximadb.storage.viper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.SegmentChecker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.inmemory.InMemoryFileIO;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterApi;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.api.Binary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of the VIPER layout as others see them: parquet-java and Iceberg's own Parquet code. */
class ViperInteropTest {
  private static final ViperSizes SMALL = new ViperSizes(16, 1_024, 8_192, 1L << 30);

  @TempDir Path folder;

  private TableContext table(CollectionSchema schema) {
    return RandomCollections.table(schema, folder.toString(), new LocalFileIO());
  }

  private DataFile write(TableContext table, List<Row> rows, ViperSizes sizes) {
    try (SegmentWriter writer = new ViperFormat(sizes).newWriter(table, "test")) {
      rows.forEach(writer::append);
      StagedSegment segment = writer.finish().get(0);
      Staging.promote(table.io(), segment);
      return segment.dataFile();
    }
  }

  private static InputFile input(DataFile file) {
    return new LocalInputFile(Path.of(file.location()));
  }

  @Test
  void icebergReadsEveryTypeEqual() throws IOException {
    for (int seed = 1; seed <= 3; seed++) {
      CollectionSchema schema = RandomCollections.allTypes();
      TableContext table = table(schema);
      List<Row> rows = RandomCollections.rows(schema, 250, new Random(seed));
      DataFile file = write(table, rows, SMALL);
      SegmentChecker checker = new SegmentChecker("seed " + seed, table, rows);
      int at = 0;
      try (CloseableIterable<Record> records =
          Parquet.read(table.io().newInputFile(file.location()))
              .project(table.icebergSchema())
              .createReaderFunc(
                  type -> GenericParquetReaders.buildReader(table.icebergSchema(), type))
              .build()) {
        for (Record record : records) {
          for (Types.NestedField column : table.icebergSchema().columns()) {
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
      return list.stream().map(ViperInteropTest::text).toList().toString();
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, String> texts = new LinkedHashMap<>();
      map.forEach((key, item) -> texts.put(key, text(item)));
      return texts.toString();
    }
    if (value instanceof Record record) {
      Map<Object, String> texts = new LinkedHashMap<>();
      for (Types.NestedField field : record.struct().fields()) {
        texts.put(field.name(), text(record.getField(field.name())));
      }
      return texts.toString();
    }
    return String.valueOf(value);
  }

  @Test
  void parquetJavaReadsEqualWithChecksumsOn() throws IOException {
    CollectionSchema schema =
        CollectionSchema.builder().vector(37, Metric.DOT).metadata("text", Scalar.STRING).build();
    TableContext table = table(schema);
    List<Row> rows = RandomCollections.rows(schema, 500, new Random(1));
    DataFile file = write(table, rows, SMALL);
    int at = 0;
    try (ParquetReader<Group> reader =
        new GroupReaderBuilder(input(file)).usePageChecksumVerification().build()) {
      for (Group group = reader.read(); group != null; group = reader.read()) {
        Row row = rows.get(at++);
        assertThat(group.getString("id", 0)).isEqualTo(row.id());
        assertThat(group.getLong("_version", 0)).isEqualTo(row.version());
        assertThat(group.getFieldRepetitionCount("text"))
            .isEqualTo(row.metadata()[0] == null ? 0 : 1);
        Group list = group.getGroup("vector", 0);
        assertThat(list.getFieldRepetitionCount("list")).isEqualTo(37);
        for (int i = 0; i < 37; i++) {
          assertThat(list.getGroup("list", i).getFloat("element", 0))
              .isEqualTo(row.vectors()[0][i]);
        }
      }
    }
    assertThat(at).isEqualTo(rows.size());
  }

  /** The reader skips row groups and pages by our statistics and indexes, and loses nothing. */
  @Test
  void parquetJavaFiltersByOurStatisticsAndPageIndexes() throws IOException {
    CollectionSchema schema = CollectionSchema.builder().vector(9, Metric.DOT).build();
    TableContext table = table(schema);
    List<Row> rows = RandomCollections.rows(schema, 800, new Random(2));
    DataFile file = write(table, rows, SMALL);
    for (int wanted : new int[] {0, 15, 16, 333, 799}) {
      Row row = rows.get(wanted);
      List<String> found = new ArrayList<>();
      try (ParquetReader<Group> reader =
          new GroupReaderBuilder(input(file))
              .withFilter(
                  FilterCompat.get(
                      FilterApi.and(
                          FilterApi.eq(FilterApi.longColumn("_version"), row.version()),
                          FilterApi.eq(FilterApi.binaryColumn("id"), Binary.fromString(row.id())))))
              .build()) {
        for (Group group = reader.read(); group != null; group = reader.read()) {
          found.add(group.getString("id", 0));
          Group list = group.getGroup("vector", 0);
          for (int i = 0; i < 9; i++) {
            assertThat(list.getGroup("list", i).getFloat("element", 0))
                .isEqualTo(row.vectors()[0][i]);
          }
        }
      }
      assertThat(found).as("row %s", wanted).containsExactly(row.id());
    }
  }

  private static final class GroupReaderBuilder extends ParquetReader.Builder<Group> {
    GroupReaderBuilder(InputFile file) {
      super(file);
    }

    @Override
    protected GroupReadSupport getReadSupport() {
      return new GroupReadSupport();
    }
  }

  @Test
  void rowGroupsAndPagesEndWhereTheyShould() throws IOException {
    CollectionSchema schema = CollectionSchema.builder().vector(10, Metric.DOT).build();
    TableContext table = table(schema);
    List<Row> rows = RandomCollections.rows(schema, 2_000, new Random(3));
    DataFile file = write(table, rows, SMALL);
    ParquetReadOptions options =
        HadoopReadOptions.builder(new org.apache.hadoop.conf.Configuration(false)).build();
    try (ParquetFileReader reader = ParquetFileReader.open(input(file), options)) {
      List<Long> starts = new ArrayList<>();
      assertThat(reader.getRowGroups()).hasSizeGreaterThan(5);
      for (BlockMetaData group : reader.getRowGroups()) {
        starts.add(group.getStartingPos());
        ColumnChunkMetaData id = group.getColumns().get(0);
        assertThat(id.getPath().toDotString()).isEqualTo("id");
        assertThat(reader.readColumnIndex(id).getNullCounts()).containsOnly(0L);
        ColumnChunkMetaData vector = group.getColumns().get(group.getColumns().size() - 1);
        assertThat(vector.getPath().toDotString()).isEqualTo("vector.list.element");
        assertThat(reader.readColumnIndex(vector)).as("no bounds of vectors").isNull();
      }
      assertThat(file.splitOffsets()).isEqualTo(starts);
      PageReadStore pages = reader.readNextRowGroup();
      var leaf = reader.getFileMetaData().getSchema().getColumns().get(0);
      DataPage page = pages.getPageReader(leaf).readPage();
      assertThat(page.getIndexRowCount().orElseThrow()).isEqualTo(16);
    }
  }

  @Test
  void icebergPrunesRowGroupsByOurStatistics() throws IOException {
    CollectionSchema schema =
        CollectionSchema.builder().vector(9, Metric.DOT).metadata("n", Scalar.INT).build();
    TableContext table = table(schema);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      rows.add(
          new Row("r" + i, new float[][] {new float[9]}, new Object[] {i}, Row.NO_EXPIRY, i, i));
    }
    DataFile file = write(table, rows, SMALL);
    Expression filter = Expressions.equal("n", 500);
    int read = 0;
    try (CloseableIterable<Record> records =
        Parquet.read(table.io().newInputFile(file.location()))
            .project(table.icebergSchema())
            .filter(filter)
            .createReaderFunc(
                type -> GenericParquetReaders.buildReader(table.icebergSchema(), type))
            .build()) {
      boolean found = false;
      for (Record record : records) {
        read++;
        found |= record.getField("n").equals(500);
      }
      assertThat(found).isTrue();
    }
    assertThat(read).as("one row group of many").isLessThan(300);
  }

  @Test
  void aRemoteFileIsReadInFewRequests() {
    CollectionSchema schema =
        CollectionSchema.builder().vector(200, Metric.DOT).metadata("n", Scalar.LONG).build();
    CountingIO io = new CountingIO();
    TableContext table = RandomCollections.table(schema, "memory://t", io);
    List<Row> rows = RandomCollections.rows(schema, 6_000, new Random(5));
    DataFile file = write(table, rows, new ViperSizes(64, 64 << 10, 1L << 30, 1L << 30));
    assertThat(file.fileSizeInBytes()).isGreaterThan(4_000_000);
    io.requests.set(0);
    try (SegmentReader reader = new ViperFormat().open(table, file).orElseThrow()) {
      assertThat(io.requests.get()).as("to open").isEqualTo(1);
      for (int i = 0; i < rows.size(); i++) {
        assertThat(reader.id(i)).isEqualTo(rows.get(i).id());
      }
      assertThat(reader.column("n").value(77)).isEqualTo(rows.get(77).metadata()[0]);
      assertThat(io.requests.get()).as("for two columns").isLessThan(6);
      VectorRows vectors = reader.vectors("vector");
      float[] target = new float[200];
      for (int i = 0; i < rows.size(); i++) {
        vectors.copy(i, 1, target, 0);
        assertThat(target).isEqualTo(rows.get(i).vectors()[0]);
      }
      assertThat(io.requests.get()).as("for vectors of 4.8 MB too").isLessThan(14);
    }
  }

  /** Counts the streams that are opened. */
  private static final class CountingIO extends InMemoryFileIO {
    private final AtomicInteger requests = new AtomicInteger();

    @Override
    public org.apache.iceberg.io.InputFile newInputFile(String location) {
      org.apache.iceberg.io.InputFile file = super.newInputFile(location);
      return new org.apache.iceberg.io.InputFile() {
        @Override
        public long getLength() {
          return file.getLength();
        }

        @Override
        public SeekableInputStream newStream() {
          requests.incrementAndGet();
          return file.newStream();
        }

        @Override
        public String location() {
          return location;
        }

        @Override
        public boolean exists() {
          return file.exists();
        }
      };
    }
  }

  @Test
  void aForeignFileIsNotOfTheLayout() throws IOException {
    CollectionSchema schema = CollectionSchema.builder().vector(2, Metric.DOT).build();
    TableContext table = table(schema);
    String location = folder + "/foreign.parquet";
    Schema onlyId = new Schema(table.icebergSchema().findField("id"));
    FileAppender<Record> appender =
        Parquet.write(table.io().newOutputFile(location))
            .schema(onlyId)
            .createWriterFunc(GenericParquetWriter::create)
            .build();
    try (appender) {
      Record record = GenericRecord.create(onlyId);
      record.setField("id", "a");
      appender.add(record);
    }
    DataFile file =
        DataFiles.builder(PartitionSpec.unpartitioned())
            .withPath(location)
            .withFormat("parquet")
            .withRecordCount(1)
            .withFileSizeInBytes(Files.size(Path.of(location)))
            .build();
    assertThat(new ViperFormat().open(table, file)).isEmpty();
  }

  @Test
  void aFileOfAnotherSizeThanCommittedIsCorrupt() throws IOException {
    CollectionSchema schema = CollectionSchema.builder().vector(2, Metric.DOT).build();
    TableContext table = table(schema);
    List<Row> rows = RandomCollections.rows(schema, 5, new Random(1));
    DataFile file = write(table, rows, ViperSizes.STANDARD);
    DataFile other =
        DataFiles.builder(PartitionSpec.unpartitioned())
            .copy(file)
            .withFileSizeInBytes(file.fileSizeInBytes() + 1)
            .build();
    assertThatThrownBy(() -> new ViperFormat().open(table, other))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(
            "ends at offset "
                + file.fileSizeInBytes()
                + " (expected "
                + (file.fileSizeInBytes() + 1)
                + ")");
    try (SegmentReader reader = new ViperFormat().open(table, file).orElseThrow()) {
      assertThat(reader.rowCount()).isEqualTo(5);
    }
  }
}
