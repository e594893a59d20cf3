package io.proximadb.gateway;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.proximadb.proto.v1.GetTicket;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.proto.v1.Ticket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageMetadataResult;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.MetadataVersion;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Messages of Flight's protocol as bytes, made by hand where a client of it would not send them so:
 * {@code Ticket} and {@code Action} have their bytes and texts in fields 1 and 2, {@code
 * FlightDescriptor} a type, a command and a path in 1 to 3, {@code FlightData} a descriptor, a
 * header and a body in 1, 2 and 1000.
 */
final class FlightBytes {
  private static final int FLIGHT_DATA_BODY = 1000;
  private static final int COMMAND = 2;

  /** None, schema, dictionary, batch, tensor. */
  private static final int HEADER_TYPES = 4;

  private static final List<byte[]> BATCH = batch();

  private static final List<byte[]> QUERIES = queries();

  private FlightBytes() {}

  /** True if bytes are the message of Flight's protocol that a method begins with. */
  static boolean isMessage(String method, byte[] bytes) {
    try {
      switch (method) {
        case "DoGet" -> Flight.Ticket.parseFrom(bytes);
        case "DoAction" -> Flight.Action.parseFrom(bytes);
        case "ListFlights" -> Flight.Criteria.parseFrom(bytes);
        case "DoPut", "DoExchange" -> Flight.FlightData.parseFrom(bytes);
        default -> Flight.FlightDescriptor.parseFrom(bytes);
      }
      return true;
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  static byte[] ticket(Mutations mutations) throws IOException {
    Ticket.Builder ticket = Ticket.newBuilder();
    switch (mutations.below(3)) {
      case 0 ->
          ticket.setSearch(
              SearchTicket.newBuilder()
                  .setCollection("library.docs")
                  .addAllVector(List.of(1f, 0f, 0f))
                  .setK(3)
                  .setFilterJson(mutations.json("{\"year\": {\"$gt\": 1700}}")));
      case 1 ->
          ticket.setScan(
              ScanTicket.newBuilder()
                  .setCollection("library.docs")
                  .setBatchRows(mutations.below(100))
                  .addColumns("title"));
      default ->
          ticket.setGet(
              GetTicket.newBuilder().setCollection("library.docs").addIds("a").addIds("b"));
    }
    byte[] inner = ticket.build().toByteArray();
    return message(1, mutations.onceIn(4) ? inner : mutations.bytes(inner));
  }

  static byte[] action(Mutations mutations, String name, byte[] body) throws IOException {
    byte[] type = name.getBytes(StandardCharsets.UTF_8);
    return message(
        1, mutations.onceIn(10) ? mutations.bytes(type) : type, COMMAND, mutations.bytes(body));
  }

  static byte[] descriptor(Mutations mutations) throws IOException {
    byte[] valid =
        mutations.onceIn(2)
            ? descriptor(mutations.bytes(ticket(mutations)))
            : new byte[] {
              8, 1, 26, 7, 'l', 'i', 'b', 'r', 'a', 'r', 'y', 26, 4, 'd', 'o', 'c', 's'
            };
    return mutations.onceIn(2) ? valid : mutations.bytes(valid);
  }

  private static byte[] descriptor(byte[] command) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeEnum(1, COMMAND);
    out.writeByteArray(COMMAND, command);
    out.flush();
    return bytes.toByteArray();
  }

  private static byte[] message(int field, byte[] value, Object... more) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeByteArray(field, value);
    for (int i = 0; i < more.length; i += 2) {
      out.writeByteArray((Integer) more[i], (byte[]) more[i + 1]);
    }
    out.flush();
    return bytes.toByteArray();
  }

  /** A put stream: the schema, then batches, of which something is wrong. */
  static byte[][] put(Mutations mutations, byte[] command) throws IOException {
    return stream(mutations, mutations.onceIn(8) ? mutations.bytes(command) : command, BATCH);
  }

  /** A stream of queries: the schema, then batches, of which something is wrong. */
  static byte[][] exchange(Mutations mutations) throws IOException {
    SearchTicket.Builder search =
        SearchTicket.newBuilder()
            .setCollection("library.docs")
            .setK(mutations.onceIn(8) ? -1 : 3)
            .setRecall(mutations.onceIn(8) ? 7 : 0.9);
    if (mutations.onceIn(8)) {
      search.setQueries(ByteString.copyFrom(mutations.bytes(new byte[12])));
    }
    byte[] command = Ticket.newBuilder().setSearch(search).build().toByteArray();
    return stream(
        mutations,
        mutations.onceIn(8) ? mutations.bytes(command) : command,
        mutations.onceIn(8) ? BATCH : QUERIES);
  }

  private static byte[][] stream(Mutations mutations, byte[] command, List<byte[]> batch)
      throws IOException {
    List<byte[]> messages = new ArrayList<>();
    byte[] schema = mutations.onceIn(4) ? header(mutations, batch.get(0)) : batch.get(0);
    messages.add(message(1, descriptor(command), COMMAND, schema));
    int batches = mutations.below(3);
    for (int i = 0; i <= batches; i++) {
      byte[] header = mutations.onceIn(2) ? batch.get(1) : header(mutations, batch.get(1));
      byte[] body = mutations.onceIn(2) ? batch.get(2) : mutations.bytes(batch.get(2));
      messages.add(message(COMMAND, header, FLIGHT_DATA_BODY, body));
    }
    return messages.toArray(byte[][]::new);
  }

  /**
   * A header that is nearly that one, and says at least of which kind it is. Where it does not,
   * Arrow itself throws while it takes the bytes from the connection, and leaks the body that came
   * with them, before anything of this server's is called.
   */
  private static byte[] header(Mutations mutations, byte[] valid) {
    while (true) {
      byte[] header = mutations.bytes(valid);
      try {
        MessageMetadataResult message =
            MessageMetadataResult.create(ByteBuffer.wrap(header), header.length);
        MetadataVersion.fromFlatbufID(message.getMessage().version());
        if (message.headerType() >= 0 && message.headerType() <= HEADER_TYPES) {
          return header;
        }
      } catch (RuntimeException e) {
        // Another one.
      }
    }
  }

  /** The header of a schema, the header of a batch, its body. */
  private static List<byte[]> batch() {
    Schema schema =
        new Schema(
            List.of(
                Field.notNullable("id", ArrowType.Utf8.INSTANCE),
                new Field(
                    "vector",
                    FieldType.notNullable(new ArrowType.FixedSizeList(3)),
                    List.of(
                        Field.notNullable(
                            "item", new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)))),
                Field.nullable("title", ArrowType.Utf8.INSTANCE),
                Field.nullable("year", new ArrowType.Int(32, true)),
                Field.nullable("isbn", new ArrowType.Int(64, true))));
    try (BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
      root.allocateNew();
      int rows = 5;
      FixedSizeListVector vector = (FixedSizeListVector) root.getVector("vector");
      for (int row = 0; row < rows; row++) {
        byte[] id = ("flown-" + row).getBytes(StandardCharsets.UTF_8);
        ((VarCharVector) root.getVector("id")).setSafe(row, id);
        ((VarCharVector) root.getVector("title")).setSafe(row, id);
        ((IntVector) root.getVector("year")).setSafe(row, 1700 + row);
        ((BigIntVector) root.getVector("isbn")).setSafe(row, row);
        vector.setNotNull(row);
        for (int i = 0; i < 3; i++) {
          ((Float4Vector) vector.getDataVector()).setSafe(row * 3 + i, 1 + i + row);
        }
      }
      root.setRowCount(rows);
      return parts(root);
    }
  }

  /** Five queries for the field "vector". */
  private static List<byte[]> queries() {
    Schema schema =
        new Schema(
            List.of(
                new Field(
                    "query",
                    FieldType.notNullable(new ArrowType.FixedSizeList(3)),
                    List.of(
                        Field.notNullable(
                            "item", new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE))))));
    try (BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
      root.allocateNew();
      int rows = 5;
      FixedSizeListVector query = (FixedSizeListVector) root.getVector("query");
      for (int row = 0; row < rows; row++) {
        query.setNotNull(row);
        for (int i = 0; i < 3; i++) {
          ((Float4Vector) query.getDataVector()).setSafe(row * 3 + i, 1 + i * row);
        }
      }
      root.setRowCount(rows);
      return parts(root);
    }
  }

  private static List<byte[]> parts(VectorSchemaRoot root) {
    try {
      ByteArrayOutputStream schemaBytes = new ByteArrayOutputStream();
      MessageSerializer.serialize(
          new WriteChannel(Channels.newChannel(schemaBytes)), root.getSchema());
      ByteArrayOutputStream batchBytes = new ByteArrayOutputStream();
      try (ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch()) {
        MessageSerializer.serialize(new WriteChannel(Channels.newChannel(batchBytes)), batch);
      }
      byte[] header = header(schemaBytes.toByteArray());
      byte[] batchHeader = header(batchBytes.toByteArray());
      int prefix = 8;
      ByteString body =
          ByteString.copyFrom(batchBytes.toByteArray()).substring(prefix + batchHeader.length);
      return List.of(header, batchHeader, body.toByteArray());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The flatbuffer behind the marker and the length that a stream has before it. */
  private static byte[] header(byte[] message) {
    int length = ByteBuffer.wrap(message, 4, 4).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt();
    byte[] header = new byte[length];
    System.arraycopy(message, 8, header, 0, length);
    return header;
  }
}
