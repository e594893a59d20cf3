package io.proximadb.wal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import org.apache.avro.AvroRuntimeException;

/** From the log's form of values to Java's, for both decoders. */
final class RecordValues {
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long NANOS_PER_MICRO = 1_000;

  private RecordValues() {}

  static float[] floats(ByteBuffer bytes) {
    if (bytes.remaining() % Float.BYTES != 0) {
      throw new AvroRuntimeException(
          "A vector of " + bytes.remaining() + " bytes, which is no number of floats");
    }
    float[] floats = new float[bytes.remaining() / Float.BYTES];
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
    return floats;
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, MICROS_PER_SECOND),
        Math.floorMod(micros, MICROS_PER_SECOND) * NANOS_PER_MICRO);
  }

  static void checkDepth(int depth) {
    if (depth > WalSchemas.MAX_VALUE_DEPTH) {
      throw new AvroRuntimeException(
          "Values nested deeper than " + WalSchemas.MAX_VALUE_DEPTH + " levels");
    }
  }
}
