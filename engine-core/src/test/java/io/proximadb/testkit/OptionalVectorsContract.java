package io.proximadb.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.SegmentWriters;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.StorageFormat;
import io.proximadb.storage.TableContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/** What a layout must do with rows that are without a vector of an optional field. */
public abstract class OptionalVectorsContract {
  private static final CollectionSchema SCHEMA =
      CollectionSchema.builder()
          .vector(2, Metric.DOT)
          .vector(new VectorField("image", 3, Metric.DOT).asOptional())
          .metadata("number", Scalar.LONG)
          .vector(VectorField.sparse("terms", 50, Metric.DOT).asOptional())
          .build();

  @TempDir Path folder;

  protected abstract StorageFormat format();

  private TableContext table() {
    return RandomCollections.table(SCHEMA, folder.toString(), new LocalFileIO());
  }

  /** Each third row is without the optional dense vector, each fourth without the sparse one. */
  private static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (Row row : RandomCollections.rows(SCHEMA, 60, new Random(11))) {
      float[][] vectors = row.vectors().clone();
      vectors[1] = rows.size() % 3 == 0 ? null : vectors[1];
      Object[] metadata = row.metadata().clone();
      metadata[1] = rows.size() % 4 == 0 ? null : metadata[1];
      rows.add(
          new Row(
              row.id(),
              vectors,
              metadata,
              row.expiresAtMicros(),
              row.version(),
              row.updatedAtMicros()));
    }
    return rows;
  }

  private List<StagedSegment> write(TableContext table, List<Row> rows) {
    try (SegmentWriter writer =
        SegmentWriters.split(table, part -> format().newWriter(part, "test"))) {
      rows.forEach(writer::append);
      assertThat(writer.rowCount()).isEqualTo(rows.size());
      List<StagedSegment> segments = writer.finish();
      segments.forEach(segment -> Staging.promote(table.io(), segment));
      return segments;
    }
  }

  private void check(TableContext table, List<StagedSegment> segments, List<Row> rows) {
    int found = 0;
    for (StagedSegment segment : segments) {
      try (SegmentReader reader = format().open(table, segment.dataFile()).orElseThrow()) {
        for (Row row : rows) {
          int position = reader.find(row.id());
          if (position >= 0) {
            found++;
            check(reader, position, row);
          }
        }
      }
    }
    assertThat(found).isEqualTo(rows.size());
  }

  private static void check(SegmentReader reader, int position, Row row) {
    float[] vector = row.vectors()[1];
    assertThat(reader.hasVectors("vector")).isTrue();
    assertThat(reader.hasVectors("image")).isEqualTo(vector != null);
    ColumnBatch batch =
        reader.rows(new int[] {position}, List.of("vector", "image", "number", "terms"));
    assertThat(batch.column("image").isNull(0)).isEqualTo(vector == null);
    assertThat((float[]) batch.column("image").value(0)).isEqualTo(vector);
    assertThat((float[]) batch.column("vector").value(0)).isEqualTo(row.vectors()[0]);
    // Where a sparse vector is missing is no matter of files.
    assertThat(batch.column("terms").value(0)).isEqualTo(row.metadata()[1]);
    assertThat(batch.column("number").value(0)).isEqualTo(row.metadata()[0]);
  }

  @Test
  void rowsWithoutAnOptionalVectorGoToFilesWithoutTheField() {
    TableContext table = table();
    List<StagedSegment> segments = write(table, rows());
    assertThat(segments).hasSize(2);
    check(table, segments, rows());
  }

  @Test
  void aCompactionKeepsTheOrderAndBeginsFewFiles() {
    TableContext table = table();
    List<Row> rows = rows();
    List<StagedSegment> before = new ArrayList<>(write(table, rows.subList(0, 30)));
    before.addAll(write(table, rows.subList(30, 60)));
    List<CompactionPolicy.Input> inputs = new ArrayList<>();
    for (StagedSegment segment : before) {
      inputs.add(
          new CompactionPolicy.Input(
              format().open(table, segment.dataFile()).orElseThrow(), new RoaringBitmap()));
    }
    CompactionPolicy policy = format().compaction();
    CompactionPolicy.Task task =
        new CompactionPolicy.Task(
            before.stream().map(StagedSegment::dataFile).toList(), 0, 1, "test");
    List<String> order = new ArrayList<>();
    List<StagedSegment> after;
    try (CompactionWriter writer = SegmentWriters.forCompaction(table, policy, task)) {
      PrimitiveIterator.OfLong all = SegmentWriters.order(table, policy, inputs);
      while (all.hasNext()) {
        long place = all.nextLong();
        String id = inputs.get((int) (place >>> 32)).reader().id((int) place);
        order.add(id);
        writer.append(rows.stream().filter(row -> row.id().equals(id)).findFirst().orElseThrow());
      }
      after = writer.finish();
    }
    inputs.forEach(input -> input.reader().close());
    after.forEach(segment -> Staging.promote(table.io(), segment));
    assertThat(order).hasSize(60).doesNotHaveDuplicates();
    assertThat(after).hasSize(2);
    check(table, after, rows);
    List<String> ids = new ArrayList<>();
    for (StagedSegment segment : after) {
      try (SegmentReader reader = format().open(table, segment.dataFile()).orElseThrow()) {
        for (int i = 0; i < reader.rowCount(); i++) {
          ids.add(reader.id(i));
        }
      }
    }
    assertThat(ids).isEqualTo(order);
  }
}
