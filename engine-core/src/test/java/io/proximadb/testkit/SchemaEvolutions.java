package io.proximadb.testkit;

import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;

/** Schemas as Iceberg's evolution leaves them. */
final class SchemaEvolutions {
  private SchemaEvolutions() {}

  /** Ints at the top become longs, floats doubles, and a text column {@code added} follows. */
  static Schema widenedWithAdded(Schema schema) {
    List<NestedField> columns = new ArrayList<>();
    for (NestedField column : schema.columns()) {
      columns.add(NestedField.from(column).ofType(widened(column.type())).build());
    }
    columns.add(NestedField.optional(schema.highestFieldId() + 1, "added", Types.StringType.get()));
    return new Schema(columns);
  }

  private static Type widened(Type type) {
    return switch (type.typeId()) {
      case INTEGER -> Types.LongType.get();
      case FLOAT -> Types.DoubleType.get();
      default -> type;
    };
  }
}
