package io.proximadb.storage.viper;

import io.proximadb.error.CorruptFileException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.format.Encoding;

/** How the floats of a vector page are stored; all are encodings of Parquet's standard. */
enum VectorEncoding {
  /** As they are: profile {@code hot}, served from a memory map. */
  PLAIN(Encoding.PLAIN, false),

  /** As they are, compressed: the smallest where most components are zero. */
  COMPRESSED(Encoding.PLAIN, true),

  /** The first bytes of all floats, then the second ones and so on, compressed. */
  SPLIT(Encoding.BYTE_STREAM_SPLIT, true);

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final Encoding encoding;
  private final boolean compressed;

  VectorEncoding(Encoding encoding, boolean compressed) {
    this.encoding = encoding;
    this.compressed = compressed;
  }

  Encoding encoding() {
    return encoding;
  }

  boolean isCompressed() {
    return compressed;
  }

  /** Little-endian floats as they are before compression; the array itself unless it changes. */
  byte[] encode(byte[] floats) {
    if (this != SPLIT) {
      return floats;
    }
    int count = floats.length / Float.BYTES;
    byte[] split = new byte[floats.length];
    for (int i = 0; i < count; i++) {
      int bits = (int) INTS.get(floats, Float.BYTES * i);
      split[i] = (byte) bits;
      split[count + i] = (byte) (bits >>> 8);
      split[2 * count + i] = (byte) (bits >>> 16);
      split[3 * count + i] = (byte) (bits >>> 24);
    }
    return split;
  }

  /**
   * The floats of a page after decompression, little-endian.
   *
   * @throws CorruptFileException if vectors are not encoded so
   */
  static ByteBuffer decode(Page page, String location) {
    if (page.encoding() == Encoding.PLAIN) {
      return page.openData();
    }
    int bytes = page.data().remaining();
    if (page.encoding() != Encoding.BYTE_STREAM_SPLIT || bytes % Float.BYTES != 0) {
      throw new CorruptFileException(
          "Cannot read file "
              + location
              + ": a vector page of "
              + bytes
              + " bytes in encoding "
              + page.encoding()
              + " (expected floats, PLAIN or BYTE_STREAM_SPLIT)");
    }
    byte[] split = new byte[bytes];
    page.openData().get(split);
    int count = bytes / Float.BYTES;
    byte[] floats = new byte[bytes];
    for (int i = 0; i < count; i++) {
      int bits =
          (split[i] & 0xff)
              | (split[count + i] & 0xff) << 8
              | (split[2 * count + i] & 0xff) << 16
              | (split[3 * count + i] & 0xff) << 24;
      INTS.set(floats, Float.BYTES * i, bits);
    }
    return ByteBuffer.wrap(floats).order(ByteOrder.LITTLE_ENDIAN);
  }
}
