package io.proximadb.wal;

import io.proximadb.error.ResourceExhaustedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Avro's binary encoding into a growing array.
 *
 * <p>Avro's own encoder takes bytes only; this one copies floats straight to their place, which is
 * most of what a log of vectors does. Not safe for use by several threads.
 */
final class AvroOutput {
  private static final int MAX_VARINT_BYTES = 10;

  private final int maxBytes;
  private byte[] bytes;
  private int size;

  /**
   * Makes an empty output.
   *
   * @param expectedBytes the size it begins with: growing copies all that is there
   * @param maxBytes where it refuses to grow
   */
  AvroOutput(long expectedBytes, int maxBytes) {
    this.maxBytes = maxBytes;
    this.bytes = new byte[(int) Math.min(expectedBytes, maxBytes)];
  }

  /** The array written to; only the first {@link #size()} bytes count. */
  byte[] array() {
    return bytes;
  }

  int size() {
    return size;
  }

  void writeBoolean(boolean value) {
    ensure(1);
    bytes[size++] = (byte) (value ? 1 : 0);
  }

  /** An int or a long, which Avro encodes alike: zigzag, seven bits a byte. */
  void writeLong(long value) {
    ensure(MAX_VARINT_BYTES);
    long rest = (value << 1) ^ (value >> 63);
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) ((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  void writeFloat(float value) {
    ensure(Float.BYTES);
    littleEndian(Float.BYTES).putFloat(value);
    size += Float.BYTES;
  }

  void writeDouble(double value) {
    ensure(Double.BYTES);
    littleEndian(Double.BYTES).putDouble(value);
    size += Double.BYTES;
  }

  void writeString(String value) {
    writeBytes(value.getBytes(StandardCharsets.UTF_8));
  }

  void writeBytes(byte[] value) {
    writeLong(value.length);
    ensure(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  /** Floats as Avro bytes, little-endian. */
  void writeFloats(float[] values) {
    long length = (long) values.length * Float.BYTES;
    writeLong(length);
    ensure(length);
    littleEndian((int) length).asFloatBuffer().put(values);
    size += (int) length;
  }

  /** Sixteen bytes of a UUID, most significant first, as an Avro fixed. */
  void writeUuid(long mostSignificant, long leastSignificant) {
    ensure(2 * Long.BYTES);
    ByteBuffer.wrap(bytes, size, 2 * Long.BYTES).putLong(mostSignificant).putLong(leastSignificant);
    size += 2 * Long.BYTES;
  }

  /** The start of an array's only block; nothing follows for none. */
  void startItems(int count) {
    if (count > 0) {
      writeLong(count);
    }
  }

  void endItems() {
    ensure(1);
    bytes[size++] = 0;
  }

  private ByteBuffer littleEndian(int length) {
    return ByteBuffer.wrap(bytes, size, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void ensure(long more) {
    long needed = size + more;
    if (needed <= bytes.length) {
      return;
    }
    if (needed > maxBytes + (long) MAX_VARINT_BYTES) {
      throw new ResourceExhaustedException(
          "Cannot append to the log: the records of one write take more than its limit allows"
              + " (limit="
              + maxBytes
              + " bytes, name=MAX_UNIT_BYTES)");
    }
    bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(2L * bytes.length, maxBytes)));
  }
}
