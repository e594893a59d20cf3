package io.proximadb.storage.viper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ProximaException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.CompactionPolicy.Candidate;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.SegmentChecker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.inmemory.InMemoryFileIO;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.parquet.Parquet;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalInputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How vectors of compacted files are stored: what the user or the data chooses. */
class VectorProfileTest {
  private static final ViperSizes SMALL = new ViperSizes(16, 8_192, 32_768, 1L << 30);
  private static final CompactionPolicy.Task TASK =
      new CompactionPolicy.Task(List.of(), 0, 1, "test");
  private static final CollectionSchema SCHEMA =
      CollectionSchema.builder()
          .vector(new VectorField("a", 24, Metric.EUCLIDEAN))
          .vector(new VectorField("b", 5, Metric.DOT))
          .metadata("number", Scalar.LONG)
          .build();

  @TempDir Path folder;

  private TableContext table(String... settings) {
    return table(new LocalFileIO(), folder.toString(), settings);
  }

  private static TableContext table(FileIO io, String location, String... settings) {
    Map<String, String> properties = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      properties.put("proximadb.vector." + settings[i], settings[i + 1]);
    }
    return RandomCollections.table(SCHEMA, location, io, properties);
  }

  private static DataFile compacted(TableContext table, List<Row> rows) {
    try (CompactionWriter writer = new ViperFormat(SMALL).compaction().newWriter(table, TASK)) {
      rows.forEach(writer::append);
      StagedSegment segment = writer.finish().get(0);
      Staging.promote(table.io(), segment);
      return segment.dataFile();
    }
  }

  private static SegmentReader open(TableContext table, DataFile file) {
    return new ViperFormat(SMALL).open(table, file).orElseThrow();
  }

  /** Their signs and exponents take few bits, so that splitting bytes pays. */
  private static List<Row> rows(int count, double zeroShare, Random random) {
    List<Row> rows = RandomCollections.rows(SCHEMA, count, random);
    for (Row row : rows) {
      for (float[] vector : row.vectors()) {
        for (int i = 0; i < vector.length; i++) {
          vector[i] = random.nextDouble() < zeroShare ? 0f : vector[i];
        }
      }
    }
    return rows;
  }

  /** By vector field, how parquet-java says its chunks are stored. */
  private static Set<String> storage(DataFile file, String field) throws IOException {
    Set<String> found = new java.util.TreeSet<>();
    try (ParquetFileReader reader =
        new ParquetFileReader(
            new LocalInputFile(Path.of(file.location())), ParquetReadOptions.builder().build())) {
      for (BlockMetaData group : reader.getRowGroups()) {
        for (ColumnChunkMetaData column : group.getColumns()) {
          if (column.getPath().toArray()[0].equals(field)) {
            boolean split = column.getEncodings().contains(Encoding.BYTE_STREAM_SPLIT);
            boolean zstd = column.getCodec() == CompressionCodecName.ZSTD;
            assertThat(zstd || column.getCodec() == CompressionCodecName.UNCOMPRESSED).isTrue();
            found.add((split ? "split" : "plain") + (zstd ? " zstd" : ""));
          }
        }
      }
    }
    return found;
  }

  private static void checkByIceberg(TableContext table, DataFile file, List<Row> rows)
      throws IOException {
    int at = 0;
    try (CloseableIterable<Record> records =
        Parquet.read(table.io().newInputFile(file.location()))
            .project(table.icebergSchema())
            .createReaderFunc(
                type -> GenericParquetReaders.buildReader(table.icebergSchema(), type))
            .build()) {
      for (Record record : records) {
        Row row = rows.get(at++);
        assertThat(record.getField("id")).isEqualTo(row.id());
        for (int i = 0; i < 2; i++) {
          List<Float> wanted = new ArrayList<>();
          for (float component : row.vectors()[i]) {
            wanted.add(component);
          }
          assertThat(record.getField(i == 0 ? "a" : "b")).isEqualTo(wanted);
        }
      }
    }
    assertThat(at).isEqualTo(rows.size());
  }

  @Test
  void coldFilesReadBackEqualHereAndInIceberg() throws IOException {
    Random random = Seed.random("VectorProfileTest.cold");
    TableContext table = table("a.profile", "cold");
    List<Row> rows = rows(400, 0, random);
    DataFile file = compacted(table, rows);
    assertThat(storage(file, "a")).contains("split zstd").allMatch(name -> name.endsWith("zstd"));
    assertThat(storage(file, "b")).containsExactly("plain");
    try (SegmentReader reader = open(table, file)) {
      new SegmentChecker("cold", table, rows).check(reader, random);
    }
    checkByIceberg(table, file, rows);
    DataFile hot = compacted(table("a.profile", "hot"), rows);
    assertThat(storage(hot, "a")).containsExactly("plain");
    assertThat(file.fileSizeInBytes()).isLessThan(hot.fileSizeInBytes());
  }

  @Test
  void aColdFileOfAStoreReadsBackEqual() {
    Random random = Seed.random("VectorProfileTest.remote");
    TableContext table =
        table(new InMemoryFileIO(), "memory://table", "a.profile", "cold", "b.profile", "cold");
    List<Row> rows = rows(300, 0, random);
    try (SegmentReader reader = open(table, compacted(table, rows))) {
      new SegmentChecker("cold, remote", table, rows).check(reader, random);
    }
  }

  @Test
  void theShareOfZerosDecidesBothWays() throws IOException {
    Random random = Seed.random("VectorProfileTest.zeros");
    TableContext table = table();
    for (double zeros : new double[] {0, 0.95, 0.5, 0.9}) {
      List<Row> rows = rows(400, zeros, random);
      DataFile file = compacted(table, rows);
      if (zeros < 0.8) {
        assertThat(storage(file, "a")).containsExactly("plain");
      } else {
        assertThat(storage(file, "a")).allMatch(name -> name.endsWith("zstd"));
      }
      try (SegmentReader reader = open(table, file)) {
        new SegmentChecker("zeros " + zeros, table, rows).check(reader, random);
      }
      checkByIceberg(table, file, rows);
    }
    List<Row> half = rows(400, 0.5, random);
    assertThat(storage(compacted(table("a.sparse-threshold", "0.3"), half), "a"))
        .allMatch(name -> name.endsWith("zstd"));
    List<Row> most = rows(400, 0.95, random);
    assertThat(storage(compacted(table("a.profile", "hot"), most), "a")).containsExactly("plain");
    assertThat(storage(compacted(table("a.sparse-threshold", "1"), most), "a"))
        .containsExactly("plain");
  }

  @Test
  void theMeasuredGainDecides() throws IOException {
    Random random = Seed.random("VectorProfileTest.gain");
    List<Row> smooth = rows(400, 0, random);
    List<Row> noise = rows(400, 0, random);
    for (Row row : noise) {
      for (float[] vector : row.vectors()) {
        for (int i = 0; i < vector.length; i++) {
          vector[i] = Float.intBitsToFloat(random.nextInt() & 0x7effffff);
        }
      }
    }
    TableContext gain = table("a.cold-gain", "0.05");
    // The last row group is small, and may gain less.
    assertThat(storage(compacted(gain, smooth), "a")).contains("split zstd");
    assertThat(storage(compacted(gain, noise), "a")).containsExactly("plain");
    assertThat(storage(compacted(table("a.cold-gain", "0.99"), smooth), "a"))
        .containsExactly("plain");
    // Asked for by name, it is cold even where that spares nothing.
    assertThat(storage(compacted(table("a.profile", "cold"), noise), "a"))
        .allMatch(name -> name.endsWith("zstd"));
  }

  @Test
  void aChangeOfSettingsIsPlannedOnceAndOnlyForFilesThatWait() {
    Random random = Seed.random("VectorProfileTest.plan");
    ViperSizes sizes = new ViperSizes(16, 1_024, 8_192, 64 * 20_000);
    CompactionPolicy policy = new ViperFormat(sizes).compaction();
    TableContext plain = table();
    TableContext cold = table("a.profile", "cold");
    DataFile small = compacted(plain, rows(10, 0, random));
    DataFile large = compacted(plain, rows(400, 0, random));
    assertThat(ViperFormat.isNamedLikeOurs(large)).isTrue();
    assertThat(ViperFormat.tag(large)).isEmpty();
    assertThat(planned(policy, plain, small, large)).isEmpty();
    assertThat(planned(policy, cold, small, large)).containsExactly(large);
    DataFile rewritten = compacted(cold, rows(10, 0, random));
    assertThat(ViperFormat.isNamedLikeOurs(rewritten)).isTrue();
    assertThat(planned(policy, cold, small, rewritten)).isEmpty();
    assertThat(planned(policy, plain, small, rewritten)).containsExactly(rewritten);
    assertThat(planned(policy, table("a.profile", "hot"), rewritten)).containsExactly(rewritten);
  }

  private static List<DataFile> planned(
      CompactionPolicy policy, TableContext table, DataFile... files) {
    List<Candidate> candidates = new ArrayList<>();
    for (DataFile file : files) {
      candidates.add(new Candidate(file, file.recordCount()));
    }
    return policy.plan(table, candidates).stream().flatMap(task -> task.inputs().stream()).toList();
  }

  @Test
  void aSettingThatDoesNotParseIsNamed() {
    for (String[] wrong :
        new String[][] {
          {"a.profile", "warm"},
          {"a.sparse-threshold", "1.5"},
          {"b.cold-gain", "much"},
        }) {
      assertThatThrownBy(() -> compacted(table(wrong), List.of()))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("proximadb.vector." + wrong[0])
          .hasMessageContaining(wrong[1]);
    }
  }

  @Test
  void damageOfAColdPageIsFound() throws IOException {
    Random random = Seed.random("VectorProfileTest.damage");
    TableContext table = table("a.profile", "cold", "b.profile", "cold");
    List<Row> rows = rows(60, 0, random);
    DataFile file = compacted(table, rows);
    Path path = Path.of(file.location());
    byte[] whole = Files.readAllBytes(path);
    int foundOut = 0;
    for (int i = 0; i < 300; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length - 4)] ^= (byte) (1 << random.nextInt(8));
      Files.write(path, damaged);
      try (SegmentReader reader = open(table, file)) {
        reader.vectors("a").copy(0, reader.rowCount(), new float[60 * 24], 0);
        reader.vectors("b").copy(0, reader.rowCount(), new float[60 * 5], 0);
      } catch (CorruptFileException e) {
        foundOut++;
      } catch (ProximaException e) {
        assertThat(e).hasMessageContaining("Unsupported");
        foundOut++;
      }
    }
    // The rest was in pages of other columns.
    assertThat(foundOut).isGreaterThan(150);
  }
}
