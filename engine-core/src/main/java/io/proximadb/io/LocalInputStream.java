package io.proximadb.io;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;

/** Reads a local file; small reads are buffered, ranges are read without moving the stream. */
final class LocalInputStream extends SeekableInputStream implements RangeReadable {
  private static final int BUFFER_BYTES = 16 * 1024;

  private final SeekableByteChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);

  /** Position in the file of the byte after the buffer. */
  private long channelPosition;

  LocalInputStream(SeekableByteChannel channel) {
    this.channel = channel;
  }

  @Override
  public long getPos() {
    return channelPosition - buffer.remaining();
  }

  @Override
  public void seek(long position) throws IOException {
    if (position < 0) {
      throw new EOFException("Cannot seek: negative position " + position);
    }
    long start = channelPosition - buffer.limit();
    if (position >= start && position <= channelPosition) {
      buffer.position((int) (position - start));
    } else {
      buffer.position(0).limit(0);
      channel.position(position);
      channelPosition = position;
    }
  }

  @Override
  public int read() throws IOException {
    if (!buffer.hasRemaining() && !fill()) {
      return -1;
    }
    return buffer.get() & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!buffer.hasRemaining()) {
      if (length >= BUFFER_BYTES) {
        int count = channel.read(ByteBuffer.wrap(bytes, offset, length));
        buffer.position(0).limit(0);
        channelPosition += Math.max(count, 0);
        return count;
      }
      if (!fill()) {
        return -1;
      }
    }
    int count = Math.min(length, buffer.remaining());
    buffer.get(bytes, offset, count);
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    long target = Math.min(getPos() + Math.max(count, 0), Math.max(channel.size(), getPos()));
    long skipped = target - getPos();
    seek(target);
    return skipped;
  }

  @Override
  public int available() throws IOException {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, channel.size() - getPos()));
  }

  private boolean fill() throws IOException {
    buffer.clear();
    int count = channel.read(buffer);
    buffer.flip();
    channelPosition += Math.max(count, 0);
    return count > 0;
  }

  @Override
  public void readFully(long position, byte[] bytes, int offset, int length) throws IOException {
    int count = readAt(position, ByteBuffer.wrap(bytes, offset, length));
    if (count < length) {
      throw new EOFException(
          "Cannot read " + length + " bytes at " + position + ": the file ends after " + count);
    }
  }

  @Override
  public int readTail(byte[] bytes, int offset, int length) throws IOException {
    long start = Math.max(0, channel.size() - length);
    return readAt(start, ByteBuffer.wrap(bytes, offset, length));
  }

  private int readAt(long position, ByteBuffer target) throws IOException {
    int start = target.position();
    if (channel instanceof FileChannel file) {
      while (target.hasRemaining() && file.read(target, position + target.position() - start) > 0) {
        // The channel says by its count when the file ends.
      }
    } else {
      channel.position(position);
      while (target.hasRemaining() && channel.read(target) > 0) {
        // As above.
      }
      channel.position(channelPosition);
    }
    return target.position() - start;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
