package io.proximadb.spark.read;

import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Timestamps;
import io.proximadb.spark.types.SparkTypes;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * Java objects of any type, as {@link FieldType} describes them; lists and structs have children.
 */
final class ObjectVector extends ReadOnlyVector {
  private final FieldType fieldType;
  private final @Nullable Object[] values;
  private final ObjectVector[] children;

  /** For lists: row {@code i} is {@code children[0][starts[i], starts[i + 1])}. */
  private final int[] starts;

  ObjectVector(FieldType type, @Nullable Object[] values) {
    super(SparkTypes.toSpark(type));
    this.fieldType = type;
    this.values = values;
    this.starts = new int[type instanceof FieldType.ListOf ? values.length + 1 : 0];
    if (type instanceof FieldType.ListOf list) {
      this.children = new ObjectVector[] {flatten(list)};
    } else if (type instanceof FieldType.StructOf struct) {
      this.children = struct.fields().stream().map(this::extract).toArray(ObjectVector[]::new);
    } else {
      this.children = new ObjectVector[0];
    }
  }

  private ObjectVector flatten(FieldType.ListOf list) {
    List<@Nullable Object> elements = new ArrayList<>();
    for (int row = 0; row < values.length; row++) {
      if (values[row] instanceof List<?> items) {
        elements.addAll(items);
      }
      starts[row + 1] = elements.size();
    }
    return new ObjectVector(list.element(), elements.toArray());
  }

  private ObjectVector extract(MetadataField field) {
    @Nullable Object[] parts = new @Nullable Object[values.length];
    for (int row = 0; row < values.length; row++) {
      parts[row] = values[row] instanceof Map<?, ?> struct ? struct.get(field.name()) : null;
    }
    return new ObjectVector(field.type(), parts);
  }

  private Object value(int row) {
    return Objects.requireNonNull(values[row], "A null value was asked for");
  }

  @Override
  int size() {
    return values.length;
  }

  @Override
  public boolean isNullAt(int row) {
    return values[row] == null;
  }

  @Override
  public boolean getBoolean(int row) {
    return (Boolean) value(row);
  }

  /** INT, or the days of a DATE. */
  @Override
  public int getInt(int row) {
    return fieldType == FieldType.Scalar.DATE
        ? (int) ((LocalDate) value(row)).toEpochDay()
        : (Integer) value(row);
  }

  /** LONG, or the microseconds of a TIMESTAMP. */
  @Override
  public long getLong(int row) {
    return fieldType == FieldType.Scalar.TIMESTAMP
        ? Timestamps.toMicros((Instant) value(row))
        : (Long) value(row);
  }

  @Override
  public float getFloat(int row) {
    return (Float) value(row);
  }

  @Override
  public double getDouble(int row) {
    return (Double) value(row);
  }

  @Override
  public UTF8String getUTF8String(int row) {
    return UTF8String.fromString((String) value(row));
  }

  @Override
  public byte[] getBinary(int row) {
    return (byte[]) value(row);
  }

  @Override
  public ColumnarArray getArray(int row) {
    return new ColumnarArray(children[0], starts[row], starts[row + 1] - starts[row]);
  }

  @Override
  public ColumnVector getChild(int ordinal) {
    return children[ordinal];
  }
}
