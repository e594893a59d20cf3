package io.proximadb.storage.records;

import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;

/** Schemas to read files with that may lack what the table requires. */
public final class LenientSchemas {
  private LenientSchemas() {}

  /** These columns, all of them and their parts optional. */
  public static Schema of(List<NestedField> columns) {
    return new Schema(columns.stream().map(LenientSchemas::optional).toList());
  }

  private static NestedField optional(NestedField field) {
    return NestedField.from(field).asOptional().ofType(optional(field.type())).build();
  }

  private static Type optional(Type type) {
    if (type.isListType()) {
      return Types.ListType.ofOptional(
          type.asListType().elementId(), optional(type.asListType().elementType()));
    }
    if (type.isStructType()) {
      return Types.StructType.of(
          type.asStructType().fields().stream().map(LenientSchemas::optional).toList());
    }
    return type;
  }
}
