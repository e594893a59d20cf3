package io.proximadb.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/** Reads a file of a {@link FaultyDisk}: fails, or gives less than was asked for. */
final class FaultyChannel implements SeekableByteChannel {
  private final FaultyDisk disk;
  private final SeekableByteChannel target;

  FaultyChannel(FaultyDisk disk, SeekableByteChannel target) {
    this.disk = disk;
    this.target = target;
  }

  @Override
  public int read(ByteBuffer bytes) throws IOException {
    int allowed = disk.beforeRead(bytes.remaining());
    int limit = bytes.limit();
    bytes.limit(bytes.position() + allowed);
    try {
      return target.read(bytes);
    } finally {
      bytes.limit(limit);
    }
  }

  @Override
  public int write(ByteBuffer bytes) throws IOException {
    return target.write(bytes);
  }

  @Override
  public long position() throws IOException {
    return target.position();
  }

  @Override
  public SeekableByteChannel position(long position) throws IOException {
    target.position(position);
    return this;
  }

  @Override
  public long size() throws IOException {
    return target.size();
  }

  @Override
  public SeekableByteChannel truncate(long size) throws IOException {
    target.truncate(size);
    return this;
  }

  @Override
  public boolean isOpen() {
    return target.isOpen();
  }

  @Override
  public void close() throws IOException {
    target.close();
  }
}
