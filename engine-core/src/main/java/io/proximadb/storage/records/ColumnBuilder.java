package io.proximadb.storage.records;

import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Timestamps;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.ObjectColumn;
import io.proximadb.model.column.StringColumn;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.data.Record;
import org.jspecify.annotations.Nullable;

/** Puts a column together, from values as Iceberg's generic readers give them or from columns. */
public final class ColumnBuilder {
  private final FieldType type;
  private final BitSet nulls = new BitSet();
  private long[] longs = new long[0];
  private double[] doubles = new double[0];
  private byte[] text = new byte[0];
  private int[] ends = new int[0];
  private @Nullable Object[] objects = new @Nullable Object[0];
  private int size;

  /**
   * A builder of a column.
   *
   * @param rows how many will be added
   */
  public ColumnBuilder(FieldType type, int rows) {
    this.type = type;
    if (!(type instanceof Scalar scalar)) {
      objects = new @Nullable Object[rows];
      return;
    }
    switch (scalar) {
      case BOOLEAN, INT, LONG, DATE, TIMESTAMP -> longs = new long[rows];
      case FLOAT, DOUBLE -> doubles = new double[rows];
      case STRING -> ends = new int[rows + 1];
      case BINARY -> objects = new @Nullable Object[rows];
    }
  }

  /** Adds a value as Iceberg's generic readers give it. */
  public void add(@Nullable Object value) {
    if (value == null) {
      nulls.set(size);
    }
    if (objects.length > 0) {
      objects[size] = value == null ? null : toValue(type, value);
    } else if (doubles.length > 0) {
      doubles[size] = value == null ? 0 : ((Number) value).doubleValue();
    } else if (longs.length > 0) {
      longs[size] = value == null ? 0 : toLong(value);
    } else {
      appendText(value == null ? new byte[0] : value.toString().getBytes(StandardCharsets.UTF_8));
    }
    size++;
  }

  private void appendText(byte[] utf8) {
    int end = Math.addExact(ends[size], utf8.length);
    if (end > text.length) {
      text = Arrays.copyOf(text, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(64L, 2L * end)));
    }
    System.arraycopy(utf8, 0, text, ends[size], utf8.length);
    ends[size + 1] = end;
  }

  /** Adds all rows of a column of the same type. */
  public void addAll(Column column) {
    for (int row = 0; row < column.size(); row++) {
      if (column.isNull(row)) {
        add(null);
      } else if (column instanceof LongColumn part) {
        longs[size++] = part.values()[row];
      } else if (column instanceof DoubleColumn part) {
        doubles[size++] = part.values()[row];
      } else if (column instanceof StringColumn part) {
        appendText(Arrays.copyOfRange(part.bytes(), part.offsets()[row], part.offsets()[row + 1]));
        size++;
      } else {
        objects[size++] = column.value(row);
      }
    }
  }

  /** The column; the builder is not used any more. */
  public Column build() {
    BitSet nullRows = nulls.isEmpty() ? null : nulls;
    if (!(type instanceof Scalar scalar)) {
      return new ObjectColumn(type, objects);
    }
    return switch (scalar) {
      case BOOLEAN, INT, LONG, DATE, TIMESTAMP -> new LongColumn(scalar, longs, nullRows);
      case FLOAT, DOUBLE -> new DoubleColumn(scalar, doubles, nullRows);
      case STRING -> new StringColumn(text, ends, nullRows);
      case BINARY -> new ObjectColumn(type, objects);
    };
  }

  private static long toLong(Object value) {
    if (value instanceof Boolean flag) {
      return flag ? 1 : 0;
    }
    if (value instanceof Number number) {
      return number.longValue();
    }
    if (value instanceof LocalDate date) {
      return date.toEpochDay();
    }
    if (value instanceof OffsetDateTime time) {
      return Timestamps.toMicros(time.toInstant());
    }
    if (value instanceof LocalDateTime time) {
      return Timestamps.toMicros(time.toInstant(ZoneOffset.UTC));
    }
    throw new IllegalArgumentException("No number: " + value.getClass());
  }

  /** A value of the Java class that the type maps to. */
  private static @Nullable Object toValue(FieldType type, @Nullable Object value) {
    if (value == null) {
      return null;
    }
    if (type instanceof FieldType.ListOf list) {
      List<@Nullable Object> items = new ArrayList<>();
      for (Object item : (Iterable<?>) value) {
        items.add(toValue(list.element(), item));
      }
      return items;
    }
    if (type instanceof FieldType.StructOf struct) {
      Record record = (Record) value;
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      for (MetadataField field : struct.fields()) {
        fields.put(field.name(), toValue(field.type(), record.getField(field.name())));
      }
      return fields;
    }
    return switch ((Scalar) type) {
      case BOOLEAN -> value;
      case INT -> ((Number) value).intValue();
      case LONG -> ((Number) value).longValue();
      case FLOAT -> ((Number) value).floatValue();
      case DOUBLE -> ((Number) value).doubleValue();
      case STRING -> value.toString();
      case BINARY -> bytes(value);
      case DATE -> value;
      case TIMESTAMP -> Timestamps.ofMicros(toLong(value));
    };
  }

  private static byte[] bytes(Object value) {
    if (value instanceof byte[] bytes) {
      return bytes.clone();
    }
    ByteBuffer buffer = ((ByteBuffer) value).duplicate();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
