package io.proximadb.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorRecord;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which columns the unknown metadata keys of some records become, and the records with them. All
 * numbers are of type DOUBLE. What can be no column stands in one text column, {@link #OVERFLOW},
 * as a JSON object: maps, lists of unlike values, keys that are no column names, and what comes
 * when there are {@link #MAX_COLUMNS} columns.
 */
final class EvolvingColumns {
  /** Holds the keys of a record that are no columns. */
  static final String OVERFLOW = "metadata_json";

  /** Most columns by which the metadata grows by itself: each costs every file a chunk. */
  static final int MAX_COLUMNS = 256;

  /** Bounds the recursion over values. */
  private static final int MAX_DEPTH = 64;

  private static final Pattern COLUMN_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,127}");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final CollectionSchema schema;
  private final Map<String, FieldType> added = new LinkedHashMap<>();
  private final Set<String> foldedNames = new HashSet<>();
  private boolean overflows;

  private EvolvingColumns(CollectionSchema schema) {
    this.schema = schema;
    foldedNames.addAll(SystemColumns.RESERVED);
    foldedNames.add(OVERFLOW);
    schema.metadataFields().forEach(field -> foldedNames.add(fold(field.name())));
    schema.vectorFields().forEach(field -> foldedNames.add(fold(field.name())));
  }

  /**
   * Plans the columns.
   *
   * @throws InvalidArgumentException if a key has values of different types
   */
  static EvolvingColumns of(CollectionSchema schema, List<VectorRecord> records) {
    EvolvingColumns columns = new EvolvingColumns(schema);
    records.forEach(columns::add);
    return columns;
  }

  private static String fold(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private void add(VectorRecord record) {
    record
        .metadata()
        .forEach(
            (key, value) -> {
              if (value != null && schema.metadataField(key).isEmpty()) {
                add(record.id(), key, value);
              }
            });
  }

  private void add(String id, String key, Object value) {
    FieldType type = key.equals(OVERFLOW) ? null : typeOf(value);
    FieldType known = added.get(key);
    if (known != null) {
      if (!known.equals(type) && !isEmptyList(value)) {
        throw new InvalidArgumentException(
            "Invalid value of new column '"
                + key
                + "' of record '"
                + id
                + "': "
                + (type == null ? "a " + value.getClass().getSimpleName() : type)
                + " (another record of the write makes it "
                + known
                + ")");
      }
    } else if (type != null && hasRoom() && isFree(key)) {
      added.put(key, type);
      foldedNames.add(fold(key));
    } else {
      overflows = true;
    }
  }

  private boolean hasRoom() {
    int columns = schema.metadataFields().size();
    return columns - (schema.metadataField(OVERFLOW).isPresent() ? 1 : 0) + added.size()
        < MAX_COLUMNS;
  }

  private boolean isFree(String key) {
    return COLUMN_NAME.matcher(key).matches() && !foldedNames.contains(fold(key));
  }

  private static boolean isEmptyList(Object value) {
    return value instanceof List<?> list && list.isEmpty();
  }

  /** The type of column that a value makes, or null if it makes none. */
  private static @Nullable FieldType typeOf(@Nullable Object value) {
    if (value instanceof Number) {
      return Scalar.DOUBLE;
    }
    if (value instanceof String) {
      return Scalar.STRING;
    }
    if (value instanceof Boolean) {
      return Scalar.BOOLEAN;
    }
    if (value instanceof Instant) {
      return Scalar.TIMESTAMP;
    }
    if (value instanceof LocalDate) {
      return Scalar.DATE;
    }
    if (value instanceof byte[]) {
      return Scalar.BINARY;
    }
    if (!(value instanceof List<?> list) || list.isEmpty()) {
      return null;
    }
    FieldType element = typeOf(list.get(0));
    boolean alike =
        element instanceof Scalar && list.stream().allMatch(item -> element.equals(typeOf(item)));
    return element != null && alike ? new FieldType.ListOf(element) : null;
  }

  /** What the schema lacks. */
  List<SchemaChange> changes() {
    List<SchemaChange> changes = new ArrayList<>();
    added.forEach((name, type) -> changes.add(SchemaChange.add(name, type)));
    if (overflows && schema.metadataField(OVERFLOW).isEmpty()) {
      changes.add(SchemaChange.add(OVERFLOW, Scalar.STRING));
    }
    return changes;
  }

  /** The record with columns alone. */
  VectorRecord rewrite(VectorRecord record) {
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    ObjectNode overflow = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, @Nullable Object> entry : record.metadata().entrySet()) {
      String key = entry.getKey();
      Object value = entry.getValue();
      FieldType type =
          schema.metadataField(key).map(MetadataField::type).orElseGet(() -> added.get(key));
      if (key.equals(OVERFLOW) && value != null) {
        overflow.setAll(parse(record.id(), value));
      } else if (type != null) {
        metadata.put(key, asNumber(type, value));
      } else if (value != null) {
        overflow.set(key, toJson(record.id(), key, value, 0));
      }
    }
    if (!overflow.isEmpty()) {
      metadata.put(OVERFLOW, overflow.toString());
    }
    return new VectorRecord(
        record.id(), record.vectors(), record.sparseVectors(), metadata, record.expiresAt());
  }

  /** Numbers of all classes are doubles, those too that no schema that was given would take. */
  private static @Nullable Object asNumber(FieldType type, @Nullable Object value) {
    if (type == Scalar.DOUBLE && value instanceof Number number) {
      return number.doubleValue();
    }
    if (type instanceof FieldType.ListOf list && value instanceof List<?> items) {
      List<@Nullable Object> numbers = new ArrayList<>();
      items.forEach(item -> numbers.add(asNumber(list.element(), item)));
      return numbers;
    }
    return value;
  }

  private static ObjectNode parse(String id, Object value) {
    try {
      if (value instanceof String text && JSON.readTree(text) instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      // Told below, as any other value that is no object.
    }
    throw new InvalidArgumentException(
        "Invalid value of column '"
            + OVERFLOW
            + "' of record '"
            + id
            + "': "
            + value
            + " (expected a JSON object as text)");
  }

  private static JsonNode toJson(String id, String key, @Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new InvalidArgumentException(
          "Invalid value of key '"
              + key
              + "' of record '"
              + id
              + "': nested deeper than "
              + MAX_DEPTH);
    }
    if (value instanceof List<?> list) {
      var array = JsonNodeFactory.instance.arrayNode();
      list.forEach(item -> array.add(toJson(id, key, item, depth + 1)));
      return array;
    }
    if (value instanceof Map<?, ?> map) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      map.forEach(
          (name, item) -> object.set(String.valueOf(name), toJson(id, key, item, depth + 1)));
      return object;
    }
    if (value instanceof Instant || value instanceof LocalDate) {
      return JsonNodeFactory.instance.textNode(value.toString());
    }
    if (value instanceof byte[] bytes) {
      return JsonNodeFactory.instance.textNode(Base64.getEncoder().encodeToString(bytes));
    }
    if (value == null
        || value instanceof Number
        || value instanceof String
        || value instanceof Boolean) {
      return JSON.valueToTree(value);
    }
    throw new InvalidArgumentException(
        "Invalid value of key '"
            + key
            + "' of record '"
            + id
            + "': of class "
            + value.getClass().getName()
            + " (expected text, a number, a boolean, a time, bytes, a list or a map)");
  }
}
