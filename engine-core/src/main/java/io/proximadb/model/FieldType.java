package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The type of a metadata column and the Java class of its values.
 *
 * <p>Scalars map to {@link Boolean}, {@link Integer}, {@link Long}, {@link Float}, {@link Double},
 * {@link String}, {@code byte[]}, {@link java.time.LocalDate} and {@link java.time.Instant}
 * (microseconds, UTC); lists to {@link List}, structs to {@link Map} by field name. Every value may
 * be null, the elements of lists and the fields of structs too.
 */
public sealed interface FieldType extends Serializable {

  /** A type without parts. */
  enum Scalar implements FieldType {
    BOOLEAN,
    INT,
    LONG,
    FLOAT,
    DOUBLE,
    STRING,
    BINARY,
    DATE,
    TIMESTAMP
  }

  /** A list of values of one type. */
  record ListOf(FieldType element) implements FieldType {
    @Override
    public String toString() {
      return "LIST<" + element + ">";
    }
  }

  /** Named values of their own types, in this order. */
  record StructOf(List<MetadataField> fields) implements FieldType {
    public StructOf {
      fields = List.copyOf(fields);
      if (fields.isEmpty()) {
        throw new InvalidArgumentException("Invalid struct type: no fields (expected at least 1)");
      }
      Map<String, MetadataField> seen = new LinkedHashMap<>();
      for (MetadataField field : fields) {
        if (seen.put(field.name(), field) != null) {
          throw new InvalidArgumentException(
              "Invalid struct type: field '" + field.name() + "' stands twice");
        }
      }
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("STRUCT<");
      for (MetadataField field : fields) {
        if (text.length() > 7) {
          text.append(", ");
        }
        text.append(field.name()).append(": ").append(field.type());
      }
      return text.append('>').toString();
    }
  }
}
