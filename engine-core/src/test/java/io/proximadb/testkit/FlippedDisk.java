package io.proximadb.testkit;

import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;

/**
 * A disk that reads one file with one bit turned, and counts who tries to change anything: for
 * thousands of damaged files without writing them.
 */
public final class FlippedDisk extends ForwardingDisk {
  private final Path file;
  private final byte[] bytes;
  private int changes;

  /**
   * Wraps a disk.
   *
   * @param file the damaged one
   * @param bytes what is in it, undamaged
   */
  public FlippedDisk(Disk disk, Path file, byte[] bytes) {
    super(disk);
    this.file = file;
    this.bytes = bytes.clone();
  }

  /** Turns a bit; turning it again mends it. */
  public void flip(int at, int bit) {
    bytes[at] ^= (byte) (1 << bit);
  }

  /** How often something was about to be changed. */
  public synchronized int changes() {
    return changes;
  }

  private synchronized void change() {
    changes++;
  }

  @Override
  public SeekableByteChannel read(Path path) throws IOException {
    return path.equals(file) ? new BytesChannel(bytes) : super.read(path);
  }

  @Override
  public Output create(Path path) throws IOException {
    change();
    return super.create(path);
  }

  @Override
  public Output append(Path path) throws IOException {
    change();
    return super.append(path);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    change();
    super.move(from, to);
  }

  @Override
  public boolean delete(Path path) throws IOException {
    change();
    return super.delete(path);
  }

  /** Bytes in memory as a file. */
  private static final class BytesChannel implements SeekableByteChannel {
    private final ByteBuffer bytes;
    private boolean open = true;

    BytesChannel(byte[] bytes) {
      this.bytes = ByteBuffer.wrap(bytes);
    }

    @Override
    public int read(ByteBuffer target) {
      if (!bytes.hasRemaining()) {
        return -1;
      }
      int count = Math.min(bytes.remaining(), target.remaining());
      target.put(bytes.slice(bytes.position(), count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public int write(ByteBuffer source) {
      throw new NonWritableChannelException();
    }

    @Override
    public long position() {
      return bytes.position();
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
      bytes.position((int) newPosition);
      return this;
    }

    @Override
    public long size() {
      return bytes.limit();
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
      open = false;
    }
  }
}
