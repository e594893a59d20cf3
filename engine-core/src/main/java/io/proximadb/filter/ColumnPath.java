package io.proximadb.filter;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the value of a condition comes from.
 *
 * @param name as the filter has it, {@code address.city}
 * @param column the top-level column
 * @param fields the struct fields from there on; empty for the column itself
 * @param type the type of the value found there
 */
record ColumnPath(String name, String column, List<String> fields, FieldType type) {
  private static final int MAX_LISTED_NAMES = 20;

  private static final Map<String, Scalar> SYSTEM_COLUMNS = new LinkedHashMap<>();

  static {
    SYSTEM_COLUMNS.put(SystemColumns.ID, Scalar.STRING);
    SYSTEM_COLUMNS.put(SystemColumns.EXPIRES_AT, Scalar.TIMESTAMP);
    SYSTEM_COLUMNS.put(SystemColumns.VERSION, Scalar.LONG);
    SYSTEM_COLUMNS.put(SystemColumns.UPDATED_AT, Scalar.TIMESTAMP);
    SYSTEM_COLUMNS.put(SystemColumns.CLUSTER_ID, Scalar.LONG);
  }

  /**
   * Finds a column or a field of a struct column.
   *
   * @throws InvalidArgumentException if the schema has nothing of that name to filter on
   */
  static ColumnPath resolve(CollectionSchema schema, String name) {
    List<String> parts = Arrays.asList(name.split("\\.", -1));
    String column = parts.get(0);
    FieldType type = topLevel(schema, column, name);
    for (int i = 1; i < parts.size(); i++) {
      String parent = String.join(".", parts.subList(0, i));
      if (!(type instanceof FieldType.StructOf struct)) {
        throw new InvalidArgumentException(
            "Invalid filter: no column '"
                + name
                + "', since '"
                + parent
                + "' is a "
                + type
                + " (expected a STRUCT)");
      }
      type = field(struct, parts.get(i), name, parent);
    }
    return new ColumnPath(name, column, List.copyOf(parts.subList(1, parts.size())), type);
  }

  private static FieldType topLevel(CollectionSchema schema, String column, String name) {
    Scalar system = SYSTEM_COLUMNS.get(column);
    if (system != null) {
      return system;
    }
    Optional<MetadataField> field = schema.metadataField(column);
    if (field.isPresent()) {
      return field.get().type();
    }
    Stream<String> names =
        Stream.concat(
            schema.metadataFields().stream().map(MetadataField::name),
            SYSTEM_COLUMNS.keySet().stream());
    String what = schema.vectorField(column).isPresent() ? "vector column '" : "unknown column '";
    throw new InvalidArgumentException(
        "Invalid filter: " + what + name + "' (expected one of " + list(names) + ")");
  }

  private static FieldType field(
      FieldType.StructOf struct, String field, String name, String parent) {
    for (MetadataField candidate : struct.fields()) {
      if (candidate.name().equals(field)) {
        return candidate.type();
      }
    }
    throw new InvalidArgumentException(
        "Invalid filter: unknown column '"
            + name
            + "' (expected a field of '"
            + parent
            + "', one of "
            + list(struct.fields().stream().map(MetadataField::name))
            + ")");
  }

  private static String list(Stream<String> names) {
    List<String> first = names.limit(MAX_LISTED_NAMES + 1L).toList();
    String text = first.stream().limit(MAX_LISTED_NAMES).collect(Collectors.joining(", "));
    return "[" + text + (first.size() > MAX_LISTED_NAMES ? ", ..." : "") + "]";
  }

  boolean isTopLevel() {
    return fields.isEmpty();
  }

  /** The value in a row. */
  @Nullable Object value(Function<String, @Nullable Object> row) {
    return value(row.apply(column));
  }

  /** The value in the value of the top-level column; null if a struct on the way is. */
  @Nullable Object value(@Nullable Object columnValue) {
    Object value = columnValue;
    for (String field : fields) {
      if (value == null) {
        return null;
      }
      value = ((Map<?, ?>) value).get(field);
    }
    return value;
  }
}
