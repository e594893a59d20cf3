package io.proximadb.server.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.Row;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.ObjectColumn;
import io.proximadb.model.column.StringColumn;
import io.proximadb.server.Samples;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchRoundTripTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void nothingLeaks() {
    allocator.close();
  }

  @Test
  void recordsOfEveryTypeSurviveRowByRow() {
    List<VectorRecord> records = List.of(Samples.full("a"), Samples.bare("b"), Samples.full("c"));
    List<String> columns = OutputColumns.whole(Samples.EVERYTHING);

    try (VectorSchemaRoot root = root(columns)) {
      BatchWriter.write(records, BatchRoundTripTest::value, root);

      List<VectorRecord> read =
          RecordReader.ofRecords(Samples.EVERYTHING, root.getSchema()).records(root);
      assertSame(read, records);
      assertThat(RowReader.rows(root).get(0))
          .containsEntry("id", "a")
          .containsEntry("tags", Samples.listOf("a", null, ""))
          .containsEntry("vector", new float[] {1, 2, 3});
    }
  }

  private static Object value(VectorRecord record, String column) {
    return switch (column) {
      case "id" -> record.id();
      case "expires_at" -> record.expiresAt();
      case "vector", "image" -> record.vectors().get(column);
      default -> record.metadata().get(column);
    };
  }

  /** Compared as rows: the validator brings maps, lists and arrays into one form. */
  private static void assertSame(List<VectorRecord> read, List<VectorRecord> expected) {
    RecordValidator validator = new RecordValidator(Samples.EVERYTHING);
    assertThat(read).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      Row actual = validator.toRow(read.get(i), 0, 0);
      Row wanted = validator.toRow(expected.get(i), 0, 0);
      assertThat(actual.id()).isEqualTo(wanted.id());
      assertThat(actual.vectors()).isDeepEqualTo(wanted.vectors());
      assertThat(actual.metadata()).usingRecursiveComparison().isEqualTo(wanted.metadata());
      assertThat(actual.expiresAtMicros()).isEqualTo(wanted.expiresAtMicros());
    }
  }

  @Test
  void columnsOfEveryKindSurviveWithAndWithoutNulls() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int rows : new int[] {0, 1, 7, 8, 9, 1_000}) {
      for (boolean nulls : new boolean[] {false, true}) {
        ColumnBatch batch = batch(random, rows, nulls);
        try (VectorSchemaRoot root = root(List.copyOf(batch.columns().keySet()))) {
          BatchWriter.write(batch, root);
          // Once more: a root is reused for every batch of a scan.
          BatchWriter.write(batch, root);

          List<Map<String, Object>> read = RowReader.rows(root);
          assertThat(read).as("seed %d", seed).hasSize(rows);
          for (int row = 0; row < rows; row++) {
            for (Map.Entry<String, Column> column : batch.columns().entrySet()) {
              assertThat(read.get(row).get(column.getKey()))
                  .as("seed %d, row %d of %d, column %s", seed, row, rows, column.getKey())
                  .isEqualTo(column.getValue().value(row));
            }
          }
        }
      }
    }
  }

  private static ColumnBatch batch(Random random, int rows, boolean nulls) {
    Map<String, Column> columns = new LinkedHashMap<>();
    columns.put("id", texts(random, rows, null));
    columns.put("flag", longs(Scalar.BOOLEAN, random, rows, nulls, 2));
    columns.put("small", longs(Scalar.INT, random, rows, nulls, Integer.MAX_VALUE));
    columns.put("big", longs(Scalar.LONG, random, rows, nulls, Long.MAX_VALUE));
    columns.put("day", longs(Scalar.DATE, random, rows, nulls, 100_000));
    columns.put("moment", longs(Scalar.TIMESTAMP, random, rows, nulls, 1L << 50));
    columns.put("ratio", doubles(Scalar.FLOAT, random, rows, nulls));
    columns.put("precise", doubles(Scalar.DOUBLE, random, rows, nulls));
    columns.put("text", texts(random, rows, nulls(random, rows, nulls)));
    Object[] tags = new Object[rows];
    for (int i = 0; i < rows; i++) {
      tags[i] = nulls && i % 3 == 0 ? null : Samples.listOf("t" + i, null);
    }
    columns.put(
        "tags", new ObjectColumn(new io.proximadb.model.FieldType.ListOf(Scalar.STRING), tags));
    float[] vectors = new float[rows * 3];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = random.nextFloat();
    }
    columns.put("vector", new FloatVectorColumn(3, vectors));
    columns.put("_version", longs(Scalar.LONG, random, rows, false, Long.MAX_VALUE));
    columns.put("_cluster_id", longs(Scalar.LONG, random, rows, nulls, 50));
    return new ColumnBatch(rows, columns);
  }

  private static BitSet nulls(Random random, int rows, boolean some) {
    if (!some) {
      return null;
    }
    BitSet nulls = new BitSet(rows);
    for (int i = 0; i < rows; i++) {
      nulls.set(i, random.nextInt(3) == 0);
    }
    return nulls;
  }

  private static LongColumn longs(Scalar type, Random random, int rows, boolean nulls, long bound) {
    long[] values = random.longs(rows, 0, bound).toArray();
    return new LongColumn(type, values, nulls(random, rows, nulls));
  }

  private static DoubleColumn doubles(Scalar type, Random random, int rows, boolean nulls) {
    double[] values = random.doubles(rows).map(d -> (float) d).toArray();
    return new DoubleColumn(type, values, nulls(random, rows, nulls));
  }

  private static StringColumn texts(Random random, int rows, BitSet nulls) {
    List<byte[]> texts = new ArrayList<>();
    int[] offsets = new int[rows + 1];
    // A column may be a part of a longer one: its text does not begin at 0.
    offsets[0] = 5;
    for (int i = 0; i < rows; i++) {
      boolean isNull = nulls != null && nulls.get(i);
      String text = isNull ? "" : "ü".repeat(random.nextInt(4)) + i;
      texts.add(text.getBytes(StandardCharsets.UTF_8));
      offsets[i + 1] = offsets[i] + texts.get(i).length;
    }
    byte[] bytes = new byte[offsets[rows]];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(texts.get(i), 0, bytes, offsets[i], texts.get(i).length);
    }
    return new StringColumn(bytes, offsets, nulls);
  }

  private VectorSchemaRoot root(List<String> columns) {
    List<Field> fields = OutputColumns.fields(Samples.EVERYTHING, columns);
    return VectorSchemaRoot.create(new Schema(fields), allocator);
  }
}
