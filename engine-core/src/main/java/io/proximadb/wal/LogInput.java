package io.proximadb.wal;

import java.io.Closeable;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A window over a segment's bytes that moves forward: memory stays at the size of the largest frame
 * whatever the segment's.
 *
 * <p>Not safe for use by several threads.
 */
final class LogInput implements Closeable {
  /** Bytes read at once at least: large enough for a disk to be busy, small against the heap. */
  private static final int READ_BYTES = 1 << 20;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final @Nullable SeekableByteChannel channel;
  private final long size;
  private byte[] window;
  private long start;
  private int filled;

  LogInput(Path file, SeekableByteChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.size = channel.size();
    this.window = new byte[(int) Math.min(size, READ_BYTES)];
  }

  /** A file whose bytes are in memory, all in the window. */
  LogInput(Path file, byte[] bytes) {
    this.file = file;
    this.channel = null;
    this.size = bytes.length;
    this.window = bytes;
    this.filled = bytes.length;
  }

  Path file() {
    return file;
  }

  /** Size of the file when it was opened. */
  long size() {
    return size;
  }

  /**
   * Makes bytes of the file available; those before may leave the window.
   *
   * @return false if the file ends before they do
   */
  boolean load(long offset, long length) throws IOException {
    if (offset + length > size) {
      return false;
    }
    if (offset >= start && offset + length <= start + filled) {
      return true;
    }
    if (channel == null) {
      throw new IllegalStateException("Bytes in memory are all loaded");
    }
    int wanted = (int) Math.min(Math.max(length, READ_BYTES), size - offset);
    byte[] target = window.length >= wanted ? window : new byte[wanted];
    int kept = 0;
    if (offset >= start && offset < start + filled) {
      int from = (int) (offset - start);
      kept = filled - from;
      System.arraycopy(window, from, target, 0, kept);
    }
    window = target;
    start = offset;
    filled = kept;
    channel.position(offset + kept);
    while (filled < wanted) {
      int chunk = Math.min(wanted - filled, READ_BYTES);
      int count = channel.read(ByteBuffer.wrap(window, filled, chunk));
      if (count < 0) {
        throw new IOException(
            "File got shorter while it was read (file=" + file + ", size=" + size + ")");
      }
      filled += count;
    }
    return true;
  }

  /** The window's array, for bulk use of loaded bytes. */
  byte[] window() {
    return window;
  }

  /** Where a loaded byte of the file stands in {@link #window()}. */
  int indexOf(long offset) {
    assert offset >= start && offset <= start + filled : offset;
    return (int) (offset - start);
  }

  byte byteAt(long offset) {
    return window[indexOf(offset)];
  }

  int intAt(long offset) {
    return (int) INT.get(window, indexOf(offset));
  }

  long longAt(long offset) {
    return (long) LONG.get(window, indexOf(offset));
  }

  /** A copy of loaded bytes. */
  byte[] copy(long offset, int length) {
    int index = indexOf(offset);
    return Arrays.copyOfRange(window, index, index + length);
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
