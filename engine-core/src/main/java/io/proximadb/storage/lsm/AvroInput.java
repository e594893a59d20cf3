package io.proximadb.storage.lsm;

import java.nio.ByteBuffer;

/**
 * Reads Avro's binary encoding from a buffer, whose own position stays as it is. What is not
 * encoded well ends in an {@link IndexOutOfBoundsException}.
 */
final class AvroInput {
  private final ByteBuffer bytes;
  private int at;

  AvroInput(ByteBuffer bytes, int at) {
    this.bytes = bytes;
    this.at = at;
  }

  int position() {
    return at;
  }

  void seek(int position) {
    at = position;
  }

  boolean readBoolean() {
    return bytes.get(at++) != 0;
  }

  long readLong() {
    long result = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = bytes.get(at++);
      result |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return result >>> 1 ^ -(result & 1);
      }
    }
    throw new IndexOutOfBoundsException("A number that does not end at " + at);
  }

  /** A length or a count, which must fit what is left. */
  int readLength() {
    long length = readLong();
    if (length < 0 || length > bytes.limit() - at) {
      throw new IndexOutOfBoundsException("A length of " + length + " at " + at);
    }
    return (int) length;
  }

  float readFloat() {
    float value = bytes.getFloat(at);
    at += Float.BYTES;
    return value;
  }

  double readDouble() {
    double value = bytes.getDouble(at);
    at += Double.BYTES;
    return value;
  }

  int readFixedInt() {
    int value = bytes.getInt(at);
    at += Integer.BYTES;
    return value;
  }

  byte[] readBytes() {
    byte[] content = new byte[readLength()];
    readRaw(content, 0, content.length);
    return content;
  }

  void readRaw(byte[] target, int offset, int length) {
    bytes.get(at, target, offset, length);
    at += length;
  }

  void skip(int count) {
    if (count < 0 || count > bytes.limit() - at) {
      throw new IndexOutOfBoundsException("Nothing at " + at + " + " + count);
    }
    at += count;
  }
}
