package io.proximadb.io;

import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.IOUtil;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;
import org.jspecify.annotations.Nullable;

/** A file that cannot be mapped, read range by range into the heap through its {@code FileIO}. */
final class RangedFile extends FileBytes {
  /** Footers are read in small steps: the end of the file is fetched once, then kept. */
  private static final int TAIL_BYTES = 256 * 1024;

  private final InputFile file;
  private final long tailStart;
  private volatile byte @Nullable [] tail;

  private RangedFile(InputFile file, String location, long size) {
    super(location, size);
    this.file = file;
    this.tailStart = Math.max(0, size - TAIL_BYTES);
  }

  static RangedFile ranged(FileIO io, String location, long length) {
    try {
      InputFile file = length >= 0 ? io.newInputFile(location, length) : io.newInputFile(location);
      return new RangedFile(file, location, length >= 0 ? length : file.getLength());
    } catch (org.apache.iceberg.exceptions.NotFoundException e) {
      throw new NotFoundException("Cannot open file " + location + ": it does not exist", e);
    } catch (RuntimeIOException e) {
      throw new UnavailableException("Cannot open file " + location + ": " + e.getMessage(), e);
    }
  }

  @Override
  public boolean isMapped() {
    return false;
  }

  @Override
  ByteBuffer readChecked(long offset, int length) {
    if (offset < tailStart) {
      return ByteBuffer.wrap(fetch(offset, length)).order(ByteOrder.LITTLE_ENDIAN);
    }
    byte[] known = tail;
    if (known == null) {
      known = fetch(tailStart, (int) (size() - tailStart));
      tail = known;
    }
    return ByteBuffer.wrap(known)
        .slice((int) (offset - tailStart), length)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private byte[] fetch(long offset, int length) {
    byte[] bytes = new byte[length];
    try (SeekableInputStream in = file.newStream()) {
      if (in instanceof RangeReadable ranges) {
        ranges.readFully(offset, bytes);
      } else {
        in.seek(offset);
        IOUtil.readFully(in, bytes, 0, length);
      }
    } catch (org.apache.iceberg.exceptions.NotFoundException e) {
      throw new NotFoundException("Cannot read file " + location() + ": it does not exist", e);
    } catch (IOException | RuntimeIOException e) {
      throw new UnavailableException(
          "Cannot read file " + location() + " at " + offset + ": " + e.getMessage(), e);
    }
    return bytes;
  }

  /** A stream is open for the length of a read only. */
  @Override
  void free() {}
}
