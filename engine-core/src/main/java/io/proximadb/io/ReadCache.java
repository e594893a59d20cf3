package io.proximadb.io;

import io.proximadb.error.InvalidArgumentException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy on the local disk of what was read of files in stores, block by block, the least recently
 * used going first. Off unless {@value #DIRECTORY} names a folder.
 *
 * <p>Each process has a subfolder of its own, held by a file lock; one that a dead process left is
 * taken over with what is in it. A block carries a checksum, and one that is damaged, or cannot be
 * read or written, is fetched from the store: the cache never makes a read fail. Safe for use by
 * several threads.
 */
public final class ReadCache {
  /** Property of a catalog: the folder, on a local disk; shared by all who name it. */
  public static final String DIRECTORY = "proximadb.read-cache.directory";

  /** Property of a catalog: what each process keeps there at most, in bytes. */
  public static final String MAX_BYTES = "proximadb.read-cache.bytes";

  private static final long DEFAULT_MAX_BYTES = 1L << 30;

  /** Below it blocks push each other out while one file is read. */
  private static final long MIN_MAX_BYTES = 16L << 20;

  /** Processes that cache in one folder; more do without a cache. */
  private static final int MAX_SLOTS = 16;

  private static final Logger LOG = LoggerFactory.getLogger(ReadCache.class);

  /** By folder; empty where none could be had. */
  private static final Map<Path, ReadCache> OPEN = new HashMap<>();

  private final @Nullable BlockStore blocks;

  private ReadCache(@Nullable BlockStore blocks) {
    this.blocks = blocks;
  }

  /**
   * The cache that the properties of a {@code FileIO} ask for; null if they do not.
   *
   * @throws InvalidArgumentException if the number of bytes is none
   */
  static @Nullable ReadCache of(FileIO io) {
    Map<String, String> properties;
    try {
      properties = io.properties();
    } catch (UnsupportedOperationException e) {
      return null;
    }
    String folder = properties.get(DIRECTORY);
    return folder == null ? null : open(LocalPaths.of(folder), bytes(properties.get(MAX_BYTES)));
  }

  private static long bytes(@Nullable String text) {
    if (text == null) {
      return DEFAULT_MAX_BYTES;
    }
    try {
      long bytes = Long.parseLong(text);
      if (bytes >= MIN_MAX_BYTES) {
        return bytes;
      }
    } catch (NumberFormatException e) {
      // As below.
    }
    throw new InvalidArgumentException(
        "Invalid " + MAX_BYTES + ": '" + text + "' (expected at least " + MIN_MAX_BYTES + ")");
  }

  /** The cache of this process in a folder; the size is that of who came first. */
  static ReadCache open(Path folder, long maxBytes) {
    synchronized (OPEN) {
      return OPEN.computeIfAbsent(
          folder.toAbsolutePath().normalize(), path -> new ReadCache(slot(path, maxBytes)));
    }
  }

  private static @Nullable BlockStore slot(Path folder, long maxBytes) {
    try {
      for (int i = 0; i < MAX_SLOTS; i++) {
        Path slot = folder.resolve("process-" + i);
        Files.createDirectories(slot);
        FileChannel channel =
            FileChannel.open(
                slot.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (tryLock(channel) != null) {
          // Held until the process ends.
          return BlockStore.open(slot, maxBytes, channel);
        }
        channel.close();
      }
      LOG.warn("Reads without a cache: {} processes use {} already", MAX_SLOTS, folder);
    } catch (IOException e) {
      LOG.warn("Reads without a cache: cannot use {}: {}", folder, e.toString());
    }
    return null;
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /**
   * Reads a range from the cache, and what is missing through {@code fetch}, in whole blocks.
   *
   * @param location which file
   * @param size its bytes; a file of another size is another one
   */
  byte[] read(String location, long size, ByteRange range, Function<ByteRange, byte[]> fetch) {
    if (blocks == null) {
      return fetch.apply(range);
    }
    byte[] result = new byte[range.length()];
    long block = range.offset() / BlockStore.BLOCK_BYTES;
    long lastBlock = (range.end() - 1) / BlockStore.BLOCK_BYTES;
    while (block <= lastBlock) {
      byte[] bytes = blocks.get(location, size, block);
      if (bytes != null) {
        ReadStatistics.cached(copy(bytes, block * BlockStore.BLOCK_BYTES, range, result));
        block++;
        continue;
      }
      long end = block + 1;
      while (end <= lastBlock && !blocks.has(location, size, end)) {
        end++;
      }
      fetch(location, size, block, end, range, result, fetch);
      block = end;
    }
    return result;
  }

  /** Fetches blocks up to {@code end}, exclusive, keeps them and copies what was asked for. */
  private void fetch(
      String location,
      long size,
      long first,
      long end,
      ByteRange range,
      byte[] result,
      Function<ByteRange, byte[]> fetch) {
    assert blocks != null;
    long start = first * BlockStore.BLOCK_BYTES;
    int length = (int) (Math.min(size, end * BlockStore.BLOCK_BYTES) - start);
    byte[] fetched = fetch.apply(new ByteRange(start, length));
    copy(fetched, start, range, result);
    for (long block = first; block < end; block++) {
      int from = (int) ((block - first) * BlockStore.BLOCK_BYTES);
      blocks.put(
          location, size, block, fetched, from, Math.min(BlockStore.BLOCK_BYTES, length - from));
    }
  }

  /**
   * Drops what this process and dead ones have cached through a {@code FileIO}; reads under way may
   * add blocks again.
   *
   * @return how many blocks went; 0 if there is no cache
   * @throws IOException if a block cannot be deleted
   */
  public static long clear(FileIO io) throws IOException {
    ReadCache own = of(io);
    if (own == null) {
      return 0;
    }
    long count = own.blocks == null ? 0 : own.blocks.clear();
    Path folder = LocalPaths.of(Objects.requireNonNull(io.properties().get(DIRECTORY)));
    for (int i = 0; i < MAX_SLOTS; i++) {
      Path slot = folder.toAbsolutePath().normalize().resolve("process-" + i);
      // Closing a second channel on its own lock file would give the lock away.
      if (own.blocks == null || !slot.equals(own.blocks.folder())) {
        count += clearIfFree(slot);
      }
    }
    return count;
  }

  /** Deletes the blocks of a folder that no process uses. */
  private static long clearIfFree(Path slot) throws IOException {
    if (!Files.isDirectory(slot)) {
      return 0;
    }
    long count = 0;
    try (FileChannel channel =
            FileChannel.open(
                slot.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = tryLock(channel)) {
      if (lock == null) {
        return 0;
      }
      List<Path> files;
      try (Stream<Path> listed = Files.list(slot)) {
        files = listed.filter(file -> !file.endsWith("lock")).toList();
      }
      for (Path file : files) {
        Files.delete(file);
        count++;
      }
    }
    return count;
  }

  /** Copies what of some bytes of the file is in the range; returns how many bytes these are. */
  private static int copy(byte[] bytes, long start, ByteRange range, byte[] result) {
    long from = Math.max(start, range.offset());
    long to = Math.min(start + bytes.length, range.end());
    System.arraycopy(
        bytes, (int) (from - start), result, (int) (from - range.offset()), (int) (to - from));
    return (int) (to - from);
  }
}
