package io.proximadb.server.flight;

import io.proximadb.error.InvalidArgumentException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.TypeLayout;
import org.apache.arrow.vector.ipc.message.MessageMetadataResult;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Checks the messages of one stream before Flight decodes them: decoding trusts what a header says
 * of its body, and where that is a lie it throws on its way, and keeps memory that nobody gives
 * back, or takes much to begin with. Flight's class of messages is not public, so this reads it
 * through method handles. For one thread at a time.
 */
final class MessageCheck {
  private static final int BITS = 8;
  private static final MethodHandle DESCRIPTOR;
  private static final MethodHandle BODY;
  private static final MethodHandle HEADER;

  static {
    try {
      Class<?> type = Class.forName("org.apache.arrow.flight.ArrowMessage");
      MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
      DESCRIPTOR =
          lookup.findVirtual(
              type, "getDescriptor", MethodType.methodType(Flight.FlightDescriptor.class));
      BODY = lookup.findVirtual(type, "getBufs", MethodType.methodType(Iterable.class));
      HEADER = lookup.findGetter(type, "message", MessageMetadataResult.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private boolean hasSchema;
  private int nodes;
  private int buffers;

  /** The descriptor that comes with a message of a stream; null if none does. */
  static Flight.@Nullable FlightDescriptor descriptor(Object message) {
    return (Flight.FlightDescriptor) of(DESCRIPTOR, message);
  }

  private static @Nullable Object of(MethodHandle handle, Object message) {
    try {
      return handle.invoke(message);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("Flight's messages are others than they were", e);
    }
  }

  /**
   * Checks the next message.
   *
   * @throws InvalidArgumentException if its header does not fit its body, or the stream's schema
   * @throws RuntimeException of many kinds if the header cannot be read
   */
  void check(Object message) {
    MessageMetadataResult header = (MessageMetadataResult) of(HEADER, message);
    long body = 0;
    if (of(BODY, message) instanceof Iterable<?> parts) {
      for (Object part : parts) {
        body += ((ArrowBuf) part).capacity();
      }
    }
    boolean isBatch =
        header != null && header.getMessage().headerType() == MessageHeader.RecordBatch;
    if (body > 0 && !isBatch) {
      throw invalid("a body of " + body + " bytes without a batch (expected none)");
    }
    if (header == null) {
      return;
    }
    Message decoded = header.getMessage();
    switch (decoded.headerType()) {
      case MessageHeader.Schema -> schema(MessageSerializer.deserializeSchema(decoded));
      case MessageHeader.RecordBatch -> {
        if (decoded.header(new RecordBatch()) instanceof RecordBatch batch) {
          batch(batch, body);
        } else {
          throw invalid("a batch without its header");
        }
      }
      case MessageHeader.NONE -> {}
      default -> throw invalid("of a kind that is not taken (expected a schema or a batch)");
    }
  }

  private static InvalidArgumentException invalid(String what) {
    return new InvalidArgumentException("Invalid message: " + what);
  }

  private void schema(Schema schema) {
    if (hasSchema) {
      throw invalid("a second schema (expected batches)");
    }
    hasSchema = true;
    schema.getFields().forEach(this::count);
  }

  private void count(Field field) {
    if (field.getDictionary() != null) {
      throw invalid("column '" + field.getName() + "' has a dictionary (expected plain values)");
    }
    nodes++;
    buffers += TypeLayout.getTypeBufferCount(field.getType());
    List<Field> children = field.getChildren();
    children.forEach(this::count);
  }

  private void batch(RecordBatch batch, long body) {
    if (!hasSchema) {
      throw invalid("a batch before its schema");
    }
    if (batch.compression() != null) {
      throw invalid("a compressed batch (expected plain buffers)");
    }
    if (batch.nodesLength() != nodes
        || batch.buffersLength() != buffers
        || batch.variadicBufferCountsLength() != 0) {
      throw invalid("a batch of other columns than its schema's");
    }
    // Nothing takes less than a bit for a value.
    long most = Math.min(Integer.MAX_VALUE, body * BITS);
    range("rows", batch.length(), most);
    for (int i = 0; i < nodes; i++) {
      FieldNode node = batch.nodes(i);
      range("values", node.length(), most);
      range("nulls", node.nullCount(), node.length());
    }
    for (int i = 0; i < buffers; i++) {
      Buffer buffer = batch.buffers(i);
      range("bytes before a buffer", buffer.offset(), body);
      range("bytes of a buffer", buffer.length(), body - buffer.offset());
    }
  }

  private static void range(String what, long value, long most) {
    if (value < 0 || value > most) {
      throw invalid("a batch with " + value + " " + what + " (expected 0 to " + most + ")");
    }
  }
}
