package io.proximadb.io.hadoop;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileRange;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.util.functional.FutureIO;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;

/**
 * Reads a file of a store. A range is read as such where the stream can do so: one request for just
 * its bytes, while a seek and a read would fetch what it takes for worth reading ahead.
 */
final class ObjectInputStream extends SeekableInputStream implements RangeReadable {
  private final String location;
  private final FSDataInputStream stream;
  private final boolean vectored;

  ObjectInputStream(String location, FSDataInputStream stream) {
    this.location = location;
    this.stream = stream;
    this.vectored = stream.hasCapability(StreamCapabilities.VECTOREDIO);
  }

  @Override
  public long getPos() throws IOException {
    return stream.getPos();
  }

  @Override
  public void seek(long position) throws IOException {
    stream.seek(position);
  }

  @Override
  public int read() throws IOException {
    return stream.read();
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    return stream.read(bytes, offset, length);
  }

  @Override
  public long skip(long count) throws IOException {
    return stream.skip(count);
  }

  @Override
  public int available() throws IOException {
    return stream.available();
  }

  @Override
  public void readFully(long position, byte[] bytes, int offset, int length) throws IOException {
    if (!vectored || length == 0) {
      stream.readFully(position, bytes, offset, length);
      return;
    }
    FileRange range = FileRange.createFileRange(position, length);
    stream.readVectored(
        List.of(range),
        size -> size == length ? ByteBuffer.wrap(bytes, offset, length).slice() : allocate(size));
    ByteBuffer read = FutureIO.awaitFuture(range.getData());
    if (read.remaining() != length) {
      throw new EOFException(
          "Cannot read "
              + length
              + " bytes at "
              + position
              + " of "
              + location
              + ": got "
              + read.remaining());
    }
    boolean inPlace =
        read.hasArray() && read.array() == bytes && read.arrayOffset() + read.position() == offset;
    if (!inPlace) {
      read.get(bytes, offset, length);
    }
  }

  private static ByteBuffer allocate(int size) {
    return ByteBuffer.allocate(size);
  }

  @Override
  public int readTail(byte[] bytes, int offset, int length) throws IOException {
    throw new UnsupportedOperationException(
        "Cannot read the end of " + location + ": its length is not known here");
  }

  @Override
  public void readVectored(
      List<org.apache.iceberg.io.FileRange> ranges, IntFunction<ByteBuffer> allocate)
      throws IOException {
    List<FileRange> wanted =
        ranges.stream()
            .map(range -> FileRange.createFileRange(range.offset(), range.length()))
            .toList();
    stream.readVectored(wanted, allocate);
    for (int i = 0; i < wanted.size(); i++) {
      org.apache.iceberg.io.FileRange range = ranges.get(i);
      var unused =
          wanted
              .get(i)
              .getData()
              .whenComplete(
                  (bytes, failure) -> {
                    if (failure == null) {
                      range.byteBuffer().complete(bytes);
                    } else {
                      range.byteBuffer().completeExceptionally(failure);
                    }
                  });
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
