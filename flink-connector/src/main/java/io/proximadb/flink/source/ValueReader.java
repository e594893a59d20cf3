package io.proximadb.flink.source;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import java.io.Serializable;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;
import org.jspecify.annotations.Nullable;

/** Makes Flink's internal value of a stored one, as {@link FieldType} describes it. */
@FunctionalInterface
interface ValueReader extends Serializable {
  /** Converts a value that is not null. */
  Object read(Object value);

  /** The value, or null for null. */
  default @Nullable Object readOrNull(@Nullable Object value) {
    return value == null ? null : read(value);
  }

  /**
   * The reader for a column.
   *
   * @throws InvalidArgumentException if a value of the stored type need not be one of Flink's
   */
  static ValueReader of(String column, LogicalType type, FieldType stored) {
    if (stored instanceof FieldType.Scalar scalar) {
      return scalar(column, type, scalar);
    }
    if (stored instanceof FieldType.ListOf list && type instanceof ArrayType array) {
      ValueReader element = of(column + "[]", array.getElementType(), list.element());
      return value ->
          new GenericArrayData(((List<?>) value).stream().map(element::readOrNull).toArray());
    }
    if (stored instanceof FieldType.StructOf struct && type instanceof RowType row) {
      return struct(column, row, struct);
    }
    throw unfit(column, type, stored);
  }

  private static ValueReader scalar(String column, LogicalType type, FieldType.Scalar stored) {
    LogicalTypeRoot root = type.getTypeRoot();
    boolean fits =
        switch (stored) {
          case BOOLEAN -> root == LogicalTypeRoot.BOOLEAN;
          case INT -> root == LogicalTypeRoot.INTEGER;
          case LONG -> root == LogicalTypeRoot.BIGINT;
          case FLOAT -> root == LogicalTypeRoot.FLOAT;
          case DOUBLE -> root == LogicalTypeRoot.DOUBLE;
          case STRING ->
              type instanceof VarCharType text && text.getLength() == VarCharType.MAX_LENGTH;
          case BINARY ->
              type instanceof VarBinaryType bytes && bytes.getLength() == VarBinaryType.MAX_LENGTH;
          case DATE -> root == LogicalTypeRoot.DATE;
          case TIMESTAMP -> root == LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE;
        };
    if (!fits) {
      throw unfit(column, type, stored);
    }
    return switch (stored) {
      case STRING -> value -> StringData.fromString((String) value);
      case DATE -> value -> Math.toIntExact(((LocalDate) value).toEpochDay());
      case TIMESTAMP -> value -> TimestampData.fromInstant((Instant) value);
      case BOOLEAN, INT, LONG, FLOAT, DOUBLE, BINARY -> value -> value;
    };
  }

  private static ValueReader struct(String column, RowType type, FieldType.StructOf stored) {
    List<String> names = type.getFieldNames();
    List<ValueReader> readers = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      MetadataField field =
          stored.fields().stream()
              .filter(each -> each.name().equals(name))
              .findFirst()
              .orElseThrow(() -> unfit(column, type, stored));
      readers.add(of(column + "." + name, type.getTypeAt(i), field.type()));
    }
    return value -> {
      Map<?, ?> fields = (Map<?, ?>) value;
      GenericRowData row = new GenericRowData(names.size());
      for (int i = 0; i < names.size(); i++) {
        row.setField(i, readers.get(i).readOrNull(fields.get(names.get(i))));
      }
      return row;
    };
  }

  private static InvalidArgumentException unfit(String column, LogicalType type, FieldType stored) {
    return new InvalidArgumentException(
        "Cannot read column '"
            + column
            + "' as "
            + type.asSummaryString()
            + " (expected "
            + FlinkTypes.toFlink(stored).asSummaryString()
            + ")");
  }
}
