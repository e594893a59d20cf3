package io.proximadb.filter;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Checks the values of a filter against the type they are compared with.
 *
 * <p>Doors that have text only may write dates and timestamps as ISO-8601, binary as Base64, and
 * {@code NaN}, {@code Infinity} and {@code -Infinity} for numbers.
 */
final class Literals {
  private static final int MAX_SHOWN_CHARS = 64;

  private Literals() {}

  /** True if values of that type are compared by {@link KeyPosition keys}, false if by bytes. */
  static boolean hasKeys(Scalar type) {
    return type != Scalar.STRING && type != Scalar.BINARY;
  }

  static boolean isFloating(Scalar type) {
    return type == Scalar.FLOAT || type == Scalar.DOUBLE;
  }

  /**
   * Where a value lies among the keys of a type.
   *
   * @param column for the message
   * @throws InvalidArgumentException if it cannot be compared with values of that type
   */
  static KeyPosition position(String column, Scalar type, Object value) {
    KeyPosition position =
        switch (type) {
          case BOOLEAN -> value instanceof Boolean bool ? KeyPosition.exactly(bool ? 1 : 0) : null;
          case INT, LONG -> amongWhole(number(value));
          case FLOAT, DOUBLE -> amongDoubles(number(value));
          case DATE -> {
            LocalDate date = date(value);
            yield date == null ? null : KeyPosition.exactly(date.toEpochDay());
          }
          case TIMESTAMP -> {
            Instant instant = instant(value);
            yield instant == null ? null : KeyPosition.amongMicros(instant);
          }
          case STRING, BINARY -> throw new AssertionError(type);
        };
    if (position == null) {
      throw mismatch(column, value, expected(type));
    }
    return position;
  }

  /**
   * The bytes that a STRING or BINARY value is compared by.
   *
   * @param column for the message
   * @throws InvalidArgumentException if it cannot be compared with values of that type
   */
  static byte[] bytes(String column, Scalar type, Object value) {
    if (value instanceof String text) {
      if (type == Scalar.STRING) {
        return text.getBytes(StandardCharsets.UTF_8);
      }
      byte[] decoded = base64(text);
      if (decoded != null) {
        return decoded;
      }
    }
    if (value instanceof byte[] bytes && type == Scalar.BINARY) {
      return bytes.clone();
    }
    throw mismatch(column, value, expected(type));
  }

  /** What is wrong with a value, and what would be right. */
  static InvalidArgumentException mismatch(String column, Object value, String expected) {
    String text = value.toString();
    return new InvalidArgumentException(
        "Invalid filter on column '"
            + column
            + "': "
            + (text.length() > MAX_SHOWN_CHARS ? text.substring(0, MAX_SHOWN_CHARS) + "..." : text)
            + " of class "
            + value.getClass().getSimpleName()
            + " (expected "
            + expected
            + ")");
  }

  /** What is wrong with comparing a column of that type, and what would be right. */
  static InvalidArgumentException unsuitable(
      String column, FieldType type, String condition, String expected) {
    return new InvalidArgumentException(
        "Invalid filter on column '"
            + column
            + "': "
            + condition
            + " on type "
            + type
            + " (expected "
            + expected
            + ")");
  }

  private static String expected(Scalar type) {
    return switch (type) {
      case BOOLEAN -> "BOOLEAN: true or false";
      case INT, LONG, FLOAT, DOUBLE -> type + ": a number, or the text NaN, Infinity or -Infinity";
      case STRING -> "STRING: text";
      case BINARY -> "BINARY: bytes, or Base64 text";
      case DATE -> "DATE: a date, or text such as 2026-01-31";
      case TIMESTAMP -> "TIMESTAMP: an instant, or text such as 2026-01-31T12:30:00Z";
    };
  }

  /** A number as {@link Double} or, exactly, as {@link BigDecimal}; null if it is none. */
  private static @Nullable Number number(Object value) {
    if (value instanceof Double || value instanceof Float) {
      return ((Number) value).doubleValue();
    }
    if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      return BigDecimal.valueOf(((Number) value).longValue());
    }
    if (value instanceof BigInteger integer) {
      return new BigDecimal(integer);
    }
    if (value instanceof String text) {
      return switch (text) {
        case "NaN" -> Double.NaN;
        case "Infinity" -> Double.POSITIVE_INFINITY;
        case "-Infinity" -> Double.NEGATIVE_INFINITY;
        default -> null;
      };
    }
    return value instanceof BigDecimal decimal ? decimal : null;
  }

  private static @Nullable KeyPosition amongWhole(@Nullable Number number) {
    if (number instanceof Double) {
      return KeyPosition.amongWhole(number.doubleValue());
    }
    return number == null ? null : KeyPosition.amongWhole((BigDecimal) number);
  }

  private static @Nullable KeyPosition amongDoubles(@Nullable Number number) {
    if (number instanceof Double) {
      return KeyPosition.exactly(KeyPosition.ofDouble(number.doubleValue()));
    }
    return number == null ? null : KeyPosition.amongDoubles((BigDecimal) number);
  }

  private static @Nullable LocalDate date(Object value) {
    if (value instanceof String text) {
      try {
        return LocalDate.parse(text);
      } catch (DateTimeParseException e) {
        return null;
      }
    }
    return value instanceof LocalDate date ? date : null;
  }

  private static @Nullable Instant instant(Object value) {
    if (value instanceof String text) {
      try {
        return Instant.parse(text);
      } catch (DateTimeParseException e) {
        return null;
      }
    }
    return value instanceof Instant instant ? instant : null;
  }

  private static byte @Nullable [] base64(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
