package io.proximadb.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Writes little-endian arrays and their CRC-32C. Not safe for use by several threads. */
public final class ChecksummedOutput {
  /** Bytes that are brought to their order at a time. */
  private static final int CHUNK_BYTES = 64 * 1_024;

  private final OutputStream out;
  private final CRC32C checksum = new CRC32C();
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  public ChecksummedOutput(OutputStream out) {
    this.out = out;
  }

  public void bytes(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    checksum.update(bytes, offset, length);
  }

  /** The first so many floats. */
  public void floats(float[] values, int count) throws IOException {
    for (int done = 0; done < count; ) {
      int n = Math.min(count - done, CHUNK_BYTES / Float.BYTES);
      chunk.clear().asFloatBuffer().put(values, done, n);
      bytes(chunk.array(), 0, n * Float.BYTES);
      done += n;
    }
  }

  /** The CRC-32C of all bytes so far, and an end mark, which do not count. */
  public void footer(byte[] endMark) throws IOException {
    chunk.clear().putInt((int) checksum.getValue()).put(endMark);
    out.write(chunk.array(), 0, chunk.position());
  }
}
