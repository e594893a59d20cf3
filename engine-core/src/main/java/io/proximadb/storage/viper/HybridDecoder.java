package io.proximadb.storage.viper;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Decodes Parquet's hybrid of run lengths and bit packing. */
final class HybridDecoder {
  private HybridDecoder() {}

  /** Decodes {@code count} numbers of the given width from the buffer's position on. */
  static int[] decode(ByteBuffer in, int bitWidth, int count) {
    int[] out = new int[count];
    if (bitWidth == 0) {
      return out;
    }
    int valueBytes = (bitWidth + 7) >>> 3;
    int at = 0;
    while (at < count) {
      int header = varint(in);
      if ((header & 1) == 0) {
        int run = Math.min(header >>> 1, count - at);
        Arrays.fill(out, at, at + run, littleEndian(in, valueBytes));
        at += run;
      } else {
        at = unpack(in, bitWidth, header >>> 1, out, at);
      }
    }
    return out;
  }

  private static int varint(ByteBuffer in) {
    int value = 0;
    int shift = 0;
    byte next;
    do {
      next = in.get();
      value |= (next & 0x7f) << shift;
      shift += 7;
    } while (next < 0);
    return value;
  }

  private static int littleEndian(ByteBuffer in, int bytes) {
    int value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (in.get() & 0xff) << (8 * i);
    }
    return value;
  }

  /** Groups of eight numbers, lowest bits first; the last group may be longer than what is left. */
  private static int unpack(ByteBuffer in, int bitWidth, int groups, int[] out, int start) {
    int end = (int) Math.min(out.length, start + 8L * groups);
    int bytes = groups * bitWidth;
    int limit = in.position() + bytes;
    long mask = (1L << bitWidth) - 1;
    long bits = 0;
    int available = 0;
    for (int i = start; i < end; i++) {
      while (available < bitWidth) {
        bits |= (in.get() & 0xffL) << available;
        available += Byte.SIZE;
      }
      out[i] = (int) (bits & mask);
      bits >>>= bitWidth;
      available -= bitWidth;
    }
    in.position(limit);
    return end;
  }
}
