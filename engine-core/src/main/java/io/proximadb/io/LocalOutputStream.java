package io.proximadb.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.iceberg.io.PositionOutputStream;

/**
 * Writes a file that is durable, and has its final name, once it is closed. A stream whose writing
 * failed leaves no file under a name other than the one it was created with.
 */
final class LocalOutputStream extends PositionOutputStream {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final Disk disk;
  private final Path written;
  private final Path target;
  private final Disk.Output output;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private long flushed;
  private boolean failed;
  private boolean closed;

  /** Writes at {@code written}, which must not exist, and moves to {@code target} at the end. */
  LocalOutputStream(Disk disk, Path written, Path target) throws IOException {
    this.disk = disk;
    this.written = written;
    this.target = target;
    this.output = disk.create(written);
  }

  @Override
  public long getPos() {
    return flushed + buffer.position();
  }

  @Override
  public void write(int b) throws IOException {
    if (!buffer.hasRemaining()) {
      flush();
    }
    buffer.put((byte) b);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (length > buffer.remaining()) {
      flush();
    }
    if (length > buffer.remaining()) {
      put(ByteBuffer.wrap(bytes, offset, length));
    } else {
      buffer.put(bytes, offset, length);
    }
  }

  /** Hands the bytes to the system; only {@link #close()} makes them durable. */
  @Override
  public void flush() throws IOException {
    if (closed) {
      throw new IOException("Cannot write file " + target + ": the stream is closed");
    }
    buffer.flip();
    put(buffer);
    buffer.clear();
  }

  private void put(ByteBuffer bytes) throws IOException {
    int length = bytes.remaining();
    boolean done = false;
    try {
      output.write(bytes);
      flushed += length;
      done = true;
    } finally {
      failed |= !done;
    }
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    try (output) {
      if (!failed) {
        flush();
        output.sync();
      }
    } finally {
      closed = true;
    }
    if (failed) {
      if (!written.equals(target)) {
        disk.delete(written);
      }
      return;
    }
    if (!written.equals(target)) {
      disk.move(written, target);
    }
    disk.syncDirectory(LocalFileIO.folderOf(target));
  }
}
