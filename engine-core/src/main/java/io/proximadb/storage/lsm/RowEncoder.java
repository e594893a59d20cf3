package io.proximadb.storage.lsm;

import io.proximadb.model.Row;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.Timestamps;
import io.proximadb.storage.FileMetrics;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.lsm.RunColumns.Source;
import io.proximadb.storage.lsm.RunColumns.VectorSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** Encodes the rows of one file as Avro records and counts what its manifest entry says of them. */
final class RowEncoder {
  private final TableContext table;
  private final boolean lineage;
  private final Schema schema;
  private final List<Source> scalars;
  private final List<VectorSource> vectors;
  private final List<ValueWriter> writers = new ArrayList<>();
  private final List<LeafTotals> totals = new ArrayList<>();
  private final long[] sizes;
  private final AvroOutput out = new AvroOutput();
  private long rows;

  RowEncoder(TableContext table, RunColumns columns, boolean lineage) {
    this.table = table;
    this.lineage = lineage;
    this.scalars = columns.scalars();
    this.vectors = columns.vectors();
    List<NestedField> fields = new ArrayList<>();
    for (Source source : scalars) {
      fields.add(source.field());
      writers.add(writer(source.field(), true));
    }
    if (lineage) {
      fields.add(MetadataColumns.ROW_ID);
      fields.add(MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER);
    }
    vectors.forEach(source -> fields.add(source.field()));
    this.schema = new Schema(fields);
    this.sizes = new long[scalars.size()];
    assert scalars.get(0).field().name().equals(SystemColumns.ID);
  }

  /** The columns of the file. */
  Schema schema() {
    return schema;
  }

  boolean hasLineage() {
    return lineage;
  }

  /** Dimensions of the vector fields, which are the last columns. */
  int[] dimensions() {
    return vectors.stream().mapToInt(source -> source.vector().dimension()).toArray();
  }

  /** Encodes a row; the last two arguments count in a file with lineage only. */
  EncodedRow encode(Row row, long rowId, long updatedIn) {
    out.clear();
    byte[] id = row.id().getBytes(StandardCharsets.UTF_8);
    int start = 0;
    for (int i = 0; i < scalars.size(); i++) {
      writers.get(i).write(scalars.get(i).value().apply(row), out);
      sizes[i] += out.size() - start;
      start = out.size();
    }
    if (lineage) {
      out.writeLong(1);
      out.writeLong(rowId);
      out.writeLong(1);
      out.writeLong(updatedIn);
    }
    for (VectorSource source : vectors) {
      float[] vector = row.vectors()[source.ordinal()];
      if (vector == null || vector.length != source.vector().dimension()) {
        throw new IllegalArgumentException(
            "Invalid vector in '"
                + source.vector().name()
                + "': "
                + (vector == null ? 0 : vector.length)
                + " floats (expected "
                + source.vector().dimension()
                + ")");
      }
      out.writeLong(vector.length);
      out.writeFloats(vector);
      out.writeByte(0);
    }
    rows++;
    int idFrom = AvroOutput.longBytes(id.length);
    return new EncodedRow(out.toByteArray(), idFrom, idFrom + id.length);
  }

  /** What Iceberg keeps of all rows so far. */
  Metrics metrics() {
    NestedField id = scalars.get(0).field();
    FileMetrics metrics = new FileMetrics(table).withExactBounds(id.fieldId());
    for (LeafTotals leaf : totals) {
      metrics.add(leaf.field(), leaf.leaf());
    }
    for (int i = 0; i < sizes.length; i++) {
      NestedField field = scalars.get(i).field();
      if (field.type().isPrimitiveType()) {
        metrics.addSize(field.fieldId(), sizes[i]);
      }
    }
    for (VectorSource source : vectors) {
      int element = source.field().type().asListType().elementId();
      metrics.addSize(element, rows * source.vector().dimension() * Float.BYTES);
    }
    return metrics.build(rows);
  }

  /** Writes the values of a field. */
  private interface ValueWriter {
    void write(@Nullable Object value, AvroOutput out);
  }

  private ValueWriter writer(NestedField field, boolean counted) {
    Type type = field.type();
    if (type.isPrimitiveType()) {
      if (!counted) {
        return new LeafWriter(field, null);
      }
      LeafTotals leaf = new LeafTotals(field.fieldId(), type.asPrimitiveType());
      totals.add(leaf);
      return new LeafWriter(field, leaf);
    }
    if (type.isListType()) {
      return new ListWriter(field, writer(type.asListType().fields().get(0), false));
    }
    List<NestedField> fields = type.asStructType().fields();
    List<ValueWriter> children = new ArrayList<>();
    int firstLeaf = totals.size();
    fields.forEach(child -> children.add(writer(child, counted)));
    List<LeafTotals> leaves = List.copyOf(totals.subList(firstLeaf, totals.size()));
    return new StructWriter(field, fields, children, leaves);
  }

  /** Writes which branch of the union follows, if there is a union; true if a value follows. */
  private static boolean writeBranch(NestedField field, @Nullable Object value, AvroOutput out) {
    if (field.isOptional()) {
      out.writeLong(value == null ? 0 : 1);
    } else if (value == null) {
      throw new IllegalArgumentException("No value for required column " + field.name());
    }
    return value != null;
  }

  private record LeafWriter(NestedField field, @Nullable LeafTotals leaf) implements ValueWriter {
    @Override
    public void write(@Nullable Object value, AvroOutput out) {
      if (!writeBranch(field, value, out) || value == null) {
        if (leaf != null) {
          leaf.addNull();
        }
        return;
      }
      switch (field.type().typeId()) {
        case BOOLEAN -> out.writeByte((boolean) value ? 1 : 0);
        case INTEGER, LONG -> out.writeLong(((Number) value).longValue());
        case DATE -> out.writeLong(days(value));
        case TIMESTAMP -> out.writeLong(micros(value));
        case FLOAT -> out.writeFixedInt(Float.floatToRawIntBits((float) value));
        case DOUBLE -> out.writeFixedLong(Double.doubleToRawLongBits((double) value));
        case STRING -> out.writeBytes(((String) value).getBytes(StandardCharsets.UTF_8));
        case BINARY -> out.writeBytes((byte[]) value);
        default -> throw new AssertionError(field);
      }
      if (leaf != null) {
        leaf.add(bound(value));
      }
    }

    /** The value as Iceberg's generic class; bytes are copied, for the row's may be reused. */
    private Object bound(Object value) {
      return switch (field.type().typeId()) {
        case DATE -> days(value);
        case TIMESTAMP -> micros(value);
        case BINARY -> ByteBuffer.wrap(Arrays.copyOf((byte[]) value, ((byte[]) value).length));
        default -> value;
      };
    }

    private static int days(Object value) {
      return value instanceof LocalDate date ? Math.toIntExact(date.toEpochDay()) : (Integer) value;
    }

    private static long micros(Object value) {
      return value instanceof Instant instant ? Timestamps.toMicros(instant) : (Long) value;
    }
  }

  private record ListWriter(NestedField field, ValueWriter element) implements ValueWriter {
    @Override
    public void write(@Nullable Object value, AvroOutput out) {
      if (!writeBranch(field, value, out) || value == null) {
        return;
      }
      Collection<?> items = (Collection<?>) value;
      if (!items.isEmpty()) {
        out.writeLong(items.size());
        for (Object item : items) {
          element.write(item, out);
        }
      }
      out.writeByte(0);
    }
  }

  private record StructWriter(
      NestedField field,
      List<NestedField> fields,
      List<ValueWriter> children,
      List<LeafTotals> leaves)
      implements ValueWriter {
    @Override
    public void write(@Nullable Object value, AvroOutput out) {
      if (!writeBranch(field, value, out) || value == null) {
        leaves.forEach(LeafTotals::addNull);
        return;
      }
      Map<?, ?> values = (Map<?, ?>) value;
      for (int i = 0; i < children.size(); i++) {
        children.get(i).write(values.get(fields.get(i).name()), out);
      }
    }
  }
}
