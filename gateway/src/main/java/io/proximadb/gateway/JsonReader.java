package io.proximadb.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.google.protobuf.util.Timestamps;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.text.ParseException;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON to a message, by protobuf's mapping, as the text goes by: nothing is kept but the message. A
 * library's tree of the text would take fifty times its bytes where a request is all small numbers.
 * What is not in the mapping is refused: unknown fields, a field or key given twice, two members of
 * a oneof, and whole numbers in a {@link Struct} that a double does not hold.
 *
 * @see <a href="https://protobuf.dev/programming-guides/json/">ProtoJSON format</a>
 */
final class JsonReader {
  /**
   * Values of one request beside the numbers of vectors, each of which becomes an object or more: a
   * hundred thousand records of twenty columns.
   */
  static final int MAX_VALUES = 2_500_000;

  /** Objects and arrays in each other; messages of the contract have five. */
  private static final int MAX_DEPTH = 100;

  /** A number has at most so many characters; those of doubles have 25. */
  private static final int MAX_NUMBER_LENGTH = 400;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER_LENGTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /** Fields by both their names. */
  private static final Map<Descriptor, Map<String, FieldDescriptor>> FIELDS =
      new ConcurrentHashMap<>();

  private final JsonParser parser;
  private int values;

  private JsonReader(JsonParser parser) {
    this.parser = parser;
  }

  /** The text is not the JSON of the message; says where, and what was expected. */
  private static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String message) {
      super(message);
    }
  }

  /**
   * Reads a whole text into a builder.
   *
   * @throws StatusRuntimeException with the reason {@code MALFORMED_JSON} and the field, if the
   *     text is not the message's JSON
   */
  static void merge(InputStream text, Message.Builder builder) throws IOException {
    Descriptor type = builder.getDescriptorForType();
    try (JsonParser parser = FACTORY.createParser(text)) {
      JsonReader reader = new JsonReader(parser);
      try {
        parser.nextToken();
        reader.message(builder);
        if (parser.nextToken() != null) {
          throw new Malformed("something stands after the object");
        }
      } catch (Malformed e) {
        throw malformed(path(parser), e.getMessage(), type);
      } catch (JsonProcessingException e) {
        String reason =
            e.getOriginalMessage().lines().findFirst().orElse("").replaceAll(" \\(start .*", "");
        throw malformed(null, reason, type);
      }
    }
  }

  /**
   * Sets a field from the text of a path or a query.
   *
   * @throws StatusRuntimeException if it is no value of the field
   */
  static void set(Message.Builder builder, FieldDescriptor field, String text) {
    try {
      Object value = textual(field, text);
      if (field.isRepeated()) {
        builder.addRepeatedField(field, value);
      } else {
        builder.setField(field, value);
      }
    } catch (Malformed e) {
      throw StatusProto.toStatusRuntimeException(
          RpcErrors.invalid(
              "INVALID_ARGUMENT",
              field.getJsonName(),
              "Invalid " + field.getJsonName() + ": " + e.getMessage(),
              "expected " + kind(field)));
    }
  }

  private static StatusRuntimeException malformed(
      @Nullable String field, @Nullable String reason, Descriptor type) {
    return StatusProto.toStatusRuntimeException(
        RpcErrors.invalid(
            RpcErrors.MALFORMED_JSON,
            field,
            "Invalid request: " + reason,
            "expected the JSON of " + type.getFullName()));
  }

  /** Where the parser stands, as fields are named in errors: {@code searches[0].vector}. */
  private static @Nullable String path(JsonParser parser) {
    StringBuilder path = new StringBuilder();
    JsonPointer at = parser.getParsingContext().pathAsPointer();
    while (at != null && !at.matches()) {
      String name = at.getMatchingProperty();
      if (at.getMatchingIndex() >= 0 && path.length() > 0) {
        path.append('[').append(name).append(']');
      } else {
        path.append(path.length() == 0 ? "" : ".").append(name);
      }
      at = at.tail();
    }
    return path.length() == 0 ? null : path.toString();
  }

  private static Map<String, FieldDescriptor> fields(Descriptor type) {
    return FIELDS.computeIfAbsent(
        type,
        each -> {
          Map<String, FieldDescriptor> fields = new ConcurrentHashMap<>();
          for (FieldDescriptor field : each.getFields()) {
            fields.put(field.getName(), field);
            fields.put(field.getJsonName(), field);
          }
          return fields;
        });
  }

  /** The field of that name, in either spelling; null if there is none. */
  static @Nullable FieldDescriptor field(Descriptor type, String name) {
    return fields(type).get(name);
  }

  private void count() throws Malformed {
    if (++values > MAX_VALUES) {
      throw new Malformed("more than " + MAX_VALUES + " values beside the numbers of vectors");
    }
  }

  private void message(Message.Builder builder) throws IOException, Malformed {
    Descriptor type = builder.getDescriptorForType();
    expect(JsonToken.START_OBJECT, "an object");
    count();
    Set<FieldDescriptor> seen = new HashSet<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      FieldDescriptor field = field(type, name);
      if (field == null) {
        throw new Malformed("unknown field '" + name + "'");
      }
      if (!seen.add(field)) {
        throw new Malformed("the field '" + name + "' is given twice");
      }
      JsonToken token = parser.nextToken();
      boolean anyValue =
          !field.isRepeated()
              && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
              && field.getMessageType().equals(Value.getDescriptor());
      if (token == JsonToken.VALUE_NULL && !anyValue) {
        continue;
      }
      OneofDescriptor oneof = field.getRealContainingOneof();
      if (oneof != null && builder.hasOneof(oneof)) {
        throw new Malformed("'" + name + "' beside another one of " + oneof.getName());
      }
      if (field.isMapField()) {
        map(builder, field);
      } else if (field.isRepeated()) {
        array(builder, field);
      } else {
        builder.setField(field, value(builder, field));
      }
    }
    expect(JsonToken.END_OBJECT, "a field");
  }

  private void array(Message.Builder builder, FieldDescriptor field) throws IOException, Malformed {
    expect(JsonToken.START_ARRAY, "an array");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      builder.addRepeatedField(field, value(builder, field));
    }
  }

  private void map(Message.Builder builder, FieldDescriptor field) throws IOException, Malformed {
    expect(JsonToken.START_OBJECT, "an object");
    Descriptor entryType = field.getMessageType();
    FieldDescriptor valueField = entryType.findFieldByNumber(2);
    Set<String> seen = new HashSet<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      if (!seen.add(key)) {
        throw new Malformed("the key '" + key + "' is given twice");
      }
      parser.nextToken();
      Message.Builder entry = builder.newBuilderForField(field);
      entry.setField(entryType.findFieldByNumber(1), key);
      entry.setField(valueField, value(entry, valueField));
      builder.addRepeatedField(field, entry.build());
    }
  }

  /** One value of a field, at which the parser stands. */
  private Object value(Message.Builder builder, FieldDescriptor field)
      throws IOException, Malformed {
    JsonToken token = parser.currentToken();
    switch (field.getJavaType()) {
      case FLOAT:
        if (token == JsonToken.VALUE_NUMBER_FLOAT || token == JsonToken.VALUE_NUMBER_INT) {
          return toFloat(parser.getDoubleValue());
        }
        break;
      case DOUBLE:
        if (token == JsonToken.VALUE_NUMBER_FLOAT || token == JsonToken.VALUE_NUMBER_INT) {
          return finite(parser.getDoubleValue());
        }
        break;
      case INT:
        if (token == JsonToken.VALUE_NUMBER_INT) {
          return textual(field, parser.getText());
        }
        break;
      case MESSAGE:
        return message(builder, field);
      case BOOLEAN:
        if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
          return token == JsonToken.VALUE_TRUE;
        }
        break;
      case LONG, STRING, ENUM, BYTE_STRING:
        break;
    }
    count();
    boolean number = token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
    boolean numeric =
        field.getJavaType() == FieldDescriptor.JavaType.INT
            || field.getJavaType() == FieldDescriptor.JavaType.LONG
            || (field.getJavaType() == FieldDescriptor.JavaType.ENUM
                && token == JsonToken.VALUE_NUMBER_INT);
    if (token == JsonToken.VALUE_STRING || (number && numeric)) {
      return textual(field, parser.getText());
    }
    throw new Malformed("it has " + shown(token) + " (expected " + kind(field) + ")");
  }

  private Message message(Message.Builder parent, FieldDescriptor field)
      throws IOException, Malformed {
    Descriptor type = field.getMessageType();
    if (type.equals(Timestamp.getDescriptor())) {
      expect(JsonToken.VALUE_STRING, "a time as text, 2026-11-23T12:00:00Z");
      count();
      try {
        return Timestamps.parse(parser.getText());
      } catch (ParseException e) {
        throw new Malformed("no time (expected one like 2026-11-23T12:00:00Z)");
      }
    }
    if (type.equals(Struct.getDescriptor())) {
      return struct();
    }
    if (type.equals(Value.getDescriptor())) {
      return any();
    }
    if (type.equals(ListValue.getDescriptor())) {
      return list();
    }
    Message.Builder child = parent.newBuilderForField(field);
    message(child);
    return child.build();
  }

  private Struct struct() throws IOException, Malformed {
    expect(JsonToken.START_OBJECT, "an object");
    count();
    Struct.Builder struct = Struct.newBuilder();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      if (struct.containsFields(key)) {
        throw new Malformed("the key '" + key + "' is given twice");
      }
      parser.nextToken();
      struct.putFields(key, any());
    }
    return struct.build();
  }

  private ListValue list() throws IOException, Malformed {
    expect(JsonToken.START_ARRAY, "an array");
    ListValue.Builder list = ListValue.newBuilder();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      list.addValues(any());
    }
    return list.build();
  }

  private Value any() throws IOException, Malformed {
    count();
    JsonToken token = Objects.requireNonNull(parser.currentToken(), "the parser stands at one");
    Value.Builder value = Value.newBuilder();
    return switch (token) {
      case VALUE_NULL -> value.setNullValue(NullValue.NULL_VALUE).build();
      case VALUE_TRUE -> value.setBoolValue(true).build();
      case VALUE_FALSE -> value.setBoolValue(false).build();
      case VALUE_STRING -> value.setStringValue(parser.getText()).build();
      case VALUE_NUMBER_INT -> value.setNumberValue(exact(parser.getText())).build();
      case VALUE_NUMBER_FLOAT -> value.setNumberValue(finite(parser.getDoubleValue())).build();
      case START_OBJECT -> value.setStructValue(struct()).build();
      case START_ARRAY -> value.setListValue(list()).build();
      default -> throw new Malformed("it has " + shown(token) + " (expected a value)");
    };
  }

  /** A whole number of JSON's own kind, which is a double; one that is rounded is refused. */
  private static double exact(String text) throws Malformed {
    double number = finite(Double.parseDouble(text));
    if (new BigDecimal(number).compareTo(new BigDecimal(text)) != 0) {
      throw new Malformed(
          "the number "
              + text
              + " would be rounded (expected it as text; in a filter, filterJson)");
    }
    return number;
  }

  private static double finite(double number) throws Malformed {
    if (Double.isInfinite(number)) {
      throw new Malformed("a number that is out of range");
    }
    return number;
  }

  private static float toFloat(double number) throws Malformed {
    float rounded = (float) number;
    if (Float.isInfinite(rounded)) {
      throw new Malformed("the number " + number + " is out of range (expected a 32-bit float)");
    }
    return rounded;
  }

  /** The value of a scalar field that is given as text. */
  private static Object textual(FieldDescriptor field, String text) throws Malformed {
    try {
      switch (field.getJavaType()) {
        case INT:
          return decimal(text).intValueExact();
        case LONG:
          return decimal(text).longValueExact();
        case FLOAT, DOUBLE:
          double number =
              switch (text) {
                case "NaN" -> Double.NaN;
                case "Infinity" -> Double.POSITIVE_INFINITY;
                case "-Infinity" -> Double.NEGATIVE_INFINITY;
                default -> finite(decimal(text).doubleValue());
              };
          if (field.getJavaType() == FieldDescriptor.JavaType.DOUBLE) {
            return number;
          }
          return Double.isInfinite(number) ? (Object) (float) number : (Object) toFloat(number);
        case BOOLEAN:
          if (text.equals("true") || text.equals("false")) {
            return text.equals("true");
          }
          break;
        case STRING:
          return text;
        case ENUM:
          EnumValueDescriptor named = field.getEnumType().findValueByName(text);
          if (named == null && Character.isDigit(text.isEmpty() ? 'x' : text.charAt(0))) {
            named = field.getEnumType().findValueByNumber(decimal(text).intValueExact());
          }
          if (named != null) {
            return named;
          }
          break;
        case MESSAGE:
          if (field.getMessageType().equals(Timestamp.getDescriptor())) {
            return Timestamps.parse(text);
          }
          break;
        case BYTE_STRING:
          break;
      }
    } catch (ArithmeticException | NumberFormatException | ParseException e) {
      throw new Malformed("'" + brief(text) + "' is not " + kind(field));
    }
    throw new Malformed("'" + brief(text) + "' is not " + kind(field));
  }

  private static BigDecimal decimal(String text) {
    if (text.length() > MAX_NUMBER_LENGTH) {
      throw new NumberFormatException("too long");
    }
    return new BigDecimal(text);
  }

  private static String brief(String text) {
    int most = 40;
    return text.length() <= most ? text : text.substring(0, most) + "...";
  }

  private static String kind(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT -> "a whole number of 32 bits";
      case LONG -> "a whole number of 64 bits";
      case FLOAT, DOUBLE -> "a number";
      case BOOLEAN -> "true or false";
      case STRING -> "a text";
      case ENUM ->
          "one of "
              + field.getEnumType().getValues().stream().map(EnumValueDescriptor::getName).toList();
      case MESSAGE -> "a " + field.getMessageType().getName();
      case BYTE_STRING -> "bytes";
    };
  }

  private void expect(JsonToken wanted, String what) throws Malformed {
    if (parser.currentToken() != wanted) {
      throw new Malformed("it has " + shown(parser.currentToken()) + " (expected " + what + ")");
    }
  }

  private static String shown(@Nullable JsonToken token) {
    return token == null
        ? "nothing"
        : switch (token) {
          case START_OBJECT, END_OBJECT -> "an object";
          case START_ARRAY, END_ARRAY -> "an array";
          case VALUE_STRING -> "a text";
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
          case VALUE_TRUE, VALUE_FALSE -> "true or false";
          case VALUE_NULL -> "null";
          default -> "nothing that is a value";
        };
  }
}
