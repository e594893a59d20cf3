package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks records against a schema at the boundary, before anything is written, and puts their parts
 * in schema order.
 */
public final class RecordValidator {
  /** Longest id: it is stored in every file, index and log record that mentions the row. */
  public static final int MAX_ID_BYTES = 1_024;

  private final CollectionSchema schema;
  private final Map<String, Integer> metadataOrdinals = new HashMap<>();

  public RecordValidator(CollectionSchema schema) {
    this.schema = schema;
    for (int i = 0; i < schema.metadataFields().size(); i++) {
      metadataOrdinals.put(schema.metadataFields().get(i).name(), i);
    }
  }

  /**
   * Checks a record and makes a row of it.
   *
   * @throws InvalidArgumentException if the id, a vector, a column or a value is not what the
   *     schema expects; the message names value and expectation
   */
  public Row toRow(VectorRecord record, long version, long updatedAtMicros) {
    checkId(record.id());
    return new Row(
        record.id(),
        vectors(record),
        metadata(record),
        expiry(record.expiresAt()),
        version,
        updatedAtMicros);
  }

  /**
   * Checks an id by itself.
   *
   * @throws InvalidArgumentException if it is null, empty or longer than {@value #MAX_ID_BYTES}
   *     bytes
   */
  public static void checkId(@Nullable String id) {
    if (id == null || id.isEmpty()) {
      throw new InvalidArgumentException(
          "Invalid id: " + (id == null ? "null" : "''") + " (expected non-empty text)");
    }
    // Three bytes a char is UTF-8's worst case: most ids need no encoding to be found short enough.
    if (id.length() * 3L > MAX_ID_BYTES) {
      int bytes = id.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > MAX_ID_BYTES) {
        throw new InvalidArgumentException(
            "Invalid id: '"
                + id.substring(0, 32)
                + "...' of "
                + bytes
                + " bytes (expected at most "
                + MAX_ID_BYTES
                + ")");
      }
    }
  }

  /**
   * Checks a vector for a field, of a record or of a query.
   *
   * @param owner what the vector belongs to, for the message: {@code "record 'x'"} or {@code
   *     "query"}
   * @throws InvalidArgumentException if its dimension is wrong, a component is not finite, or it is
   *     zero under {@link Metric#COSINE}
   */
  public static void checkVector(VectorField field, float @Nullable [] vector, String owner) {
    if (vector == null) {
      throw new InvalidArgumentException(
          "Invalid "
              + owner
              + ": no vector for field '"
              + field.name()
              + "' (expected "
              + field.dimension()
              + " floats)");
    }
    if (vector.length != field.dimension()) {
      throw new InvalidArgumentException(
          "Invalid dimension of vector '"
              + field.name()
              + "' of "
              + owner
              + ": "
              + vector.length
              + " (expected "
              + field.dimension()
              + ")");
    }
    // A sum of x * 0 is 0 for finite components only: one branch-free pass for the common case.
    float probe = 0;
    boolean zero = true;
    for (float component : vector) {
      probe += component * 0f;
      zero &= component == 0f;
    }
    if (probe != 0f) {
      throw notFinite(field, vector, owner);
    }
    if (zero && field.metric() == Metric.COSINE) {
      throw new InvalidArgumentException(
          "Invalid vector '"
              + field.name()
              + "' of "
              + owner
              + ": all components are zero (expected a direction, the metric is COSINE)");
    }
  }

  /**
   * Checks a vector for a sparse field, of a record or of a query.
   *
   * @param owner what the vector belongs to, for the message
   * @throws InvalidArgumentException if there is none, an index is not below the dimension, or all
   *     components are zero under {@link Metric#COSINE}
   */
  public static void checkSparse(VectorField field, @Nullable SparseVector vector, String owner) {
    if (vector == null) {
      throw new InvalidArgumentException(
          "Invalid " + owner + ": no sparse vector for field '" + field.name() + "'");
    }
    if (vector.minDimension() > field.dimension()) {
      throw new InvalidArgumentException(
          "Invalid index in sparse vector '"
              + field.name()
              + "' of "
              + owner
              + ": "
              + vector.index(vector.count() - 1)
              + " (expected indices below "
              + field.dimension()
              + ")");
    }
    if (field.metric() == Metric.COSINE && vector.norm() == 0) {
      throw new InvalidArgumentException(
          "Invalid sparse vector '"
              + field.name()
              + "' of "
              + owner
              + ": all components are zero (expected a direction, the metric is COSINE)");
    }
  }

  private static InvalidArgumentException notFinite(
      VectorField field, float[] vector, String owner) {
    int at = 0;
    while (Float.isFinite(vector[at])) {
      at++;
    }
    return new InvalidArgumentException(
        "Invalid component "
            + at
            + " of vector '"
            + field.name()
            + "' of "
            + owner
            + ": "
            + vector[at]
            + " (expected a finite number)");
  }

  private float[] @Nullable [] vectors(VectorRecord record) {
    List<VectorField> fields = schema.vectorFields();
    float[] @Nullable [] vectors = new float[fields.size()] @Nullable [];
    String owner = "record '" + record.id() + "'";
    int given = 0;
    for (int i = 0; i < vectors.length; i++) {
      float[] vector = record.vectors().get(fields.get(i).name());
      if (vector != null || !fields.get(i).optional()) {
        checkVector(fields.get(i), vector, owner);
        given++;
      }
      vectors[i] = vector;
    }
    if (given == 0 && schema.sparseFields().isEmpty()) {
      throw new InvalidArgumentException(
          "Invalid " + owner + ": no vector (expected one of at least one field)");
    }
    if (record.vectors().size() != given) {
      for (String name : record.vectors().keySet()) {
        if (schema.vectorField(name).isEmpty()) {
          throw new InvalidArgumentException(
              "Invalid "
                  + owner
                  + ": unknown vector field '"
                  + name
                  + "' (expected "
                  + fields.stream().map(VectorField::name).toList()
                  + ")");
        }
      }
    }
    return vectors;
  }

  private @Nullable Object[] metadata(VectorRecord record) {
    @Nullable Object[] values = new @Nullable Object[schema.metadataFields().size()];
    SparseParts.put(schema, record, metadataOrdinals, values);
    record
        .metadata()
        .forEach(
            (name, value) -> {
              Integer ordinal = metadataOrdinals.get(name);
              if (ordinal == null) {
                throw new InvalidArgumentException(
                    "Invalid record '"
                        + record.id()
                        + "': unknown column '"
                        + name
                        + "' (expected "
                        + schema.metadataFields().stream().map(MetadataField::name).toList()
                        + ")");
              }
              FieldType type = schema.metadataFields().get(ordinal).type();
              if (schema.sparseField(name).isEmpty()) {
                values[ordinal] = convert(type, value, name, record.id());
              }
            });
    return values;
  }

  private static long expiry(@Nullable Instant expiresAt) {
    if (expiresAt == null) {
      return Row.NO_EXPIRY;
    }
    return toMicros(expiresAt, SystemColumns.EXPIRES_AT);
  }

  /** Microseconds since 1970, rounded down. */
  static long toMicros(Instant instant, String column) {
    try {
      return Timestamps.toMicros(instant);
    } catch (ArithmeticException e) {
      throw new InvalidArgumentException(
          "Invalid value of column '"
              + column
              + "': "
              + instant
              + " (expected an instant whose microseconds since 1970 fit 64 bits)",
          e);
    }
  }

  private static @Nullable Object convert(
      FieldType type, @Nullable Object value, String column, String id) {
    if (value == null) {
      return null;
    }
    Object converted;
    if (type instanceof FieldType.Scalar scalar) {
      converted = convertScalar(scalar, value, column);
    } else if (type instanceof FieldType.ListOf list) {
      converted = convertList(list, value, column, id);
    } else {
      converted = convertStruct((FieldType.StructOf) type, value, column, id);
    }
    if (converted == null) {
      throw new InvalidArgumentException(
          "Invalid value of column '"
              + column
              + "' of record '"
              + id
              + "': "
              + describe(value)
              + " (expected "
              + type
              + ")");
    }
    return converted;
  }

  private static String describe(Object value) {
    String text = value.toString();
    return (text.length() > 64 ? text.substring(0, 64) + "..." : text)
        + " of class "
        + value.getClass().getSimpleName();
  }

  /** Widens without loss, or returns null if the value does not fit the type. */
  private static @Nullable Object convertScalar(
      FieldType.Scalar type, Object value, String column) {
    return switch (type) {
      case BOOLEAN -> value instanceof Boolean ? value : null;
      case STRING -> value instanceof String ? value : null;
      case BINARY -> value instanceof byte[] ? value : null;
      case DATE -> value instanceof LocalDate ? value : null;
      case INT -> {
        Long number = integral(value);
        yield number != null && number == number.intValue() ? (Object) number.intValue() : null;
      }
      case LONG -> integral(value);
      case FLOAT -> {
        Double number = floating(value);
        // Rounding is fine; a finite number that would become infinite is not.
        if (number == null || (Double.isFinite(number) && !Float.isFinite(number.floatValue()))) {
          yield null;
        }
        yield (Object) number.floatValue();
      }
      case DOUBLE -> floating(value);
      case TIMESTAMP -> {
        if (value instanceof Instant instant) {
          toMicros(instant, column);
          yield instant.truncatedTo(ChronoUnit.MICROS);
        }
        yield null;
      }
    };
  }

  private static @Nullable Long integral(Object value) {
    if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    return null;
  }

  private static @Nullable Double floating(Object value) {
    if (value instanceof Double || value instanceof Float) {
      return ((Number) value).doubleValue();
    }
    Long number = integral(value);
    // Every integer up to 2^53 is a double; a larger one would change silently.
    return number != null && Math.abs(number) <= 1L << 53 ? (Double) number.doubleValue() : null;
  }

  private static @Nullable Object convertList(
      FieldType.ListOf type, Object value, String column, String id) {
    if (!(value instanceof List<?> list)) {
      return null;
    }
    List<@Nullable Object> converted = new ArrayList<>(list.size());
    for (Object item : list) {
      converted.add(convert(type.element(), item, column + "[]", id));
    }
    return converted;
  }

  private static @Nullable Object convertStruct(
      FieldType.StructOf type, Object value, String column, String id) {
    if (!(value instanceof Map<?, ?> map)) {
      return null;
    }
    Map<String, @Nullable Object> converted = new LinkedHashMap<>();
    for (MetadataField field : type.fields()) {
      converted.put(
          field.name(),
          convert(field.type(), map.get(field.name()), column + "." + field.name(), id));
    }
    for (Object key : map.keySet()) {
      if (!converted.containsKey(String.valueOf(key))) {
        throw new InvalidArgumentException(
            "Invalid value of column '"
                + column
                + "' of record '"
                + id
                + "': unknown field '"
                + key
                + "' (expected "
                + type
                + ")");
      }
    }
    return converted;
  }
}
