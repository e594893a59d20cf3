package io.proximadb.filter;

import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.ObjectColumn;
import io.proximadb.model.column.StringColumn;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rows of {@link RandomFilters} as columns. */
final class Columns {
  private Columns() {}

  static ColumnBatch batch(List<Map<String, Object>> rows, Set<String> names) {
    Map<String, Column> columns = new LinkedHashMap<>();
    for (String name : names) {
      List<Object> values = rows.stream().map(row -> row.get(name)).toList();
      columns.put(name, column(RandomFilters.COLUMNS.get(name), values.toArray()));
    }
    return new ColumnBatch(rows.size(), columns);
  }

  static Column column(FieldType type, Object... values) {
    BitSet nulls = new BitSet();
    for (int row = 0; row < values.length; row++) {
      nulls.set(row, values[row] == null);
    }
    // Undefined where null: a filter that looks there anyway has to stumble.
    if (type == Scalar.STRING) {
      return strings(values, nulls.isEmpty() ? null : nulls);
    }
    if (type == Scalar.FLOAT || type == Scalar.DOUBLE) {
      double[] doubles = new double[values.length];
      for (int row = 0; row < values.length; row++) {
        doubles[row] = values[row] == null ? 1 : ((Number) values[row]).doubleValue();
      }
      return new DoubleColumn((Scalar) type, doubles, nulls.isEmpty() ? null : nulls);
    }
    if (type instanceof Scalar scalar && scalar != Scalar.BINARY) {
      long[] longs = new long[values.length];
      for (int row = 0; row < values.length; row++) {
        longs[row] = values[row] == null ? 1 : toLong(values[row]);
      }
      return new LongColumn(scalar, longs, nulls.isEmpty() ? null : nulls);
    }
    return new ObjectColumn(type, values);
  }

  private static long toLong(Object value) {
    if (value instanceof Boolean bool) {
      return bool ? 1 : 0;
    }
    if (value instanceof LocalDate date) {
      return date.toEpochDay();
    }
    return value instanceof Instant instant ? micros(instant) : ((Number) value).longValue();
  }

  static long micros(Instant instant) {
    return BigInteger.valueOf(instant.getEpochSecond())
        .multiply(BigInteger.valueOf(1_000_000))
        .add(BigInteger.valueOf(instant.getNano() / 1_000))
        .longValueExact();
  }

  private static StringColumn strings(Object[] values, BitSet nulls) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int[] offsets = new int[values.length + 1];
    for (int row = 0; row < values.length; row++) {
      if (values[row] != null) {
        bytes.writeBytes(((String) values[row]).getBytes(StandardCharsets.UTF_8));
      }
      offsets[row + 1] = bytes.size();
    }
    return new StringColumn(bytes.toByteArray(), offsets, nulls);
  }
}
