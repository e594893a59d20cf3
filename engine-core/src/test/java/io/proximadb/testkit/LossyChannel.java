package io.proximadb.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** Reads a file of a {@link LossyDisk} that is more than the real file holds. */
final class LossyChannel implements SeekableByteChannel {
  private final LossyDisk disk;
  private final LossyNode node;
  private long position;
  private boolean open = true;

  LossyChannel(LossyDisk disk, LossyNode node) {
    this.disk = disk;
    this.node = node;
    // As long as someone reads, the bytes stay in memory.
    node.opened();
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    synchronized (disk) {
      check();
      long left = node.size() - position;
      if (left <= 0) {
        return -1;
      }
      int count = (int) Math.min(left, target.remaining());
      target.put(node.data(), (int) position, count);
      position += count;
      return count;
    }
  }

  @Override
  public long position() throws IOException {
    synchronized (disk) {
      check();
      return position;
    }
  }

  @Override
  public SeekableByteChannel position(long newPosition) throws IOException {
    synchronized (disk) {
      check();
      position = newPosition;
      return this;
    }
  }

  @Override
  public long size() throws IOException {
    synchronized (disk) {
      check();
      return node.size();
    }
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    synchronized (disk) {
      if (open) {
        open = false;
        node.closed();
      }
    }
  }

  private void check() throws IOException {
    disk.checkAlive();
    if (!open) {
      throw new ClosedChannelException();
    }
  }
}
