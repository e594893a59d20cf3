package io.proximadb.io;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.jspecify.annotations.Nullable;

/**
 * A file that cannot be mapped, read range by range into the heap through its {@code FileIO}, and
 * through the local cache of reads where there is one.
 */
final class RangedFile extends FileBytes {
  /** Footers are read in small steps: the end of the file is fetched once, then kept. */
  private static final int TAIL_BYTES = 256 * 1024;

  private final InputFile file;
  private final @Nullable ReadCache cache;
  private final FileIO io;
  private final long tailStart;
  private final Prefetch prefetch;
  private volatile byte @Nullable [] tail;

  private RangedFile(FileIO io, InputFile file, String location, long size) {
    super(location, size);
    this.io = io;
    this.file = file;
    this.cache = ReadCache.of(io);
    this.tailStart = Math.max(0, size - TAIL_BYTES);
    this.prefetch = new Prefetch(this::fetch);
  }

  static RangedFile ranged(FileIO io, String location, long length) {
    try {
      InputFile file = length >= 0 ? io.newInputFile(location, length) : io.newInputFile(location);
      return new RangedFile(io, file, location, length >= 0 ? length : file.getLength());
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
  public void prefetch(List<ByteRange> ranges) {
    prefetch.start(
        ranges.stream().filter(range -> range.end() <= tailStart || tail == null).toList());
  }

  @Override
  public boolean isPrefetched(long offset, int length) {
    return (tail != null && offset >= tailStart) || prefetch.has(offset, length);
  }

  @Override
  ByteBuffer readChecked(long offset, int length) {
    if (length == 0) {
      return ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
    }
    if (offset >= tailStart) {
      return slice(tail(), offset - tailStart, length);
    }
    ByteBuffer fetched = prefetch.get(offset, length);
    return (fetched == null ? ByteBuffer.wrap(fetch(offset, length)) : fetched)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer slice(byte[] bytes, long offset, int length) {
    return ByteBuffer.wrap(bytes).slice((int) offset, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private byte[] tail() {
    byte[] known = tail;
    if (known == null) {
      int length = (int) (size() - tailStart);
      known = fetch(tailStart, length);
      tail = known;
    }
    return known;
  }

  private byte[] fetch(long offset, int length) {
    ByteRange range = new ByteRange(offset, length);
    return cache == null ? request(range) : cache.read(location(), size(), range, this::request);
  }

  private byte[] request(ByteRange range) {
    return RangeFetcher.fetch(file, location(), range, this::checkSize);
  }

  /**
   * A store tells that a file is shorter than its commit says when bytes behind its end are asked
   * for.
   */
  private void checkSize() {
    long found;
    try {
      found = io.newInputFile(location()).getLength();
    } catch (RuntimeIOException e) {
      // Whether it can be asked or not, the read is tried again.
      return;
    }
    if (found < size()) {
      throw new CorruptFileException(
          "Cannot read file "
              + location()
              + ": it ends at offset "
              + found
              + " (expected "
              + size()
              + ")");
    }
  }

  /** A stream is open for the length of a read only. */
  @Override
  void free() {
    prefetch.close();
  }
}
