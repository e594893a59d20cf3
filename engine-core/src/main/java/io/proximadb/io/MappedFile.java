package io.proximadb.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;

/**
 * A local file of at most {@value #MAX_BYTES} bytes, mapped for reading and unmapped when the last
 * reference goes. A disk that gives no {@link FileChannel} has its files copied to the heap.
 */
public final class MappedFile extends FileBytes {
  /** Largest file that is mapped: every position in it fits an int, with room to spare. */
  public static final long MAX_BYTES = 1L << 30;

  private final ByteBuffer bytes;
  private final boolean mapped;

  private MappedFile(String location, ByteBuffer bytes, boolean mapped) {
    super(location, bytes.capacity());
    this.bytes = bytes;
    this.mapped = mapped;
  }

  /** Maps a file of the given disk; {@code location} is its name in messages. */
  public static MappedFile open(Disk disk, Path file, String location) throws IOException {
    try (SeekableByteChannel channel = disk.read(file)) {
      long size = channel.size();
      if (size > MAX_BYTES) {
        throw new IOException(
            "the file has " + size + " bytes (expected at most " + MAX_BYTES + " to map it)");
      }
      if (channel instanceof FileChannel fileChannel) {
        MappedByteBuffer map = fileChannel.map(FileChannel.MapMode.READ_ONLY, 0, size);
        return new MappedFile(location, map, true);
      }
      ByteBuffer copy = ByteBuffer.allocate((int) size);
      while (copy.hasRemaining()) {
        if (channel.read(copy) < 0) {
          throw new IOException("the file ends at " + copy.position() + " (expected " + size + ")");
        }
      }
      return new MappedFile(location, copy.flip(), false);
    }
  }

  @Override
  public boolean isMapped() {
    return true;
  }

  @Override
  ByteBuffer readChecked(long offset, int length) {
    return bytes.slice((int) offset, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  void free() {
    // An empty file has no map.
    if (mapped && bytes.capacity() > 0) {
      Unmapper.unmap(bytes);
    }
  }
}
