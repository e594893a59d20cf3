package io.proximadb.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.google.protobuf.util.Timestamps;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A message as JSON, by protobuf's mapping, with one difference: numbers of 64 bits that count or
 * measure are numbers. Ids, sequences and versions stay text, since they may be beyond what a
 * double holds. Fields that cannot be absent are always there.
 */
final class JsonWriter {
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final Pattern IDENTIFIER = Pattern.compile("(.*_)?(id|sequence|version)");

  /** Whole numbers up to it are the same as doubles and as text without a point: 2^53. */
  private static final double EXACT = 9_007_199_254_740_992.0;

  private final JsonGenerator out;

  private JsonWriter(JsonGenerator out) {
    this.out = out;
  }

  /** Writes a message. The stream stays open. */
  static void write(Message message, OutputStream to) throws IOException {
    JsonGenerator generator = FACTORY.createGenerator(to);
    generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    try (generator) {
      new JsonWriter(generator).message(message);
    }
  }

  private void message(Message message) throws IOException {
    out.writeStartObject();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.hasPresence() && !message.hasField(field)) {
        continue;
      }
      out.writeFieldName(field.getJsonName());
      if (field.isMapField()) {
        map(field, (List<?>) message.getField(field));
      } else if (field.isRepeated()) {
        out.writeStartArray();
        int count = message.getRepeatedFieldCount(field);
        for (int i = 0; i < count; i++) {
          value(field, message.getRepeatedField(field, i));
        }
        out.writeEndArray();
      } else {
        value(field, message.getField(field));
      }
    }
    out.writeEndObject();
  }

  private void map(FieldDescriptor field, List<?> entries) throws IOException {
    FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
    FieldDescriptor value = field.getMessageType().findFieldByNumber(2);
    out.writeStartObject();
    for (Object each : entries) {
      Message entry = (Message) each;
      out.writeFieldName(String.valueOf(entry.getField(key)));
      value(value, entry.getField(value));
    }
    out.writeEndObject();
  }

  private void value(FieldDescriptor field, Object value) throws IOException {
    switch (field.getJavaType()) {
      case INT -> out.writeNumber((Integer) value);
      case LONG -> {
        long number = (Long) value;
        if (isText(field)) {
          out.writeString(Long.toString(number));
        } else {
          out.writeNumber(number);
        }
      }
      case FLOAT -> {
        float number = (Float) value;
        if (Float.isFinite(number)) {
          out.writeNumber(number);
        } else {
          out.writeString(Float.toString(number));
        }
      }
      case DOUBLE -> number((Double) value);
      case BOOLEAN -> out.writeBoolean((Boolean) value);
      case STRING -> out.writeString((String) value);
      case ENUM -> {
        EnumValueDescriptor named = (EnumValueDescriptor) value;
        if (named.getIndex() < 0) {
          out.writeNumber(named.getNumber());
        } else {
          out.writeString(named.getName());
        }
      }
      case MESSAGE -> special((Message) value);
      case BYTE_STRING -> throw new IOException("the contract has no bytes: " + field);
    }
  }

  /** True if numbers of 64 bits of a field are text: those that do not count or measure. */
  static boolean isText(FieldDescriptor field) {
    return field.isRepeated() || IDENTIFIER.matcher(field.getName()).matches();
  }

  private void number(double number) throws IOException {
    if (Double.isFinite(number)) {
      out.writeNumber(number);
    } else {
      out.writeString(Double.toString(number));
    }
  }

  private void special(Message message) throws IOException {
    if (message instanceof Timestamp time) {
      out.writeString(Timestamps.toString(time));
    } else if (message instanceof Struct struct) {
      struct(struct);
    } else if (message instanceof Value value) {
      any(value);
    } else if (message instanceof ListValue list) {
      list(list);
    } else {
      message(message);
    }
  }

  private void struct(Struct struct) throws IOException {
    out.writeStartObject();
    for (Map.Entry<String, Value> entry : struct.getFieldsMap().entrySet()) {
      out.writeFieldName(entry.getKey());
      any(entry.getValue());
    }
    out.writeEndObject();
  }

  private void list(ListValue list) throws IOException {
    out.writeStartArray();
    for (Value value : list.getValuesList()) {
      any(value);
    }
    out.writeEndArray();
  }

  private void any(Value value) throws IOException {
    switch (value.getKindCase()) {
      case NULL_VALUE, KIND_NOT_SET -> out.writeNull();
      case BOOL_VALUE -> out.writeBoolean(value.getBoolValue());
      case STRING_VALUE -> out.writeString(value.getStringValue());
      case STRUCT_VALUE -> struct(value.getStructValue());
      case LIST_VALUE -> list(value.getListValue());
      case NUMBER_VALUE -> {
        double number = value.getNumberValue();
        if (number == Math.rint(number) && Math.abs(number) < EXACT) {
          out.writeNumber((long) number);
        } else {
          number(number);
        }
      }
    }
  }
}
