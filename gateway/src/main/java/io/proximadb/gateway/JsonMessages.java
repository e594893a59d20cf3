package io.proximadb.gateway;

import com.google.protobuf.Message;
import com.linecorp.armeria.common.grpc.GrpcJsonMarshaller;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;

/** Messages as JSON where gRPC carries them so, see {@link JsonReader} and {@link JsonWriter}. */
final class JsonMessages implements GrpcJsonMarshaller {
  @Override
  public <T> void serializeMessage(Marshaller<T> marshaller, T message, OutputStream out)
      throws IOException {
    JsonWriter.write((Message) message, out);
  }

  @Override
  public <T> T deserializeMessage(Marshaller<T> marshaller, InputStream in) throws IOException {
    PrototypeMarshaller<T> typed = (PrototypeMarshaller<T>) marshaller;
    Message prototype =
        (Message) Objects.requireNonNull(typed.getMessagePrototype(), "a message has one");
    Message.Builder builder = prototype.newBuilderForType();
    JsonReader.merge(in, builder);
    @SuppressWarnings("unchecked") // of the prototype's own type
    T message = (T) builder.build();
    return message;
  }
}
