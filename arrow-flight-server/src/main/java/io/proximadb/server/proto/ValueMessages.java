package io.proximadb.server.proto;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.ListOf;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.FieldType.StructOf;
import io.proximadb.model.MetadataField;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values of metadata columns to and from what JSON can say. A LONG is text in answers, since a
 * double cannot hold it, and may be a number in requests where it is below 2^53; numbers that are
 * none, infinities, dates and timestamps are text, binary is Base64.
 */
public final class ValueMessages {
  /** Whole numbers beyond it are not exact as doubles. */
  static final double EXACT_BELOW = 9_007_199_254_740_992.0;

  private ValueMessages() {}

  /** The message of a value. */
  public static Value toMessage(@Nullable Object value) {
    Value.Builder message = Value.newBuilder();
    if (value == null) {
      message.setNullValue(NullValue.NULL_VALUE);
    } else if (value instanceof Boolean flag) {
      message.setBoolValue(flag);
    } else if (value instanceof Long whole) {
      message.setStringValue(Long.toString(whole));
    } else if (value instanceof Number number) {
      double real = number.doubleValue();
      if (Double.isFinite(real)) {
        // A float's shortest text, not the digits that its double shows.
        message.setNumberValue(
            number instanceof Float ? Double.parseDouble(number.toString()) : real);
      } else {
        message.setStringValue(Double.toString(real));
      }
    } else if (value instanceof byte[] bytes) {
      message.setStringValue(Base64.getEncoder().encodeToString(bytes));
    } else if (value instanceof List<?> list) {
      ListValue.Builder elements = ListValue.newBuilder();
      list.forEach(element -> elements.addValues(toMessage(element)));
      message.setListValue(elements);
    } else if (value instanceof Map<?, ?> struct) {
      Struct.Builder fields = Struct.newBuilder();
      struct.forEach((name, field) -> fields.putFields(String.valueOf(name), toMessage(field)));
      message.setStructValue(fields);
    } else {
      message.setStringValue(value.toString());
    }
    return message.build();
  }

  /**
   * Reads a value of a type.
   *
   * @param what for the message of an error, {@code "column 'year'"}
   * @throws InvalidArgumentException if it is none of that type
   */
  public static @Nullable Object fromMessage(Value message, FieldType type, String what) {
    if (message.getKindCase() == Value.KindCase.NULL_VALUE
        || message.getKindCase() == Value.KindCase.KIND_NOT_SET) {
      return null;
    }
    if (type instanceof ListOf list) {
      if (!message.hasListValue()) {
        throw wrong(message, type, what);
      }
      List<@Nullable Object> elements = new ArrayList<>();
      for (Value element : message.getListValue().getValuesList()) {
        elements.add(fromMessage(element, list.element(), what));
      }
      return elements;
    }
    if (type instanceof StructOf struct) {
      return struct(message, struct, what);
    }
    return scalar(message, (Scalar) type, what);
  }

  private static Map<String, @Nullable Object> struct(Value message, StructOf type, String what) {
    if (!message.hasStructValue()) {
      throw wrong(message, type, what);
    }
    Map<String, Value> given = message.getStructValue().getFieldsMap();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (MetadataField field : type.fields()) {
      Value value = given.get(field.name());
      if (value != null) {
        fields.put(
            field.name(),
            fromMessage(value, field.type(), what + ", field '" + field.name() + "'"));
      }
    }
    for (String name : given.keySet()) {
      if (type.fields().stream().noneMatch(field -> field.name().equals(name))) {
        throw new InvalidArgumentException(
            "Invalid value of " + what + ": unknown field '" + name + "' (expected " + type + ")");
      }
    }
    return fields;
  }

  private static Object scalar(Value message, Scalar type, String what) {
    try {
      return switch (type) {
        case BOOLEAN -> {
          if (!message.hasBoolValue()) {
            throw wrong(message, type, what);
          }
          yield message.getBoolValue();
        }
        case INT -> Math.toIntExact(whole(message, type, what));
        case LONG -> whole(message, type, what);
        case FLOAT -> real(message, type, what);
        case DOUBLE -> real(message, type, what);
        case STRING -> text(message, type, what);
        case BINARY -> Base64.getDecoder().decode(text(message, type, what));
        case DATE -> LocalDate.parse(text(message, type, what));
        case TIMESTAMP -> Instant.parse(text(message, type, what));
      };
    } catch (ArithmeticException | IllegalArgumentException | DateTimeParseException e) {
      InvalidArgumentException invalid = wrong(message, type, what);
      invalid.initCause(e);
      throw invalid;
    }
  }

  private static String text(Value message, Scalar type, String what) {
    if (!message.hasStringValue()) {
      throw wrong(message, type, what);
    }
    return message.getStringValue();
  }

  private static long whole(Value message, Scalar type, String what) {
    if (message.hasStringValue()) {
      return Long.parseLong(message.getStringValue());
    }
    double number = message.getNumberValue();
    if (!message.hasNumberValue()
        || number != Math.rint(number)
        || Math.abs(number) >= EXACT_BELOW) {
      throw wrong(message, type, what);
    }
    return (long) number;
  }

  private static double real(Value message, Scalar type, String what) {
    if (message.hasStringValue()) {
      return switch (message.getStringValue()) {
        case "NaN" -> Double.NaN;
        case "Infinity" -> Double.POSITIVE_INFINITY;
        case "-Infinity" -> Double.NEGATIVE_INFINITY;
        default -> throw wrong(message, type, what);
      };
    }
    if (!message.hasNumberValue()) {
      throw wrong(message, type, what);
    }
    return message.getNumberValue();
  }

  private static InvalidArgumentException wrong(Value message, FieldType type, String what) {
    String shown =
        switch (message.getKindCase()) {
          case NUMBER_VALUE -> Double.toString(message.getNumberValue());
          case STRING_VALUE -> "a text";
          case BOOL_VALUE -> Boolean.toString(message.getBoolValue());
          case STRUCT_VALUE -> "an object";
          case LIST_VALUE -> "an array";
          case NULL_VALUE, KIND_NOT_SET -> "null";
        };
    String hint = type == Scalar.LONG ? "; beyond 2^53 as text" : "";
    return new InvalidArgumentException(
        "Invalid value of " + what + ": " + shown + " (expected " + type + hint + ")");
  }
}
