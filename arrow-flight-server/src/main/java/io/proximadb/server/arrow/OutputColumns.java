package io.proximadb.server.arrow;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Field;

/** The Arrow fields of columns that a reader asks for by name. */
public final class OutputColumns {
  /** The column of an answer to a search that holds the distance. */
  public static final String DISTANCE = "_distance";

  /** The column of an answer to many queries that holds the number of the query, from 0 on. */
  public static final String QUERY = "_query";

  private OutputColumns() {}

  /** What a scan returns when no column is named: id, all metadata, expiry and all vectors. */
  public static List<String> whole(CollectionSchema schema) {
    List<String> names = new ArrayList<>();
    names.add(SystemColumns.ID);
    names.addAll(metadata(schema));
    names.add(SystemColumns.EXPIRES_AT);
    schema.allVectorFields().forEach(field -> names.add(field.name()));
    return names;
  }

  /** What a search returns beside id and distance when no column is named. */
  public static List<String> metadata(CollectionSchema schema) {
    return schema.plainFields().stream().map(MetadataField::name).toList();
  }

  /**
   * The fields of named columns, in that order.
   *
   * @throws InvalidArgumentException if a column is unknown or named twice
   */
  public static List<Field> fields(CollectionSchema schema, List<String> names) {
    List<Field> fields = new ArrayList<>(names.size());
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new InvalidArgumentException("Invalid columns: '" + name + "' stands twice");
      }
      fields.add(field(schema, name));
    }
    return fields;
  }

  /** The field of the distance. */
  public static Field distance() {
    return ArrowTypes.required(DISTANCE, Scalar.DOUBLE);
  }

  /** The field of the query's number. */
  public static Field query() {
    return ArrowTypes.required(QUERY, Scalar.INT);
  }

  private static Field field(CollectionSchema schema, String name) {
    switch (name) {
      case SystemColumns.ID:
        return ArrowTypes.required(name, Scalar.STRING);
      case SystemColumns.EXPIRES_AT:
        return ArrowTypes.field(name, Scalar.TIMESTAMP);
      case SystemColumns.VERSION:
        return ArrowTypes.required(name, Scalar.LONG);
      case SystemColumns.UPDATED_AT:
        return ArrowTypes.required(name, Scalar.TIMESTAMP);
      case SystemColumns.CLUSTER_ID:
        return ArrowTypes.field(name, Scalar.LONG);
      default:
        Optional<VectorField> vector = schema.vectorField(name);
        return vector.isPresent()
            ? ArrowTypes.field(vector.get())
            : schema
                .metadataField(name)
                .map(field -> ArrowTypes.field(name, field.type()))
                .orElseThrow(() -> unknown(schema, name));
    }
  }

  private static InvalidArgumentException unknown(CollectionSchema schema, String name) {
    List<String> expected = whole(schema);
    expected.add(SystemColumns.VERSION);
    expected.add(SystemColumns.UPDATED_AT);
    expected.add(SystemColumns.CLUSTER_ID);
    return new InvalidArgumentException(
        "Invalid column: '" + name + "' (expected one of " + expected + ")");
  }
}
