package io.proximadb.storage.lsm;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A verified block: its records, and where each starts.
 *
 * @param firstRow position of its first row in the file
 * @param bytes its records, little-endian
 * @param starts where each record starts in them, and at the end their size
 */
@SuppressWarnings("ArrayRecordComponent")
record RunBlock(int firstRow, ByteBuffer bytes, int[] starts) {
  int rows() {
    return starts.length - 1;
  }

  /** A cursor at the start of a record. */
  AvroInput record(int row) {
    return new AvroInput(bytes, starts[row]);
  }

  byte[] idBytes(int row) {
    // The id is the first field, and required.
    return record(row).readBytes();
  }

  String id(int row) {
    return new String(idBytes(row), StandardCharsets.UTF_8);
  }

  /** Compares a row's id with another, by their bytes. */
  int compare(int row, byte[] id) {
    AvroInput record = record(row);
    int length = record.readLength();
    return compare(bytes, record.position(), length, id);
  }

  /** The first row whose id is not below this one; {@link #rows()} if there is none. */
  int lowerBound(byte[] id) {
    int low = 0;
    int high = rows();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(middle, id) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Where the floats of a vector start, given their distance from the record's end. */
  int fromEnd(int row, int distance) {
    return starts[row + 1] - distance;
  }

  /** Heap bytes of a block that is not mapped. */
  int weight() {
    return bytes.limit() + starts.length * Integer.BYTES;
  }

  /** Compares bytes of a buffer with others as unsigned bytes. */
  static int compare(ByteBuffer bytes, int from, int length, byte[] other) {
    int common = Math.min(length, other.length);
    for (int i = 0; i < common; i++) {
      int difference = (bytes.get(from + i) & 0xFF) - (other[i] & 0xFF);
      if (difference != 0) {
        return difference;
      }
    }
    return length - other.length;
  }
}
