package io.proximadb.core;

import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** Values of one type of a column as values of a later type: Iceberg only ever widens. */
final class ValueConversion {
  private ValueConversion() {}

  /** Between two types that a column had; fields of structs are matched by their ids. */
  static @Nullable Object convert(Type before, Type after, @Nullable Object value) {
    if (value == null || before.equals(after)) {
      return value;
    }
    if (after.isPrimitiveType()) {
      return widen(after.typeId(), value);
    }
    if (after.isListType()) {
      Type from = before.asListType().elementType();
      Type to = after.asListType().elementType();
      List<@Nullable Object> items = new ArrayList<>();
      for (Object item : (List<?>) value) {
        items.add(convert(from, to, item));
      }
      return items;
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (NestedField field : after.asStructType().fields()) {
      NestedField from = before.asStructType().field(field.fieldId());
      fields.put(
          field.name(),
          from == null
              ? null
              : convert(from.type(), field.type(), ((Map<?, ?>) value).get(from.name())));
    }
    return fields;
  }

  private static Object widen(Type.TypeID after, Object value) {
    if (after == Type.TypeID.LONG && value instanceof Integer number) {
      return number.longValue();
    }
    if (after == Type.TypeID.DOUBLE && value instanceof Float number) {
      return number.doubleValue();
    }
    return value;
  }

  /**
   * A value of a log, which knows the type only from the value, as a value of the column's type.
   * Fields of structs are matched by their names, for the log has no other; those that are gone are
   * left out.
   */
  static @Nullable Object fit(FieldType type, @Nullable Object value) {
    if (value == null) {
      return null;
    }
    if (type instanceof FieldType.ListOf list && value instanceof List<?> items) {
      List<@Nullable Object> fitting = new ArrayList<>();
      for (Object item : items) {
        fitting.add(fit(list.element(), item));
      }
      return fitting;
    }
    if (type instanceof FieldType.StructOf struct && value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      for (MetadataField field : struct.fields()) {
        fields.put(field.name(), fit(field.type(), map.get(field.name())));
      }
      return fields;
    }
    if (type == FieldType.Scalar.LONG && value instanceof Integer number) {
      return number.longValue();
    }
    if (type == FieldType.Scalar.DOUBLE && value instanceof Float number) {
      return number.doubleValue();
    }
    return value;
  }
}
