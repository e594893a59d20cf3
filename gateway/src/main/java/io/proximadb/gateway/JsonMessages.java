package io.proximadb.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.linecorp.armeria.common.grpc.GrpcJsonMarshaller;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Messages as JSON, by protobuf's own mapping, with one difference: numbers of 64 bits that count
 * or measure are numbers. Ids, sequences and versions stay text, since they may be beyond what a
 * double holds. An unknown field is an error.
 */
final class JsonMessages implements GrpcJsonMarshaller {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonFormat.Parser PARSER = JsonFormat.parser();
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().alwaysPrintFieldsWithNoPresence().omittingInsignificantWhitespace();
  private static final Pattern IDENTIFIER = Pattern.compile("(.*_)?(id|sequence|version)");
  private static final Pattern UNKNOWN_FIELD = Pattern.compile("Cannot find field: (\\S+)");

  @Override
  public <T> void serializeMessage(Marshaller<T> marshaller, T message, OutputStream out)
      throws IOException {
    Message given = (Message) message;
    String text = PRINTER.print(given);
    JsonNode tree = MAPPER.readTree(text);
    if (tree instanceof ObjectNode object) {
      numbers(object, given.getDescriptorForType());
    }
    out.write(MAPPER.writeValueAsBytes(tree));
  }

  @Override
  public <T> T deserializeMessage(Marshaller<T> marshaller, InputStream in) throws IOException {
    PrototypeMarshaller<T> typed = (PrototypeMarshaller<T>) marshaller;
    Message prototype =
        (Message) Objects.requireNonNull(typed.getMessagePrototype(), "a message has one");
    Message.Builder builder = prototype.newBuilderForType();
    try {
      PARSER.merge(new InputStreamReader(in, StandardCharsets.UTF_8), builder);
    } catch (InvalidProtocolBufferException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw StatusProto.toStatusRuntimeException(
          RpcErrors.invalid(
              RpcErrors.MALFORMED_JSON,
              unknownField(reason),
              "Invalid request: " + reason,
              "expected the JSON of " + prototype.getDescriptorForType().getFullName()));
    }
    @SuppressWarnings("unchecked") // of the prototype's own type
    T message = (T) builder.build();
    return message;
  }

  private static @Nullable String unknownField(String reason) {
    Matcher unknown = UNKNOWN_FIELD.matcher(reason);
    return unknown.find() ? unknown.group(1) : null;
  }

  private static void numbers(ObjectNode object, Descriptor type) {
    for (FieldDescriptor field : type.getFields()) {
      JsonNode value = object.get(field.getJsonName());
      if (value == null) {
        continue;
      }
      if (field.getJavaType() == FieldDescriptor.JavaType.LONG) {
        if (!field.isRepeated() && !IDENTIFIER.matcher(field.getName()).matches()) {
          object.set(field.getJsonName(), LongNode.valueOf(value.asLong()));
        }
      } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
          && !field.isMapField()
          && field.getMessageType().getFullName().startsWith("proximadb.")) {
        if (value instanceof ObjectNode one) {
          numbers(one, field.getMessageType());
        } else {
          value.forEach(
              element -> {
                if (element instanceof ObjectNode one) {
                  numbers(one, field.getMessageType());
                }
              });
        }
      }
    }
  }
}
