package io.proximadb.io;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
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

  /** What is kept of the ends of files, also of closed ones: a scan opens its files each time. */
  private static final long TAIL_CACHE_BYTES = 32L << 20;

  private record TailKey(String location, long size) {}

  private static final Cache<TailKey, byte[]> TAILS =
      Caffeine.newBuilder()
          .maximumWeight(TAIL_CACHE_BYTES)
          .weigher((TailKey key, byte[] tail) -> tail.length)
          .build();

  private final InputFile file;
  private final @Nullable ReadCache cache;
  private final boolean keepsTail;
  private final long tailStart;
  private final Prefetch prefetch;
  private volatile byte @Nullable [] tail;

  private RangedFile(
      InputFile file, String location, long size, boolean keepsTail, @Nullable ReadCache cache) {
    super(location, size);
    this.file = file;
    this.cache = cache;
    this.keepsTail = keepsTail;
    this.tailStart = Math.max(0, size - TAIL_BYTES);
    this.prefetch = new Prefetch(this::fetch);
  }

  static RangedFile ranged(FileIO io, String location, long length) {
    try {
      InputFile file = length >= 0 ? io.newInputFile(location, length) : io.newInputFile(location);
      // Whose length is known is a data file, which never changes.
      return new RangedFile(
          file, location, length >= 0 ? length : file.getLength(), length >= 0, ReadCache.of(io));
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
    return prefetch.has(offset, length);
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
      known =
          keepsTail
              ? TAILS.get(new TailKey(location(), size()), key -> fetch(tailStart, length))
              : fetch(tailStart, length);
      tail = known;
    }
    return known;
  }

  private byte[] fetch(long offset, int length) {
    return cache == null
        ? RangeFetcher.fetch(file, location(), offset, length)
        : cache.read(
            location(),
            size(),
            new ByteRange(offset, length),
            missing -> RangeFetcher.fetch(file, location(), missing.offset(), missing.length()));
  }

  /** A stream is open for the length of a read only. */
  @Override
  void free() {
    prefetch.close();
  }
}
