package io.proximadb.storage.viper;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.RandomCollections;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.parquet.ParquetUtil;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a file's metrics tell Iceberg, against what Iceberg takes from the footer itself. */
class ViperMetricsTest {
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

  @Test
  void metricsAreThoseThatIcebergTakesFromTheFooter() {
    for (int seed = 1; seed <= 6; seed++) {
      CollectionSchema schema = RandomCollections.allTypes();
      TableContext table = table(schema);
      DataFile file = write(table, RandomCollections.rows(schema, 120, new Random(seed)), SMALL);
      Metrics expected =
          ParquetUtil.fileMetrics(
              table.io().newInputFile(file.location()),
              MetricsConfig.from(Map.of(), table.icebergSchema(), SortOrder.unsorted()));
      String name = "seed " + seed;
      assertThat(file.recordCount()).as(name).isEqualTo(expected.recordCount());
      assertThat(file.columnSizes()).as(name).isEqualTo(expected.columnSizes());
      assertThat(file.valueCounts()).as(name).isEqualTo(expected.valueCounts());
      assertThat(file.nullValueCounts()).as(name).isEqualTo(expected.nullValueCounts());
      assertThat(new HashMap<>(file.lowerBounds()))
          .as(name)
          .isEqualTo(withoutNan(expected.lowerBounds(), file));
      assertThat(new HashMap<>(file.upperBounds()))
          .as(name)
          .isEqualTo(withoutNan(expected.upperBounds(), file));
    }
  }

  /** A footer says nothing of NaN, so Iceberg then takes the bounds of the other row groups. */
  private static Map<Integer, ByteBuffer> withoutNan(
      Map<Integer, ByteBuffer> bounds, DataFile file) {
    Map<Integer, ByteBuffer> rest = new HashMap<>(bounds);
    rest.keySet().removeIf(field -> file.nanValueCounts().getOrDefault(field, 0L) > 0);
    return rest;
  }

  @Test
  void boundsHoldWhatIsInTheFileAndNaNTakesThemAway() {
    CollectionSchema schema =
        CollectionSchema.builder()
            .vector(2, Metric.DOT)
            .metadata("number", Scalar.DOUBLE)
            .metadata("clean", Scalar.DOUBLE)
            .metadata("text", Scalar.STRING)
            .metadata("none", Scalar.LONG)
            .build();
    TableContext table = table(schema);
    String high = "\uDBFF\uDFFF".repeat(20);
    List<Row> rows =
        List.of(
            row("b", 1.0, -0.0, "zebra that is long enough to be cut", null),
            row("a", Double.NaN, 3.0, high, null),
            row("c", null, 0.0, "a", null));
    DataFile file = write(table, rows, ViperSizes.STANDARD);
    int number = table.icebergSchema().findField("number").fieldId();
    int clean = table.icebergSchema().findField("clean").fieldId();
    int text = table.icebergSchema().findField("text").fieldId();
    int none = table.icebergSchema().findField("none").fieldId();
    assertThat(file.nanValueCounts()).containsEntry(number, 1L).containsEntry(clean, 0L);
    assertThat(file.nullValueCounts()).containsEntry(number, 1L).containsEntry(none, 3L);
    assertThat(file.lowerBounds()).doesNotContainKeys(number, none);
    assertThat(file.upperBounds()).doesNotContainKeys(number, none);
    assertThat(bound(file.lowerBounds(), clean, Types.DoubleType.get())).isEqualTo(-0.0);
    assertThat(bound(file.upperBounds(), clean, Types.DoubleType.get())).isEqualTo(3.0);
    assertThat(bound(file.lowerBounds(), text, Types.StringType.get())).hasToString("a");
    assertThat(file.upperBounds())
        .as("nothing is above the highest code point")
        .doesNotContainKey(text);
    assertThat(bound(file.lowerBounds(), 1, Types.StringType.get())).hasToString("a");
    assertThat(bound(file.upperBounds(), 1, Types.StringType.get())).hasToString("c");
  }

  private static Object bound(
      Map<Integer, ByteBuffer> bounds, int field, org.apache.iceberg.types.Type type) {
    return Conversions.fromByteBuffer(type, bounds.get(field));
  }

  private static Row row(String id, Object... metadata) {
    return new Row(id, new float[][] {{1, 2}}, metadata, Row.NO_EXPIRY, 1, 1);
  }
}
