package io.proximadb.spark.write;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.Timestamps;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.spark.types.SparkTypes;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Makes records of Spark's rows. */
final class RecordReader {
  private final CollectionSchema schema;
  private final int idOrdinal;
  private final int expiryOrdinal;
  private final Map<VectorField, Integer> vectorOrdinals = new LinkedHashMap<>();
  private final Map<MetadataField, Integer> metadataOrdinals = new LinkedHashMap<>();

  /**
   * Finds the columns of a write.
   *
   * @throws InvalidArgumentException if a column is missing, unknown or of another type
   */
  RecordReader(CollectionSchema schema, StructType written) {
    this.schema = schema;
    this.idOrdinal = required(written, SystemColumns.ID);
    this.expiryOrdinal = ordinal(written, SystemColumns.EXPIRES_AT);
    for (StructField field : written.fields()) {
      place(field, ordinal(written, field.name()));
    }
    schema.vectorFields().stream()
        .filter(field -> !field.optional())
        .forEach(field -> required(written, field.name()));
    schema.sparseFields().stream()
        .filter(field -> !field.optional())
        .forEach(field -> required(written, field.name()));
  }

  private void place(StructField field, int ordinal) {
    String name = field.name();
    if (name.equals(SystemColumns.ID) || name.equals(SystemColumns.EXPIRES_AT)) {
      FieldType.Scalar type =
          name.equals(SystemColumns.ID) ? FieldType.Scalar.STRING : FieldType.Scalar.TIMESTAMP;
      checkType(field, SparkTypes.toSpark(type));
    } else if (schema.vectorField(name).isPresent()) {
      checkType(field, SparkTypes.NULLABLE_VECTOR);
      vectorOrdinals.put(schema.vectorField(name).get(), ordinal);
    } else if (schema.metadataField(name).isPresent()) {
      checkType(field, SparkTypes.toSpark(schema.metadataField(name).get().type()));
      metadataOrdinals.put(schema.metadataField(name).get(), ordinal);
    } else {
      throw new InvalidArgumentException(
          "Invalid column: '" + name + "' is not in the collection (expected " + names() + ")");
    }
  }

  private static void checkType(StructField field, DataType expected) {
    if (!DataType.equalsIgnoreNullability(field.dataType(), expected)) {
      throw new InvalidArgumentException(
          "Invalid type of column '"
              + field.name()
              + "': "
              + field.dataType().sql()
              + " (expected "
              + expected.sql()
              + ", write CAST("
              + field.name()
              + " AS "
              + expected.sql()
              + "))");
    }
  }

  private int required(StructType written, String name) {
    int ordinal = ordinal(written, name);
    if (ordinal < 0) {
      throw new InvalidArgumentException(
          "Cannot write: column '"
              + name
              + "' is missing (columns="
              + List.of(written.fieldNames())
              + ", expected "
              + names()
              + ")");
    }
    return ordinal;
  }

  private static int ordinal(StructType written, String name) {
    return List.of(written.fieldNames()).indexOf(name);
  }

  private List<String> names() {
    List<String> names = new ArrayList<>(List.of(SystemColumns.ID));
    schema.metadataFields().forEach(field -> names.add(field.name()));
    names.add(SystemColumns.EXPIRES_AT);
    schema.vectorFields().forEach(field -> names.add(field.name()));
    return names;
  }

  /**
   * Reads a row.
   *
   * @throws InvalidArgumentException if the id is null or empty or a vector has a null element
   */
  VectorRecord read(InternalRow row) {
    String id = id(row);
    Map<String, float[]> vectors = new LinkedHashMap<>();
    vectorOrdinals.forEach(
        (field, ordinal) -> {
          if (!row.isNullAt(ordinal)) {
            vectors.put(field.name(), vector(row.getArray(ordinal), field, id));
          }
        });
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    metadataOrdinals.forEach(
        (field, ordinal) -> metadata.put(field.name(), value(row, ordinal, field.type())));
    Instant expiresAt =
        expiryOrdinal < 0 || row.isNullAt(expiryOrdinal)
            ? null
            : Timestamps.ofMicros(row.getLong(expiryOrdinal));
    return new VectorRecord(id, vectors, metadata, expiresAt);
  }

  private String id(InternalRow row) {
    if (row.isNullAt(idOrdinal)) {
      throw new InvalidArgumentException("Invalid id: null (expected non-empty text)");
    }
    String id = row.getUTF8String(idOrdinal).toString();
    RecordValidator.checkId(id);
    return id;
  }

  private static float[] vector(ArrayData data, VectorField field, String id) {
    for (int i = 0; i < data.numElements(); i++) {
      if (data.isNullAt(i)) {
        throw new InvalidArgumentException(
            "Invalid component "
                + i
                + " of vector '"
                + field.name()
                + "' of record '"
                + id
                + "': null (expected a finite number)");
      }
    }
    return data.toFloatArray();
  }

  private static @Nullable Object value(SpecializedGetters from, int ordinal, FieldType type) {
    if (from.isNullAt(ordinal)) {
      return null;
    }
    if (type instanceof FieldType.ListOf list) {
      ArrayData data = from.getArray(ordinal);
      List<@Nullable Object> items = new ArrayList<>(data.numElements());
      for (int i = 0; i < data.numElements(); i++) {
        items.add(value(data, i, list.element()));
      }
      return items;
    }
    if (type instanceof FieldType.StructOf struct) {
      InternalRow row = from.getStruct(ordinal, struct.fields().size());
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      for (int i = 0; i < struct.fields().size(); i++) {
        MetadataField field = struct.fields().get(i);
        fields.put(field.name(), value(row, i, field.type()));
      }
      return fields;
    }
    return switch ((FieldType.Scalar) type) {
      case BOOLEAN -> (Object) from.getBoolean(ordinal);
      case INT -> from.getInt(ordinal);
      case LONG -> from.getLong(ordinal);
      case FLOAT -> from.getFloat(ordinal);
      case DOUBLE -> from.getDouble(ordinal);
      case STRING -> from.getUTF8String(ordinal).toString();
      case BINARY -> from.getBinary(ordinal);
      case DATE -> LocalDate.ofEpochDay(from.getInt(ordinal));
      case TIMESTAMP -> Timestamps.ofMicros(from.getLong(ordinal));
    };
  }
}
