package io.proximadb.io.hadoop;

import io.proximadb.io.Abortable;
import java.io.IOException;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.iceberg.io.PositionOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a file that appears, whole, when it is closed. One whose writing failed is given up: a
 * stream that was closed the usual way would make a file of what it got so far.
 */
final class ObjectOutputStream extends PositionOutputStream implements Abortable {
  private static final Logger LOG = LoggerFactory.getLogger(ObjectOutputStream.class);
  private static final String CAN_ABORT = "fs.capability.outputstream.abortable";

  private final FileSystem fileSystem;
  private final Path file;
  private final FSDataOutputStream stream;
  private long position;
  private boolean failed;
  private boolean closed;

  ObjectOutputStream(FileSystem fileSystem, Path file, FSDataOutputStream stream) {
    this.fileSystem = fileSystem;
    this.file = file;
    this.stream = stream;
  }

  @Override
  public long getPos() {
    return position;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (closed) {
      throw new IOException("Cannot write file " + file + ": the stream is closed");
    }
    boolean done = false;
    try {
      stream.write(bytes, offset, length);
      position += length;
      done = true;
    } finally {
      failed |= !done;
    }
  }

  /** Does nothing: a store has no half files that could be shown or made safe. */
  @Override
  public void flush() {}

  @Override
  public void abort() {
    failed |= !closed;
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    if (failed) {
      giveUp();
      return;
    }
    boolean done = false;
    try {
      if (stream.hasCapability("hsync") && !stream.hasCapability(CAN_ABORT)) {
        stream.hsync();
      }
      stream.close();
      done = true;
    } finally {
      if (!done) {
        giveUp();
      }
    }
  }

  private void giveUp() {
    try {
      if (stream.hasCapability(CAN_ABORT)) {
        stream.abort();
      } else {
        // File systems that show a file while it is written.
        stream.close();
        fileSystem.delete(file, false);
      }
    } catch (IOException | RuntimeException e) {
      LOG.info("Cannot give up file {}, which no commit names: {}", file, e.toString());
    }
  }
}
