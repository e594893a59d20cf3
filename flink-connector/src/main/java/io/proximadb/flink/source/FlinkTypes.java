package io.proximadb.flink.source;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.DateType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.FloatType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

/** Flink's types of a collection's columns, and back. */
public final class FlinkTypes {
  private static final int MICROS = 6;

  private FlinkTypes() {}

  /** The columns of a collection: id, vectors, metadata, expiry. */
  public static RowType rowType(CollectionSchema schema) {
    List<RowType.RowField> fields = new ArrayList<>();
    fields.add(
        new RowType.RowField(SystemColumns.ID, toFlink(FieldType.Scalar.STRING).copy(false)));
    for (VectorField field : schema.vectorFields()) {
      fields.add(new RowType.RowField(field.name(), new ArrayType(new FloatType())));
    }
    for (MetadataField field : schema.metadataFields()) {
      fields.add(new RowType.RowField(field.name(), toFlink(field.type())));
    }
    fields.add(new RowType.RowField(SystemColumns.EXPIRES_AT, toFlink(FieldType.Scalar.TIMESTAMP)));
    return new RowType(false, fields);
  }

  /** The type that holds every value of a stored one. */
  public static LogicalType toFlink(FieldType type) {
    if (type instanceof FieldType.ListOf list) {
      return new ArrayType(toFlink(list.element()));
    }
    if (type instanceof FieldType.StructOf struct) {
      return new RowType(
          struct.fields().stream()
              .map(field -> new RowType.RowField(field.name(), toFlink(field.type())))
              .toList());
    }
    return switch ((FieldType.Scalar) type) {
      case BOOLEAN -> new BooleanType();
      case INT -> new IntType();
      case LONG -> new BigIntType();
      case FLOAT -> new FloatType();
      case DOUBLE -> new DoubleType();
      case STRING -> new VarCharType(VarCharType.MAX_LENGTH);
      case BINARY -> new VarBinaryType(VarBinaryType.MAX_LENGTH);
      case DATE -> new DateType();
      case TIMESTAMP -> new LocalZonedTimestampType(MICROS);
    };
  }

  /**
   * The metadata type that stores a column's values.
   *
   * @throws InvalidArgumentException if there is none
   */
  public static FieldType fromFlink(String column, LogicalType type) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> FieldType.Scalar.BOOLEAN;
      case TINYINT, SMALLINT, INTEGER -> FieldType.Scalar.INT;
      case BIGINT -> FieldType.Scalar.LONG;
      case FLOAT -> FieldType.Scalar.FLOAT;
      case DOUBLE -> FieldType.Scalar.DOUBLE;
      case CHAR, VARCHAR -> FieldType.Scalar.STRING;
      case BINARY, VARBINARY -> FieldType.Scalar.BINARY;
      case DATE -> FieldType.Scalar.DATE;
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE -> FieldType.Scalar.TIMESTAMP;
      case ARRAY ->
          new FieldType.ListOf(fromFlink(column + "[]", ((ArrayType) type).getElementType()));
      case ROW ->
          new FieldType.StructOf(
              ((RowType) type)
                  .getFields().stream()
                      .map(
                          field ->
                              new MetadataField(
                                  field.getName(),
                                  fromFlink(column + "." + field.getName(), field.getType())))
                      .toList());
      default ->
          throw new InvalidArgumentException(
              "Unsupported type of column '"
                  + column
                  + "': "
                  + type.asSummaryString()
                  + " (expected BOOLEAN, INT, BIGINT, FLOAT, DOUBLE, STRING, BYTES, DATE,"
                  + " TIMESTAMP_LTZ, or an ARRAY or ROW of them)");
    };
  }
}
