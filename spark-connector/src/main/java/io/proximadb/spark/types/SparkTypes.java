package io.proximadb.spark.types;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Converts between the types of metadata columns and Spark's. */
public final class SparkTypes {
  /** A vector as a writer may hand it in; that nothing is null in it is checked row by row. */
  public static final ArrayType NULLABLE_VECTOR =
      DataTypes.createArrayType(DataTypes.FloatType, true);

  /** A vector as it is read. */
  public static final ArrayType VECTOR = DataTypes.createArrayType(DataTypes.FloatType, false);

  private static final Map<DataType, FieldType.Scalar> SCALARS =
      Map.ofEntries(
          Map.entry(DataTypes.BooleanType, FieldType.Scalar.BOOLEAN),
          Map.entry(DataTypes.ByteType, FieldType.Scalar.INT),
          Map.entry(DataTypes.ShortType, FieldType.Scalar.INT),
          Map.entry(DataTypes.IntegerType, FieldType.Scalar.INT),
          Map.entry(DataTypes.LongType, FieldType.Scalar.LONG),
          Map.entry(DataTypes.FloatType, FieldType.Scalar.FLOAT),
          Map.entry(DataTypes.DoubleType, FieldType.Scalar.DOUBLE),
          Map.entry(DataTypes.StringType, FieldType.Scalar.STRING),
          Map.entry(DataTypes.BinaryType, FieldType.Scalar.BINARY),
          Map.entry(DataTypes.DateType, FieldType.Scalar.DATE),
          Map.entry(DataTypes.TimestampType, FieldType.Scalar.TIMESTAMP));

  private SparkTypes() {}

  /** The Spark type of a metadata column; everything in it may be null. */
  public static DataType toSpark(FieldType type) {
    if (type instanceof FieldType.Scalar scalar) {
      return switch (scalar) {
        case BOOLEAN -> DataTypes.BooleanType;
        case INT -> DataTypes.IntegerType;
        case LONG -> DataTypes.LongType;
        case FLOAT -> DataTypes.FloatType;
        case DOUBLE -> DataTypes.DoubleType;
        case STRING -> DataTypes.StringType;
        case BINARY -> DataTypes.BinaryType;
        case DATE -> DataTypes.DateType;
        case TIMESTAMP -> DataTypes.TimestampType;
      };
    }
    if (type instanceof FieldType.ListOf list) {
      return DataTypes.createArrayType(toSpark(list.element()), true);
    }
    List<StructField> fields = new ArrayList<>();
    for (MetadataField field : ((FieldType.StructOf) type).fields()) {
      fields.add(DataTypes.createStructField(field.name(), toSpark(field.type()), true));
    }
    return DataTypes.createStructType(fields);
  }

  /** True if a metadata column may have the type. */
  public static boolean isKnown(DataType type) {
    if (type instanceof ArrayType list) {
      return isKnown(list.elementType());
    }
    if (type instanceof StructType struct) {
      return Arrays.stream(struct.fields()).allMatch(field -> isKnown(field.dataType()));
    }
    return SCALARS.containsKey(type);
  }

  /**
   * The type of a metadata column that Spark creates.
   *
   * @param column the column's name, for the message
   * @throws InvalidArgumentException if collections have no such type
   */
  public static FieldType fromSpark(String column, DataType type) {
    FieldType.Scalar scalar = SCALARS.get(type);
    if (scalar != null) {
      return scalar;
    }
    if (type instanceof ArrayType list) {
      return new FieldType.ListOf(fromSpark(column + "[]", list.elementType()));
    }
    if (type instanceof StructType struct) {
      List<MetadataField> fields = new ArrayList<>();
      for (StructField field : struct.fields()) {
        fields.add(
            new MetadataField(
                field.name(), fromSpark(column + "." + field.name(), field.dataType())));
      }
      return new FieldType.StructOf(fields);
    }
    throw new InvalidArgumentException(
        "Unsupported type of column '"
            + column
            + "': "
            + type.sql()
            + " (expected BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, STRING, BINARY,"
            + " DATE, TIMESTAMP, or an ARRAY or STRUCT of these)");
  }
}
