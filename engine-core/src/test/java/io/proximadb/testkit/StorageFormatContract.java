package io.proximadb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.proximadb.error.ClosedException;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.io.MovableFiles;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.IdSets;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.StorageFormat;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.inmemory.InMemoryFileIO;
import org.apache.iceberg.io.FileIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every storage layout must do; a new one gets the suite by extending this class.
 *
 * <p>{@link #format()} should use pages and groups so small that a few hundred rows cross their
 * borders.
 */
public abstract class StorageFormatContract {
  private static final int[] ROW_COUNTS = {1, 2, 7, 8, 9, 33, 64, 65, 200, 700};

  @TempDir protected Path folder;

  /** The layout under test. */
  protected abstract StorageFormat format();

  /** The layout under test, starting a new file after about so many bytes. */
  protected abstract StorageFormat formatWithFilesOf(long bytes);

  /** The rows of one file in the order in which the layout keeps them. */
  protected List<Row> stored(List<Row> rows) {
    return rows;
  }

  /** Where tables are: a local folder, or a place in a store for each test. */
  protected String location() {
    return folder.toString();
  }

  protected FileIO io() {
    return new LocalFileIO();
  }

  /** About how many places of a file are damaged in turn. */
  protected int damages() {
    return 1_500;
  }

  protected final TableContext table(CollectionSchema schema) {
    return RandomCollections.table(schema, location(), io());
  }

  /** Without the care for durability that a {@code FileIO} takes. */
  protected void overwrite(String file, byte[] bytes) throws IOException {
    Files.write(Path.of(file), bytes);
  }

  protected byte[] contentOf(String file) throws IOException {
    return Files.readAllBytes(Path.of(file));
  }

  /** All files there are. */
  protected List<String> files() {
    try (Stream<Path> found = Files.walk(folder)) {
      return found.filter(Files::isRegularFile).map(Path::toString).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Writes rows that fit one file and puts it in place. */
  protected final StagedSegment write(TableContext table, List<Row> rows) {
    List<StagedSegment> segments = writeAll(format(), table, rows);
    assertThat(segments).hasSize(1);
    return segments.get(0);
  }

  private SegmentReader open(TableContext table, DataFile file) {
    return format().open(table, file).orElseThrow();
  }

  private static List<StagedSegment> writeAll(
      StorageFormat format, TableContext table, List<Row> rows) {
    try (SegmentWriter writer = format.newWriter(table, "test")) {
      rows.forEach(writer::append);
      assertThat(writer.rowCount()).isEqualTo(rows.size());
      List<StagedSegment> segments = writer.finish();
      segments.forEach(segment -> Staging.promote(table.io(), segment));
      return segments;
    }
  }

  @Test
  void randomCollectionsReadBackEqual() {
    for (int round = 0; round < 30; round++) {
      long seed = 1_000 + round;
      Random random = new Random(seed);
      CollectionSchema schema = RandomCollections.schema(random);
      int count = ROW_COUNTS[random.nextInt(ROW_COUNTS.length)];
      readsBackEqual("seed " + seed, schema, count, random);
    }
  }

  @Test
  void everyTypeReadsBackEqual() {
    for (int seed = 1; seed <= 4; seed++) {
      readsBackEqual(
          "all types, seed " + seed, RandomCollections.allTypes(), 150 * seed, new Random(seed));
    }
  }

  private void readsBackEqual(String name, CollectionSchema schema, int count, Random random) {
    TableContext table = table(schema);
    List<Row> rows = RandomCollections.rows(schema, count, random);
    StagedSegment segment = write(table, rows);
    try (SegmentReader reader = open(table, segment.dataFile())) {
      new SegmentChecker(name, table, stored(rows)).check(reader, random);
    }
  }

  @Test
  void aRemoteFileReadsBackEqualWithoutBeingStaged() {
    long seed = 5;
    CollectionSchema schema = RandomCollections.allTypes();
    TableContext table = RandomCollections.table(schema, "memory://table", new InMemoryFileIO());
    List<Row> rows = RandomCollections.rows(schema, 150, new Random(seed));
    StagedSegment segment = write(table, rows);
    assertThat(segment.stagedLocation()).isEqualTo(segment.dataFile().location());
    try (SegmentReader reader = open(table, segment.dataFile())) {
      new SegmentChecker("remote, seed " + seed, table, stored(rows))
          .check(reader, new Random(seed));
    }
  }

  @Test
  void aFileStaysInStagingUntilItIsPromoted() {
    assumeTrue(io() instanceof MovableFiles, "a store that cannot rename has no staging");
    CollectionSchema schema = CollectionSchema.builder().vector(3, Metric.DOT).build();
    TableContext table = table(schema);
    try (SegmentWriter writer = format().newWriter(table, "flush")) {
      RandomCollections.rows(schema, 5, new Random(1)).forEach(writer::append);
      StagedSegment segment = writer.finish().get(0);
      writer.close();
      assertThat(segment.stagedLocation()).startsWith(folder + "/_proximadb/__flush/");
      assertThat(segment.dataFile().location()).startsWith(folder + "/data/");
      assertThat(segment.dataFile().recordCount()).isEqualTo(5);
      assertThatThrownBy(() -> open(table, segment.dataFile()))
          .isInstanceOf(NotFoundException.class);
      Staging.promote(table.io(), segment);
      Staging.promote(table.io(), segment);
      open(table, segment.dataFile()).close();
      assertThat(Path.of(segment.idIndexLocation())).exists();
      Staging.discard(table.io(), segment);
      assertThat(files()).isEmpty();
      assertThatThrownBy(() -> Staging.promote(table.io(), segment))
          .isInstanceOf(org.apache.iceberg.exceptions.NotFoundException.class);
    }
  }

  @Test
  void nothingIsLeftOfAWriterThatIsNotFinished() {
    CollectionSchema schema = CollectionSchema.builder().vector(100, Metric.DOT).build();
    TableContext table = table(schema);
    try (SegmentWriter writer = formatWithFilesOf(20_000).newWriter(table, "flush")) {
      RandomCollections.rows(schema, 500, new Random(1)).forEach(writer::append);
      assertThat(files()).hasSizeGreaterThan(3);
    }
    assertThat(files()).isEmpty();
    try (SegmentWriter writer = format().newWriter(table, "flush")) {
      assertThat(writer.finish()).as("of an empty writer").isEmpty();
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void aFullFileIsFollowedByAnother() {
    CollectionSchema schema = CollectionSchema.builder().vector(100, Metric.DOT).build();
    TableContext table = table(schema);
    List<Row> rows = RandomCollections.rows(schema, 500, new Random(2));
    List<StagedSegment> segments = writeAll(formatWithFilesOf(50_000), table, rows);
    assertThat(segments).hasSizeGreaterThan(2);
    int at = 0;
    for (StagedSegment segment : segments) {
      try (SegmentReader reader = open(table, segment.dataFile())) {
        List<Row> expected = stored(rows.subList(at, at + reader.rowCount()));
        assertThat(ids(reader)).isEqualTo(expected.stream().map(Row::id).toList());
        at += reader.rowCount();
      }
    }
    assertThat(at).isEqualTo(rows.size());
  }

  private static List<String> ids(SegmentReader reader) {
    return IntStream.range(0, reader.rowCount()).mapToObj(reader::id).toList();
  }

  private static List<String> found(SegmentReader reader, IdSet ids) {
    return reader.findAll(ids).stream().mapToObj(reader::id).sorted().toList();
  }

  @Test
  void findsAllIdsOfSetsAndUnions() {
    long seed = 6;
    Random random = new Random(seed);
    CollectionSchema schema = CollectionSchema.builder().vector(2, Metric.DOT).build();
    TableContext table = table(schema);
    List<Row> rows = RandomCollections.rows(schema, 1_000, random);
    List<Row> first = rows.subList(0, 600);
    List<Row> second = rows.subList(400, 1_000);
    try (SegmentReader one = open(table, write(table, first).dataFile());
        SegmentReader two = open(table, write(table, second).dataFile())) {
      for (int size : new int[] {0, 1, 10, 500}) {
        List<String> wanted = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < size; i++) {
          wanted.add("missing" + i);
          int row = random.nextInt(rows.size());
          wanted.add(rows.get(row).id());
          if (row < 600) {
            expected.add(rows.get(row).id());
          }
        }
        IdSet set = IdSets.of(table, wanted);
        assertThat(set.size()).isEqualTo(Math.toIntExact(wanted.stream().distinct().count()));
        assertAscending(set);
        assertThat(found(one, set))
            .as("seed %s, size %s", seed, size)
            .isEqualTo(expected.stream().distinct().sorted().toList());
      }
      assertThat(found(two, one.ids()))
          .isEqualTo(rows.subList(400, 600).stream().map(Row::id).sorted().toList());
      IdSet union = IdSets.union(table, List.of(IdSets.of(table, List.of()), one.ids(), two.ids()));
      assertThat(union.size()).isEqualTo(1_000);
      assertAscending(union);
      assertThat(one.findAll(union).getCardinality()).isEqualTo(600);
      assertThat(two.findAll(union).getCardinality()).isEqualTo(600);
    }
  }

  private static void assertAscending(IdSet set) {
    for (int i = 1; i < set.size(); i++) {
      assertThat(Long.compareUnsigned(set.hash(i - 1), set.hash(i))).isLessThanOrEqualTo(0);
      assertThat(set.id(i)).isNotEqualTo(set.id(i - 1));
    }
  }

  @Test
  void aMissingOrDamagedIdIndexChangesNoAnswer() throws IOException {
    CollectionSchema schema = CollectionSchema.builder().vector(2, Metric.DOT).build();
    TableContext table = table(schema);
    List<Row> rows = stored(RandomCollections.rows(schema, 100, new Random(3)));
    StagedSegment segment = write(table, rows);
    String index = segment.idIndexLocation();
    byte[] whole = contentOf(index);
    for (int at = 0; at < whole.length; at += Math.max(1, whole.length / damages())) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      overwrite(index, damaged);
      findsEveryId(table, segment, rows, "byte " + at);
    }
    overwrite(index, Arrays.copyOf(whole, whole.length - 1));
    findsEveryId(table, segment, rows, "cut");
    table.io().deleteFile(index);
    findsEveryId(table, segment, rows, "missing");
  }

  private void findsEveryId(
      TableContext table, StagedSegment segment, List<Row> rows, String name) {
    try (SegmentReader reader = open(table, segment.dataFile())) {
      for (int i = 0; i < rows.size(); i += 7) {
        assertThat(reader.find(rows.get(i).id())).as(name).isEqualTo(i);
      }
      assertThat(reader.find("missing")).as(name).isEqualTo(-1);
    }
  }

  /** A flipped bit anywhere is noticed by who reads the whole file. */
  @Test
  void damageIsDetectedAndNeverServed() throws IOException {
    CollectionSchema schema = RandomCollections.allTypes();
    TableContext table = table(schema);
    List<Row> rows = RandomCollections.rows(schema, 40, new Random(4));
    StagedSegment segment = write(table, rows);
    String file = segment.dataFile().location();
    byte[] whole = contentOf(file);
    Random random = new Random(7);
    for (int at = 0; at < whole.length; at += 1 + random.nextInt(whole.length / damages())) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      overwrite(file, damaged);
      assertThatThrownBy(() -> readAll(table, segment))
          .as("byte %s of %s", at, whole.length)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining(file);
    }
    for (int length : new int[] {0, 3, 20, whole.length / 2, whole.length - 1}) {
      overwrite(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> readAll(table, segment))
          .as("cut to %s", length)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining(file);
    }
    overwrite(file, whole);
    readAll(table, segment);
  }

  private void readAll(TableContext table, StagedSegment segment) {
    try (SegmentReader reader = open(table, segment.dataFile())) {
      SegmentChecker.readAll(reader, table);
    }
  }

  @Test
  void columnsAddedLaterAreNullAndWidenedOnesAreRead() {
    CollectionSchema before =
        CollectionSchema.builder()
            .vector(2, Metric.DOT)
            .metadata("narrow", Scalar.INT)
            .metadata("single", Scalar.FLOAT)
            .build();
    TableContext table = table(before);
    List<Row> rows = stored(RandomCollections.rows(before, 100, new Random(8)));
    StagedSegment segment = write(table, rows);
    CollectionSchema after =
        CollectionSchema.builder()
            .vector(2, Metric.DOT)
            .metadata("narrow", Scalar.LONG)
            .metadata("single", Scalar.DOUBLE)
            .metadata("added", Scalar.STRING)
            .build();
    TableContext evolved =
        new TableContext(
            table.tableUuid(),
            table.location(),
            SchemaEvolutions.widenedWithAdded(table.icebergSchema()),
            after,
            table.io(),
            table.properties());
    try (SegmentReader reader = open(evolved, segment.dataFile())) {
      for (int i = 0; i < rows.size(); i++) {
        Integer narrow = (Integer) rows.get(i).metadata()[0];
        Float single = (Float) rows.get(i).metadata()[1];
        assertThat(reader.column("narrow").value(i))
            .isEqualTo(narrow == null ? null : Long.valueOf(narrow));
        assertThat(reader.column("single").value(i))
            .isEqualTo(single == null ? null : Double.valueOf(single));
        assertThat(reader.column("added").value(i)).isNull();
      }
      assertThat(reader.rows(new int[] {3, 5}, List.of("added")).column("added").size())
          .isEqualTo(2);
    }
  }

  @Test
  void severalThreadsReadOneReader() throws Exception {
    CollectionSchema schema = RandomCollections.allTypes();
    TableContext table = table(schema);
    List<Row> rows = stored(RandomCollections.rows(schema, 200, new Random(9)));
    StagedSegment segment = write(table, rows);
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try (SegmentReader reader = open(table, segment.dataFile())) {
      SegmentChecker checker = new SegmentChecker("shared", table, rows);
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int seed = i;
        tasks.add(
            () -> {
              checker.check(reader, new Random(seed));
              return null;
            });
      }
      for (Future<Void> done : executor.invokeAll(tasks)) {
        done.get();
      }
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void misuseIsRefused() {
    CollectionSchema schema = CollectionSchema.builder().vector(2, Metric.DOT).build();
    TableContext table = table(schema);
    StagedSegment segment = write(table, RandomCollections.rows(schema, 10, new Random(10)));
    SegmentReader reader = open(table, segment.dataFile());
    VectorRows vectors = reader.vectors("vector");
    assertThatThrownBy(() -> reader.column("nothing"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'nothing'");
    assertThatThrownBy(() -> reader.column("vector"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'vector'");
    assertThatThrownBy(() -> reader.vectors("id"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'id'");
    assertThatThrownBy(() -> reader.id(10)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> vectors.copy(9, 2, new float[4], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> reader.rows(new int[] {3, 2}, List.of("id")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 stands behind 3");
    reader.close();
    reader.close();
    assertThatThrownBy(() -> reader.id(0)).isInstanceOf(ClosedException.class);
    assertThatThrownBy(() -> reader.scan(List.of(), 1)).isInstanceOf(ClosedException.class);
    assertThatThrownBy(() -> vectors.copy(0, 1, new float[2], 0))
        .isInstanceOf(ClosedException.class);
  }
}
