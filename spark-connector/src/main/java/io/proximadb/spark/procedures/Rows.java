package io.proximadb.spark.procedures;

import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** Makes rows of results: texts and lists of texts as Spark has them, the rest as it is. */
final class Rows {
  private Rows() {}

  static InternalRow of(StructType columns, @Nullable Object[] values) {
    assert values.length == columns.size() : columns;
    @Nullable Object[] converted = new @Nullable Object[values.length];
    for (int i = 0; i < values.length; i++) {
      converted[i] = convert(values[i]);
    }
    return new GenericInternalRow(converted);
  }

  private static @Nullable Object convert(@Nullable Object value) {
    if (value instanceof String text) {
      return UTF8String.fromString(text);
    }
    if (value instanceof List<?> list) {
      return new GenericArrayData(list.stream().map(Rows::convert).toArray());
    }
    return value;
  }
}
