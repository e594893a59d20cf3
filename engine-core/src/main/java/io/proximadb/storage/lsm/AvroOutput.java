package io.proximadb.storage.lsm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Bytes in Avro's binary encoding, growing as they are written. */
final class AvroOutput {
  private static final int INITIAL_BYTES = 1_024;
  private static final int MAX_VARINT_BYTES = 10;

  private byte[] bytes = new byte[INITIAL_BYTES];
  private ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  private int size;

  int size() {
    return size;
  }

  /** The array that holds the bytes so far, and room behind them. */
  byte[] array() {
    return bytes;
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  void clear() {
    size = 0;
  }

  private void reserve(int more) {
    int needed = Math.addExact(size, more);
    if (needed > bytes.length) {
      int doubled = (int) Math.min(Integer.MAX_VALUE - 8L, 2L * bytes.length);
      bytes = Arrays.copyOf(bytes, Math.max(needed, doubled));
      view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  void writeByte(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
  }

  /** An int or a long: zigzag, then seven bits a byte. */
  void writeLong(long value) {
    reserve(MAX_VARINT_BYTES);
    long rest = value << 1 ^ value >> 63;
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  /** How many bytes {@link #writeLong} takes. */
  static int longBytes(long value) {
    long zigzag = value << 1 ^ value >> 63;
    return Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(zigzag) + 6) / 7);
  }

  void writeFixedInt(int value) {
    reserve(Integer.BYTES);
    view.putInt(size, value);
    size += Integer.BYTES;
  }

  void writeFixedLong(long value) {
    reserve(Long.BYTES);
    view.putLong(size, value);
    size += Long.BYTES;
  }

  void writeFloats(float[] values) {
    reserve(Math.multiplyExact(values.length, Float.BYTES));
    view.position(size).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    view.clear();
    size += values.length * Float.BYTES;
  }

  void writeRaw(byte[] raw) {
    writeRaw(raw, 0, raw.length);
  }

  void writeRaw(byte[] raw, int from, int length) {
    reserve(length);
    System.arraycopy(raw, from, bytes, size, length);
    size += length;
  }

  /** Length and content. */
  void writeBytes(byte[] content) {
    writeLong(content.length);
    writeRaw(content);
  }
}
