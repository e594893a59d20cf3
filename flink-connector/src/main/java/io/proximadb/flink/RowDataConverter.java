package io.proximadb.flink;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of Flink's rows, column by column name. Which Flink type a column may have is
 * checked once, when the sink is built; what a row holds is checked by {@link
 * io.proximadb.model.RecordValidator}.
 *
 * <p>Vectors are {@code ARRAY<FLOAT>} only: a collection stores 32-bit floats, and narrowing
 * doubles silently would lose digits behind the user's back.
 */
final class RowDataConverter implements Serializable {
  private static final long serialVersionUID = 1;

  private record Vector(String name, int position, boolean nullableElements)
      implements Serializable {}

  private record Value(String name, RowData.FieldGetter getter, ValueConverter converter)
      implements Serializable {}

  private final int idPosition;
  private final List<Vector> vectors = new ArrayList<>();
  private final List<Value> values = new ArrayList<>();
  private RowData.@Nullable FieldGetter expiry;

  private RowDataConverter(RowType rowType, CollectionSchema schema) {
    idPosition = rowType.getFieldIndex(SystemColumns.ID);
    for (int i = 0; i < rowType.getFieldCount(); i++) {
      addColumn(rowType.getFieldNames().get(i), rowType.getTypeAt(i), i, schema);
    }
  }

  /**
   * A converter from rows of a type to records of a collection.
   *
   * @throws InvalidArgumentException if the row type lacks the id or a vector field, has a column
   *     that the collection lacks, or a column's type does not fit
   */
  static RowDataConverter of(RowType rowType, CollectionSchema schema) {
    List<String> names = rowType.getFieldNames();
    if (!names.contains(SystemColumns.ID)) {
      throw new InvalidArgumentException(
          "Invalid row type: no column '" + SystemColumns.ID + "' (columns " + names + ")");
    }
    for (VectorField field : schema.allVectorFields()) {
      if (!names.contains(field.name()) && !field.optional()) {
        throw new InvalidArgumentException(
            "Invalid row type: no column for vector field '"
                + field.name()
                + "' (columns "
                + names
                + ")");
      }
    }
    return new RowDataConverter(rowType, schema);
  }

  private void addColumn(String name, LogicalType type, int position, CollectionSchema schema) {
    Optional<MetadataField> metadata = schema.metadataField(name);
    if (name.equals(SystemColumns.ID)) {
      if (!isText(type)) {
        throw unfit(name, type, "STRING");
      }
    } else if (name.equals(SystemColumns.EXPIRES_AT)) {
      if (!type.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE)) {
        throw unfit(name, type, "TIMESTAMP_LTZ");
      }
      expiry = RowData.createFieldGetter(type, position);
    } else if (schema.vectorField(name).isPresent()) {
      vectors.add(new Vector(name, position, vectorElement(name, type).isNullable()));
    } else if (metadata.isPresent()) {
      ValueConverter converter = ValueConverter.of(name, type, metadata.get().type());
      values.add(new Value(name, RowData.createFieldGetter(type, position), converter));
    } else {
      throw new InvalidArgumentException(
          "Invalid row type: unknown column '" + name + "' (expected " + columns(schema) + ")");
    }
  }

  private static boolean isText(LogicalType type) {
    return type.is(LogicalTypeRoot.VARCHAR) || type.is(LogicalTypeRoot.CHAR);
  }

  private static LogicalType vectorElement(String name, LogicalType type) {
    if (type instanceof ArrayType array) {
      LogicalType element = array.getElementType();
      if (element.is(LogicalTypeRoot.FLOAT)) {
        return element;
      }
    }
    throw unfit(name, type, "ARRAY<FLOAT>; CAST(" + name + " AS ARRAY<FLOAT>) narrows numbers");
  }

  static InvalidArgumentException unfit(String column, LogicalType type, String expected) {
    return new InvalidArgumentException(
        "Invalid type of column '"
            + column
            + "': "
            + type.asSummaryString()
            + " (expected "
            + expected
            + ")");
  }

  private static List<String> columns(CollectionSchema schema) {
    List<String> names = new ArrayList<>(List.of(SystemColumns.ID, SystemColumns.EXPIRES_AT));
    schema.vectorFields().forEach(field -> names.add(field.name()));
    schema.metadataFields().forEach(field -> names.add(field.name()));
    return names;
  }

  /** The id of a row as it stands there; empty for null, which no record may have either. */
  String id(RowData row) {
    return row.isNullAt(idPosition) ? "" : row.getString(idPosition).toString();
  }

  /** The row as a record that shares nothing with it. */
  VectorRecord toRecord(RowData row) {
    String id = id(row);
    Map<String, float[]> vectorValues = new LinkedHashMap<>();
    for (Vector vector : vectors) {
      if (!row.isNullAt(vector.position())) {
        vectorValues.put(vector.name(), floats(row.getArray(vector.position()), vector, id));
      }
    }
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    for (Value value : values) {
      Object stored = value.getter().getFieldOrNull(row);
      metadata.put(value.name(), stored == null ? null : value.converter().convert(stored));
    }
    return new VectorRecord(id, vectorValues, metadata, expiresAt(row));
  }

  private static float[] floats(ArrayData array, Vector vector, String id) {
    if (vector.nullableElements()) {
      for (int i = 0; i < array.size(); i++) {
        if (array.isNullAt(i)) {
          throw new InvalidArgumentException(
              "Invalid component "
                  + i
                  + " of vector '"
                  + vector.name()
                  + "' of record '"
                  + id
                  + "': null (expected a finite number)");
        }
      }
    }
    return array.toFloatArray();
  }

  private @Nullable Instant expiresAt(RowData row) {
    if (expiry == null) {
      return null;
    }
    Object stored = expiry.getFieldOrNull(row);
    return stored == null ? null : (Instant) ValueConverter.INSTANT.convert(stored);
  }
}
