package io.proximadb.flink;

import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import java.io.Serializable;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.jspecify.annotations.Nullable;

/** Makes a metadata value, as {@link FieldType} describes it, of Flink's internal one. */
@FunctionalInterface
interface ValueConverter extends Serializable {
  /** Converts a value that is not null. */
  Object convert(Object value);

  /** Of {@code TIMESTAMP_LTZ}. */
  ValueConverter INSTANT = value -> ((TimestampData) value).toInstant();

  /**
   * The converter for a column.
   *
   * @throws io.proximadb.error.InvalidArgumentException if the types do not fit
   */
  static ValueConverter of(String column, LogicalType type, FieldType expected) {
    if (expected instanceof FieldType.Scalar scalar) {
      return scalar(column, type, scalar);
    }
    if (expected instanceof FieldType.ListOf list && type instanceof ArrayType array) {
      return list(column, array.getElementType(), list);
    }
    if (expected instanceof FieldType.StructOf struct && type instanceof RowType row) {
      return struct(column, row, struct);
    }
    throw RowDataConverter.unfit(column, type, sqlName(expected));
  }

  private static ValueConverter scalar(String column, LogicalType type, FieldType.Scalar expected) {
    boolean fits =
        switch (type.getTypeRoot()) {
          case BOOLEAN -> expected == FieldType.Scalar.BOOLEAN;
          case TINYINT, SMALLINT, INTEGER ->
              expected == FieldType.Scalar.INT
                  || expected == FieldType.Scalar.LONG
                  || expected == FieldType.Scalar.DOUBLE;
          case BIGINT -> expected == FieldType.Scalar.LONG;
          case FLOAT -> expected == FieldType.Scalar.FLOAT || expected == FieldType.Scalar.DOUBLE;
          case DOUBLE -> expected == FieldType.Scalar.DOUBLE;
          case CHAR, VARCHAR -> expected == FieldType.Scalar.STRING;
          case BINARY, VARBINARY -> expected == FieldType.Scalar.BINARY;
          case DATE -> expected == FieldType.Scalar.DATE;
          case TIMESTAMP_WITH_LOCAL_TIME_ZONE -> expected == FieldType.Scalar.TIMESTAMP;
          default -> false;
        };
    if (!fits) {
      throw RowDataConverter.unfit(column, type, sqlName(expected));
    }
    return switch (expected) {
      case STRING -> Object::toString;
      case BINARY -> value -> ((byte[]) value).clone();
      case DATE -> value -> LocalDate.ofEpochDay((Integer) value);
      case TIMESTAMP -> INSTANT;
      case BOOLEAN, INT, LONG, FLOAT, DOUBLE -> value -> value;
    };
  }

  private static ValueConverter list(
      String column, LogicalType elementType, FieldType.ListOf expected) {
    ValueConverter element = of(column + "[]", elementType, expected.element());
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(elementType);
    return value -> {
      ArrayData array = (ArrayData) value;
      List<@Nullable Object> items = new ArrayList<>(array.size());
      for (int i = 0; i < array.size(); i++) {
        Object item = getter.getElementOrNull(array, i);
        items.add(item == null ? null : element.convert(item));
      }
      return items;
    };
  }

  private static ValueConverter struct(String column, RowType type, FieldType.StructOf expected) {
    List<String> names = type.getFieldNames();
    List<String> expectedNames = expected.fields().stream().map(MetadataField::name).toList();
    if (!expectedNames.containsAll(names)) {
      throw RowDataConverter.unfit(column, type, sqlName(expected));
    }
    List<RowData.FieldGetter> getters = new ArrayList<>();
    List<ValueConverter> converters = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      MetadataField field = expected.fields().get(expectedNames.indexOf(names.get(i)));
      getters.add(RowData.createFieldGetter(type.getTypeAt(i), i));
      converters.add(of(column + "." + field.name(), type.getTypeAt(i), field.type()));
    }
    return value -> {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        Object field = getters.get(i).getFieldOrNull((RowData) value);
        fields.put(names.get(i), field == null ? null : converters.get(i).convert(field));
      }
      return fields;
    };
  }

  /** How a Flink user writes the type. */
  private static String sqlName(FieldType type) {
    if (type instanceof FieldType.Scalar scalar) {
      return switch (scalar) {
        case LONG -> "BIGINT";
        case BINARY -> "BYTES";
        case TIMESTAMP -> "TIMESTAMP_LTZ";
        case BOOLEAN, INT, FLOAT, DOUBLE, STRING, DATE -> type.toString();
      };
    }
    if (type instanceof FieldType.ListOf list) {
      return "ARRAY<" + sqlName(list.element()) + ">";
    }
    StringBuilder text = new StringBuilder("ROW<");
    for (MetadataField field : ((FieldType.StructOf) type).fields()) {
      text.append(text.length() > 4 ? ", " : "");
      text.append(field.name()).append(' ').append(sqlName(field.type()));
    }
    return text.append('>').toString();
  }
}
