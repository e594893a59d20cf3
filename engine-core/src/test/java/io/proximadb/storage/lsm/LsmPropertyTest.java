package io.proximadb.storage.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.storage.CompactionPolicy.Task;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.IdSets;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.viper.ViperFormat;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Seed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

class LsmPropertyTest {
  private static final LsmSizes SMALL = new LsmSizes(512, 64 << 20, 1L << 30);
  private static final CollectionSchema SCHEMA =
      CollectionSchema.builder().vector(1, Metric.DOT).build();

  @TempDir Path folder;

  private TableContext table(CollectionSchema schema) {
    return RandomCollections.table(schema, folder.toString(), new LocalFileIO());
  }

  private static Row row(String id) {
    return new Row(id, new float[][] {{1}}, new Object[0], Row.NO_EXPIRY, 1, 1);
  }

  private static StagedSegment finish(TableContext table, SegmentWriter writer) {
    StagedSegment segment = writer.finish().get(0);
    Staging.promote(table.io(), segment);
    return segment;
  }

  /** Ids that share long beginnings, end where others go on, and hold zeros. */
  private static List<String> ids(Random random, int count) {
    String[] parts = {
      "", "a", "b", "\u0000", "long common beginning", "ß", "\uFFFD", "\uD83D\uDE00"
    };
    Set<String> ids = new LinkedHashSet<>();
    while (ids.size() < count) {
      StringBuilder id = new StringBuilder(parts[random.nextInt(parts.length)]);
      int length = random.nextInt(6);
      for (int i = 0; i < length; i++) {
        id.append(parts[random.nextInt(parts.length)]);
      }
      id.append(random.nextInt(3) == 0 ? "" : Integer.toString(random.nextInt(1_000)));
      if (id.length() > 0) {
        ids.add(id.toString());
      }
    }
    return List.copyOf(ids);
  }

  private static List<String> sorted(List<String> ids) {
    List<String> sorted = new ArrayList<>(ids);
    sorted.sort(
        Comparator.comparing(id -> id.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
    return sorted;
  }

  @Test
  void filesAreSortedByBytesAndEveryIdIsFound() {
    Random random = Seed.random("LsmPropertyTest.sorted");
    TableContext table = table(SCHEMA);
    for (int round = 0; round < 5; round++) {
      List<String> ids = ids(random, 1 + random.nextInt(3_000));
      List<String> absent = new ArrayList<>(ids(random, 500));
      absent.removeAll(ids);
      try (SegmentWriter writer = new LsmFormat(SMALL).newWriter(table, "test")) {
        ids.forEach(id -> writer.append(row(id)));
        StagedSegment segment = finish(table, writer);
        try (SegmentReader reader = LsmReader.open(table, segment.dataFile())) {
          List<String> expected = sorted(ids);
          assertThat(IntStream.range(0, reader.rowCount()).mapToObj(reader::id).toList())
              .isEqualTo(expected);
          for (int row = 0; row < expected.size(); row++) {
            assertThat(reader.find(expected.get(row))).isEqualTo(row);
          }
          absent.forEach(id -> assertThat(reader.find(id)).isEqualTo(-1));
          assertThat(reader.findAll(IdSets.of(table, ids)).getCardinality()).isEqualTo(ids.size());
          assertThat(reader.findAll(IdSets.of(table, absent)).isEmpty()).isTrue();
        }
      }
    }
  }

  @Test
  void filesOfAnyOrderAreSortedByBytes() {
    Random random = Seed.random("LsmPropertyTest.order");
    TableContext table = table(SCHEMA);
    for (int round = 0; round < 4; round++) {
      List<String> ids = ids(random, 200 + random.nextInt(3_000));
      try (SegmentWriter writer = new ViperFormat().newWriter(table, "test")) {
        ids.forEach(id -> writer.append(row(id)));
        StagedSegment segment = finish(table, writer);
        try (SegmentReader reader =
            new ViperFormat().open(table, segment.dataFile()).orElseThrow()) {
          RoaringBitmap dead = new RoaringBitmap();
          random.ints(20, 0, ids.size()).forEach(dead::add);
          List<String> live = new ArrayList<>();
          for (int row = 0; row < reader.rowCount(); row++) {
            if (!dead.contains(row)) {
              live.add(reader.id(row));
            }
          }
          int[] order = IdOrder.of(reader, dead);
          assertThat(Arrays.stream(order).mapToObj(reader::id).toList()).isEqualTo(sorted(live));
        }
      }
    }
  }

  /** An id that another writer let stand twice is found at all its places. */
  @Test
  void repeatedIdsAreFoundAcrossBlocks() {
    TableContext table = table(SCHEMA);
    try (SegmentWriter writer = new LsmFormat(SMALL).newWriter(table, "test")) {
      for (int i = 0; i < 200; i++) {
        writer.append(row(i % 2 == 0 ? "same" : "other" + i));
      }
      try (LsmReader reader = LsmReader.open(table, finish(table, writer).dataFile())) {
        assertThat(reader.findAll(IdSets.of(table, List.of("same"))).getCardinality())
            .isEqualTo(100);
        assertThat(reader.id(reader.find("same"))).isEqualTo("same");
      }
    }
  }

  @Test
  void fewAbsentIdsPassTheFilter() {
    Random random = Seed.random("LsmPropertyTest.filter");
    int rows = 20_000;
    LsmIndexBuilder builder = new LsmIndexBuilder(rows);
    long[] hashes = random.longs(rows).toArray();
    Arrays.stream(hashes).forEach(builder::add);
    builder.addBlock(new byte[] {1});
    LsmIndex index = LsmIndex.of(builder.build(table(SCHEMA).tableUuid(), 0));
    assertThat(Arrays.stream(hashes).allMatch(index::mayContain)).isTrue();
    long passed = random.longs(100_000).filter(index::mayContain).count();
    assertThat(passed).as("of 100,000").isLessThan(2_500);
  }

  @Test
  void numbersReadBackEqual() {
    Random random = Seed.random("LsmPropertyTest.numbers");
    AvroOutput out = new AvroOutput();
    long[] values = new long[2_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextLong() >> random.nextInt(64);
    }
    values[0] = Long.MIN_VALUE;
    values[1] = Long.MAX_VALUE;
    for (long value : values) {
      int before = out.size();
      out.writeLong(value);
      assertThat(out.size() - before).isEqualTo(AvroOutput.longBytes(value));
    }
    AvroInput in =
        new AvroInput(ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN), 0);
    for (long value : values) {
      assertThat(in.readLong()).isEqualTo(value);
    }
  }

  @Test
  void rowsThatDescendAreRefusedByACompaction() {
    TableContext table = table(SCHEMA);
    try (CompactionWriter writer =
        new LsmCompaction(SMALL).newWriter(table, new Task(List.of(), 1, 1, "test"))) {
      writer.append(row("b"));
      assertThatThrownBy(() -> writer.append(row("a")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'a'");
      assertThatThrownBy(() -> writer.append(row("c"), 1, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("lineage");
    }
  }

  /** Fields are matched by id: renamed, moved, dropped and new ones, within structs as well. */
  @Test
  void evolvedStructsAreReadByFieldId() {
    FieldType before =
        new FieldType.StructOf(
            List.of(
                new MetadataField("kept", Scalar.INT),
                new MetadataField("dropped", Scalar.STRING)));
    CollectionSchema schema =
        CollectionSchema.builder()
            .vector(2, Metric.DOT)
            .metadata("gone", Scalar.STRING)
            .metadata("part", before)
            .metadata("name", Scalar.LONG)
            .build();
    TableContext table = table(schema);
    Random random = Seed.random("LsmPropertyTest.evolved");
    List<Row> rows = RandomCollections.rows(schema, 60, random);
    StagedSegment segment;
    try (SegmentWriter writer = new LsmFormat(SMALL).newWriter(table, "test")) {
      rows.forEach(writer::append);
      segment = finish(table, writer);
    }
    FieldType after =
        new FieldType.StructOf(
            List.of(
                new MetadataField("added", Scalar.DOUBLE), new MetadataField("wide", Scalar.LONG)));
    CollectionSchema evolved =
        CollectionSchema.builder()
            .vector(2, Metric.DOT)
            .metadata("title", Scalar.LONG)
            .metadata("piece", after)
            .build();
    TableContext now =
        new TableContext(
            table.tableUuid(),
            table.location(),
            evolve(table.icebergSchema()),
            evolved,
            table.io(),
            table.properties());
    try (SegmentReader reader = LsmReader.open(now, segment.dataFile())) {
      Column title = reader.column("title");
      Column piece = reader.column("piece");
      for (Row row : rows) {
        int position = reader.find(row.id());
        assertThat(title.value(position)).isEqualTo(row.metadata()[2]);
        Map<?, ?> was = (Map<?, ?>) row.metadata()[1];
        Map<?, ?> is = (Map<?, ?>) piece.value(position);
        assertThat(is == null).isEqualTo(was == null);
        if (is != null && was != null) {
          Integer kept = (Integer) was.get("kept");
          assertThat(is.get("wide")).isEqualTo(kept == null ? null : Long.valueOf(kept));
          assertThat(is.containsKey("added")).isTrue();
          assertThat(is.get("added")).isNull();
          assertThat(is.containsKey("dropped")).isFalse();
        }
      }
    }
  }

  @Test
  void rowsMayBeWithoutAnOptionalVector() {
    VectorField always = new VectorField("always", 2, Metric.DOT);
    VectorField maybe = new VectorField("maybe", 3, Metric.DOT).asOptional();
    CollectionSchema schema = CollectionSchema.builder().vector(always).vector(maybe).build();
    TableContext table = table(schema);
    for (List<VectorField> fields : List.of(List.of(always), List.of(always, maybe))) {
      TableContext part = table.withVectorFields(fields);
      Random random = Seed.random("LsmPropertyTest.optional");
      List<Row> rows = RandomCollections.rows(part.schema(), 40, random);
      try (SegmentWriter writer = new LsmFormat(SMALL).newWriter(part, "test")) {
        rows.forEach(writer::append);
        try (SegmentReader reader = LsmReader.open(table, finish(part, writer).dataFile())) {
          assertThat(reader.hasVectors("always")).isTrue();
          assertThat(reader.hasVectors("maybe")).isEqualTo(fields.size() == 2);
          for (Row row : rows) {
            int[] position = {reader.find(row.id())};
            var batch = reader.rows(position, List.of("maybe", "always"));
            assertThat(batch.column("always").value(0)).isEqualTo(row.vectors()[0]);
            assertThat(batch.column("maybe").value(0))
                .isEqualTo(fields.size() == 2 ? row.vectors()[1] : null);
          }
        }
      }
    }
  }

  private static Schema evolve(Schema schema) {
    NestedField kept = schema.findField("part.kept");
    List<NestedField> columns = new ArrayList<>();
    for (NestedField column : schema.columns()) {
      switch (column.name()) {
        case "gone" -> {}
        case "name" -> columns.add(NestedField.from(column).withName("title").build());
        case "part" ->
            columns.add(
                NestedField.from(column)
                    .withName("piece")
                    .ofType(
                        Types.StructType.of(
                            NestedField.optional(900, "added", Types.DoubleType.get()),
                            NestedField.optional(kept.fieldId(), "wide", Types.LongType.get())))
                    .build());
        default -> columns.add(column);
      }
    }
    return new Schema(columns);
  }
}
