package io.proximadb.storage.viper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.ProximaException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.model.ClusterId;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.LongColumn;
import io.proximadb.storage.ClusterRuns;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.RowLineage;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.clusters.ClusterModel;
import io.proximadb.storage.clusters.ClusterModels;
import io.proximadb.storage.clusters.FileClusters;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.SegmentChecker;
import io.proximadb.vector.cluster.Assigner;
import io.proximadb.vector.cluster.KMeans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.Random;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalInputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/** Outputs of compactions: in the order of clusters, with stored lineage and small metadata. */
class ViperCompactFilesTest {
  private static final ViperSizes SMALL = new ViperSizes(16, 1_024, 8_192, 1L << 30);
  private static final CompactionPolicy.Task TASK =
      new CompactionPolicy.Task(List.of(), 0, 1, "test");

  @TempDir Path folder;

  private TableContext table(CollectionSchema schema, Map<String, String> properties) {
    TableContext plain = RandomCollections.table(schema, folder.toString(), new LocalFileIO());
    return new TableContext(
        plain.tableUuid(),
        plain.location(),
        plain.icebergSchema(),
        plain.schema(),
        plain.io(),
        properties);
  }

  /** Trains on the rows and makes the model the table's current one. */
  private TableContext clustered(CollectionSchema schema, List<Row> rows, int clusters) {
    TableContext table = table(schema, Map.of());
    VectorField field = ClusterModels.field(table);
    float[] vectors = new float[rows.size() * field.dimension()];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(
          rows.get(i).vectors()[0], 0, vectors, i * field.dimension(), field.dimension());
    }
    KMeans.Result trained =
        KMeans.train(field.metric(), field.dimension(), vectors, rows.size(), clusters, 1);
    int fieldId = ClusterModels.fieldId(table, field);
    ClusterModels.write(
        table,
        new ClusterModel(
            1,
            fieldId,
            trained.centroids(),
            trained.sizes(),
            new ClusterModel.Training(rows.size(), rows.size(), 0, 1, 0, trained.distortion())));
    return table(schema, Map.of(ClusterModels.property(fieldId), "1"));
  }

  private static DataFile promoted(TableContext table, StagedSegment segment) {
    Staging.promote(table.io(), segment);
    return segment.dataFile();
  }

  private static DataFile compacted(TableContext table, List<Row> rows, ViperSizes sizes) {
    try (CompactionWriter writer = new ViperFormat(sizes).compaction().newWriter(table, TASK)) {
      for (int i = 0; i < rows.size(); i++) {
        writer.append(rows.get(i), rowId(i), updatedIn(i));
      }
      return promoted(table, writer.finish().get(0));
    }
  }

  private static long rowId(int i) {
    return 1_000_000 - 3L * i;
  }

  private static long updatedIn(int i) {
    return 1 + i % 4;
  }

  private static SegmentReader open(TableContext table, DataFile file) {
    return new ViperFormat().open(table, file).orElseThrow();
  }

  @Test
  void everyTypeAndItsLineageReadBackEqualHereAndInIceberg() throws IOException {
    for (int seed = 1; seed <= 3; seed++) {
      CollectionSchema schema = RandomCollections.allTypes();
      List<Row> rows = RandomCollections.rows(schema, 300, new Random(seed));
      TableContext table = clustered(schema, rows, 12);
      DataFile file = compacted(table, rows, SMALL);
      try (SegmentReader reader = open(table, file)) {
        RowLineage lineage = reader.lineage();
        assertThat(lineage).isNotNull();
        LongColumn clusters = (LongColumn) reader.column("_cluster_id");
        for (int i = 0; i < rows.size(); i++) {
          assertThat(lineage.rowId(i)).isEqualTo(rowId(i));
          assertThat(lineage.updatedIn(i)).isEqualTo(updatedIn(i));
          assertThat(reader.id(i)).isEqualTo(rows.get(i).id());
          assertThat(reader.find(rows.get(i).id())).isEqualTo(i);
          assertThat(ClusterId.generation(clusters.values()[i])).isEqualTo(1);
        }
      }
      int at = 0;
      List<NestedField> columns = new ArrayList<>(table.icebergSchema().columns());
      columns.add(MetadataColumns.ROW_ID);
      columns.add(MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER);
      Schema wanted = new Schema(columns);
      // What a row would have if the file did not say otherwise.
      Map<Integer, Long> inherited =
          Map.of(
              MetadataColumns.ROW_ID.fieldId(),
              5L,
              MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER.fieldId(),
              9L);
      try (CloseableIterable<Record> records =
          Parquet.read(table.io().newInputFile(file.location()))
              .project(wanted)
              .createReaderFunc(type -> GenericParquetReaders.buildReader(wanted, type, inherited))
              .build()) {
        for (Record record : records) {
          assertThat(record.getField("id")).isEqualTo(rows.get(at).id());
          assertThat(record.getField("_version")).isEqualTo(rows.get(at).version());
          assertThat(record.getField("_row_id")).isEqualTo(rowId(at));
          assertThat(record.getField("_last_updated_sequence_number")).isEqualTo(updatedIn(at));
          at++;
        }
      }
      assertThat(at).isEqualTo(rows.size());
      Files.delete(Path.of(ClusterModels.location(table, fieldId(table), 1)));
    }
  }

  private static int fieldId(TableContext table) {
    return ClusterModels.fieldId(table, ClusterModels.field(table));
  }

  @Test
  void withoutAModelFilesAreCheckedLikeAnyOther() {
    for (int seed = 1; seed <= 3; seed++) {
      CollectionSchema schema = RandomCollections.allTypes();
      TableContext table = table(schema, Map.of());
      List<Row> rows = RandomCollections.rows(schema, 300, new Random(seed));
      DataFile file = compacted(table, rows, SMALL);
      try (SegmentReader reader = open(table, file)) {
        new SegmentChecker("seed " + seed, table, rows).check(reader, new Random(seed));
        assertThat(reader.clusters().count()).isEqualTo(1);
      }
    }
  }

  @Test
  void parquetJavaSeesTheCodecOfEachColumn() throws IOException {
    CollectionSchema schema =
        CollectionSchema.builder().vector(8, Metric.EUCLIDEAN).metadata("t", Scalar.STRING).build();
    List<Row> rows = RandomCollections.rows(schema, 500, new Random(1));
    DataFile file = compacted(table(schema, Map.of()), rows, SMALL);
    try (ParquetFileReader reader =
        new ParquetFileReader(
            new LocalInputFile(Path.of(file.location())), ParquetReadOptions.builder().build())) {
      for (BlockMetaData group : reader.getRowGroups()) {
        long uncompressed = 0;
        for (ColumnChunkMetaData column : group.getColumns()) {
          String name = column.getPath().toArray()[0];
          boolean plain = name.equals("id") || name.equals("vector");
          assertThat(column.getCodec())
              .as(name)
              .isEqualTo(plain ? CompressionCodecName.UNCOMPRESSED : CompressionCodecName.ZSTD);
          uncompressed += column.getTotalUncompressedSize();
        }
        assertThat(group.getTotalByteSize()).isEqualTo(uncompressed);
        reader.readNextRowGroup();
      }
    }
  }

  @Test
  void damageOfACompressedPageIsFound() throws IOException {
    Random random = Seed.random("ViperCompactFilesTest.damage");
    CollectionSchema schema =
        CollectionSchema.builder().vector(3, Metric.EUCLIDEAN).metadata("n", Scalar.LONG).build();
    List<Row> rows = RandomCollections.rows(schema, 60, random);
    TableContext table = table(schema, Map.of());
    DataFile file = compacted(table, rows, SMALL);
    Path path = Path.of(file.location());
    byte[] whole = Files.readAllBytes(path);
    for (int i = 0; i < 400; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length - 4)] ^= (byte) (1 << random.nextInt(8));
      Files.write(path, damaged);
      assertThatThrownBy(
              () -> {
                try (SegmentReader reader = open(table, file)) {
                  table
                      .icebergSchema()
                      .columns()
                      .forEach(
                          column -> {
                            if (!column.name().equals("vector")) {
                              reader.column(column.name());
                            }
                          });
                  reader.lineage();
                  reader.vectors("vector").copy(0, reader.rowCount(), new float[180], 0);
                }
              })
          .isInstanceOfAny(CorruptFileException.class, ProximaException.class);
    }
  }

  @Test
  void compactionPutsRowsInTheOrderOfClusters() {
    Random random = Seed.random("ViperCompactFilesTest.order");
    CollectionSchema schema = CollectionSchema.builder().vector(6, Metric.EUCLIDEAN).build();
    List<Row> rows = RandomCollections.rows(schema, 3_000, random);
    TableContext before = table(schema, Map.of());
    DataFile unclustered = write(before, rows.subList(0, 1_000));
    TableContext table = clustered(schema, rows, 40);
    ClusterModel model = ClusterModels.current(table);
    assertThat(model).isNotNull();
    DataFile first = write(table, rows.subList(1_000, 2_000));
    DataFile second = write(table, rows.subList(2_000, 3_000));
    assertThat(FileClusters.isOutdated(table, unclustered, 1)).isTrue();
    assertThat(FileClusters.isOutdated(table, first, 1)).isFalse();
    CompactionPolicy policy = new ViperFormat(SMALL).compaction();
    RoaringBitmap dead = new RoaringBitmap();
    for (int i = 0; i < 100; i++) {
      dead.add(random.nextInt(1_000));
    }
    try (SegmentReader a = open(table, unclustered);
        SegmentReader b = open(table, first);
        SegmentReader c = open(table, second)) {
      List<SegmentReader> readers = List.of(a, b, c);
      List<CompactionPolicy.Input> inputs =
          List.of(
              new CompactionPolicy.Input(a, dead),
              new CompactionPolicy.Input(b, new RoaringBitmap()),
              new CompactionPolicy.Input(c, new RoaringBitmap()));
      PrimitiveIterator.OfLong order = policy.order(table, inputs);
      Assigner assigner = model.centroids().assigner();
      List<Long> seen = new ArrayList<>();
      int cluster = 0;
      long last = -1;
      float[] vector = new float[6];
      while (order.hasNext()) {
        long pointer = order.nextLong();
        readers.get((int) (pointer >>> 32)).vectors("vector").copy((int) pointer, 1, vector, 0);
        int next = assigner.assign(vector);
        assertThat(next).isGreaterThanOrEqualTo(cluster);
        if (next == cluster) {
          assertThat(pointer).isGreaterThan(last);
        }
        cluster = next;
        last = pointer;
        seen.add(pointer);
      }
      assertThat(seen).hasSize(3_000 - dead.getCardinality()).doesNotHaveDuplicates();
      assertThat(seen).noneMatch(row -> row >>> 32 == 0 && dead.contains((int) (long) row));
    }
  }

  @Test
  void flushedRowsAreSortedAndPagesEndWithClusters() throws IOException {
    Random random = Seed.random("ViperCompactFilesTest.sorted");
    CollectionSchema schema = CollectionSchema.builder().vector(6, Metric.EUCLIDEAN).build();
    List<Row> rows = RandomCollections.rows(schema, 2_000, random);
    TableContext table = clustered(schema, rows, 20);
    DataFile file = write(table, rows);
    try (SegmentReader reader = open(table, file);
        ParquetFileReader parquet =
            new ParquetFileReader(
                new LocalInputFile(Path.of(file.location())),
                ParquetReadOptions.builder().build())) {
      assertThat(reader.rowCount()).isEqualTo(2_000);
      for (int i = 0; i < rows.size(); i++) {
        int position = reader.find(rows.get(i).id());
        float[] vector = new float[6];
        reader.vectors("vector").copy(position, 1, vector, 0);
        assertThat(vector).isEqualTo(rows.get(i).vectors()[0]);
      }
      ClusterRuns runs = reader.clusters();
      List<Integer> groups = new ArrayList<>(List.of(0));
      for (BlockMetaData group : parquet.getRowGroups()) {
        groups.add(groups.get(groups.size() - 1) + (int) group.getRowCount());
        var bounds =
            group.getColumns().stream()
                .filter(column -> column.getPath().toDotString().equals("_cluster_id"))
                .findFirst()
                .orElseThrow()
                .getStatistics();
        assertThat(bounds.hasNonNullValue()).isTrue();
      }
      assertThat(groups.size()).isGreaterThan(3);
      for (int run = 1; run < runs.count(); run++) {
        if (!groups.contains(runs.start(run))) {
          assertThat(runs.id(run)).isGreaterThan(runs.id(run - 1));
        }
      }
      // A page of 1,024 bytes may end with a cluster from 64 bytes, three rows, on.
      var vectors = reader.vectors("vector");
      int atBorder = 0;
      for (int block = 1; block < vectors.blockCount(); block++) {
        int start = vectors.firstRow(block);
        for (int run = 0; run < runs.count(); run++) {
          atBorder += runs.start(run) == start ? 1 : 0;
        }
      }
      assertThat(atBorder).isGreaterThan(runs.count() / 2);
    }
  }

  private static DataFile write(TableContext table, List<Row> rows) {
    try (SegmentWriter writer = new ViperFormat(SMALL).newWriter(table, "test")) {
      rows.forEach(writer::append);
      List<StagedSegment> segments = writer.finish();
      assertThat(segments).hasSize(1);
      return promoted(table, segments.get(0));
    }
  }

  /** The acceptance: at most 3 % over the floats at 384 dimensions, id index included. */
  @Test
  void aCompactedFileIsAtMostThreePercentOverItsVectors() throws IOException {
    Random random = Seed.random("ViperCompactFilesTest.bytes");
    int dimension = 384;
    int count = 20_000;
    CollectionSchema schema = CollectionSchema.builder().vector(dimension, Metric.COSINE).build();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // Batches of 500 records with one time each, as programs write them.
      long batch = 1_700_000_000_000_000L + (i / 500) * 137_911L;
      rows.add(
          new Row(
              String.format("doc-%06d", i),
              new float[][] {RandomCollections.vector(dimension, random)},
              new Object[0],
              Row.NO_EXPIRY,
              batch + i % 500,
              batch));
    }
    TableContext table = clustered(schema, rows.subList(0, 2_000), 141);
    ClusterModel model = ClusterModels.current(table);
    assertThat(model).isNotNull();
    Assigner assigner = model.centroids().assigner();
    List<long[]> order = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      order.add(new long[] {assigner.assign(rows.get(i).vectors()[0]), i});
    }
    order.sort(Comparator.comparingLong(entry -> entry[0]));
    DataFile file;
    String idIndex;
    try (CompactionWriter writer = new ViperFormat().compaction().newWriter(table, TASK)) {
      for (long[] entry : order) {
        writer.append(rows.get((int) entry[1]), entry[1], 1 + entry[1] / 2_000);
      }
      List<StagedSegment> segments = writer.finish();
      assertThat(segments).hasSize(1);
      idIndex = segments.get(0).idIndexLocation();
      file = promoted(table, segments.get(0));
    }
    long raw = 4L * dimension * count;
    long all = file.fileSizeInBytes() + Files.size(Path.of(idIndex));
    System.out.printf(
        Locale.ROOT,
        "compacted file with id index: %.1f bytes a row over %d of floats (%.2f %%)%n",
        (double) (all - raw) / count,
        4 * dimension,
        100.0 * (all - raw) / raw);
    assertThat(all).isLessThanOrEqualTo(raw + raw * 3 / 100);
  }
}
