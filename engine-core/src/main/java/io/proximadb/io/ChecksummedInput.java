package io.proximadb.io;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Reads what {@link ChecksummedOutput} wrote. Not safe for use by several threads. */
public final class ChecksummedInput {
  /** Bytes that are brought to their order at a time. */
  private static final int CHUNK_BYTES = 64 * 1_024;

  private final InputStream in;
  private final CRC32C checksum = new CRC32C();
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long offset;

  public ChecksummedInput(InputStream in) {
    this.in = in;
  }

  /** Bytes read so far. */
  public long offset() {
    return offset;
  }

  /**
   * Fills a part of an array.
   *
   * @throws EOFException if there are not as many bytes
   */
  public void bytes(byte[] target, int at, int count) throws IOException {
    int read = in.readNBytes(target, at, count);
    offset += read;
    if (read < count) {
      throw new EOFException("It ends after " + offset + " bytes");
    }
    checksum.update(target, at, count);
  }

  /** Fills the start of an array. */
  public void floats(float[] target, int count) throws IOException {
    for (int done = 0; done < count; ) {
      int n = Math.min(count - done, CHUNK_BYTES / Float.BYTES);
      bytes(chunk.array(), 0, n * Float.BYTES);
      chunk.clear().asFloatBuffer().get(target, done, n);
      done += n;
    }
  }

  /** True if what follows, and ends the input, is the checksum of all so far and the end mark. */
  public boolean isFooter(byte[] endMark) throws IOException {
    byte[] expected = new byte[Integer.BYTES + endMark.length];
    ByteBuffer.wrap(expected)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt((int) checksum.getValue())
        .put(endMark);
    return Arrays.equals(in.readNBytes(expected.length + 1), expected);
  }
}
