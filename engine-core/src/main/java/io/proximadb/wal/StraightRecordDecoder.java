package io.proximadb.wal;

import io.proximadb.model.Row;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reads records written with our own schema, field by field, without the generic objects that Avro
 * would make in between.
 */
final class StraightRecordDecoder implements RecordDecoder {
  private final byte[] uuid = new byte[2 * Long.BYTES];
  private @Nullable BinaryDecoder reused;
  private @Nullable ByteBuffer vectorBytes;
  private UUID lastTable = new UUID(0, 0);

  @Override
  public void start(byte[] bytes, int offset, int length) {
    reused = DecoderFactory.get().binaryDecoder(bytes, offset, length, reused);
  }

  @Override
  public boolean atEnd() throws IOException {
    return in().isEnd();
  }

  @Override
  public WalRecord next(long sequence) throws IOException {
    BinaryDecoder in = in();
    UUID table = readUuid(in);
    long epoch = in.readLong();
    WalRecord.Operation operation = WalSchemas.operation(in.readEnum());
    String id = in.readString();
    long version = in.readLong();
    long updatedAt = in.readLong();
    long expiresAt = in.readIndex() == WalSchemas.NULL ? Row.NO_EXPIRY : in.readLong();
    return new WalRecord(
        sequence,
        table,
        epoch,
        operation,
        id,
        version,
        updatedAt,
        expiresAt,
        readVectors(in),
        readMetadata(in),
        in.readIndex() == WalSchemas.NULL ? 0 : in.readLong());
  }

  private BinaryDecoder in() {
    if (reused == null) {
      throw new IllegalStateException("No payload was started");
    }
    return reused;
  }

  private UUID readUuid(BinaryDecoder in) throws IOException {
    in.readFixed(uuid);
    ByteBuffer bytes = ByteBuffer.wrap(uuid);
    long most = bytes.getLong();
    long least = bytes.getLong();
    if (lastTable.getMostSignificantBits() != most
        || lastTable.getLeastSignificantBits() != least) {
      lastTable = new UUID(most, least);
    }
    return lastTable;
  }

  private Map<Integer, float[]> readVectors(BinaryDecoder in) throws IOException {
    long count = in.readArrayStart();
    if (count == 0) {
      return Map.of();
    }
    Map<Integer, float[]> vectors = new LinkedHashMap<>();
    for (; count != 0; count = in.arrayNext()) {
      for (long i = 0; i < count; i++) {
        int field = in.readInt();
        vectorBytes = in.readBytes(vectorBytes);
        vectors.put(field, RecordValues.floats(vectorBytes));
      }
    }
    return Collections.unmodifiableMap(vectors);
  }

  private Map<Integer, @Nullable Object> readMetadata(BinaryDecoder in) throws IOException {
    long count = in.readArrayStart();
    if (count == 0) {
      return Map.of();
    }
    Map<Integer, @Nullable Object> metadata = new LinkedHashMap<>();
    for (; count != 0; count = in.arrayNext()) {
      for (long i = 0; i < count; i++) {
        int field = in.readInt();
        metadata.put(field, readValue(in, 0));
      }
    }
    return Collections.unmodifiableMap(metadata);
  }

  private static @Nullable Object readValue(BinaryDecoder in, int depth) throws IOException {
    RecordValues.checkDepth(depth);
    int branch = in.readIndex();
    return switch (branch) {
      case WalSchemas.NULL -> null;
      case WalSchemas.BOOLEAN -> in.readBoolean();
      case WalSchemas.INT -> in.readInt();
      case WalSchemas.LONG -> in.readLong();
      case WalSchemas.FLOAT -> in.readFloat();
      case WalSchemas.DOUBLE -> in.readDouble();
      case WalSchemas.STRING -> in.readString();
      case WalSchemas.BYTES -> RecordValues.bytes(in.readBytes(null));
      case WalSchemas.DATE -> LocalDate.ofEpochDay(in.readInt());
      case WalSchemas.TIMESTAMP -> RecordValues.instant(in.readLong());
      case WalSchemas.LIST -> readList(in, depth);
      case WalSchemas.STRUCT -> readStruct(in, depth);
      default -> throw new AvroRuntimeException("Unknown kind of value " + branch);
    };
  }

  private static List<@Nullable Object> readList(BinaryDecoder in, int depth) throws IOException {
    List<@Nullable Object> items = new ArrayList<>();
    for (long count = in.readArrayStart(); count != 0; count = in.arrayNext()) {
      for (long i = 0; i < count; i++) {
        items.add(readValue(in, depth + 1));
      }
    }
    return items;
  }

  private static Map<String, @Nullable Object> readStruct(BinaryDecoder in, int depth)
      throws IOException {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (long count = in.readArrayStart(); count != 0; count = in.arrayNext()) {
      for (long i = 0; i < count; i++) {
        String name = in.readString();
        fields.put(name, readValue(in, depth + 1));
      }
    }
    return fields;
  }
}
