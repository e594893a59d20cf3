package io.proximadb.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocks of files, each in a file of its own below a folder that belongs to this process.
 *
 * <pre>
 * offset   size   field
 * 0        4      CRC-32C of the bytes that follow, big-endian
 * 4        n      the block; n is {@value #BLOCK_BYTES}, or less at the end of a file
 * </pre>
 *
 * <p>The name is the hash of the file's location, its size and the block's number, so a block
 * cannot be taken for another one. Nothing is synced: what a crash leaves is found damaged and
 * dropped. The order of use is that of this process; one that takes the folder over goes by the
 * files' times.
 */
final class BlockStore {
  /** Small against a request, large against the overhead of a file. */
  static final int BLOCK_BYTES = 256 << 10;

  private static final int CHECKSUM_BYTES = Integer.BYTES;
  private static final String SUFFIX = ".block";
  private static final String TEMPORARY_SUFFIX = ".tmp";
  private static final Logger LOG = LoggerFactory.getLogger(BlockStore.class);

  private final Path folder;
  private final long maxBytes;

  /** Keeps the lock on the folder. */
  @SuppressWarnings("UnusedVariable")
  private final FileChannel lock;

  /** Bytes of each file, the least recently used first. */
  private final LinkedHashMap<String, Long> sizes = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes;
  private boolean broken;

  private BlockStore(Path folder, long maxBytes, FileChannel lock) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.lock = lock;
  }

  /** Takes over what is in a folder; the channel holds its lock. */
  static BlockStore open(Path folder, long maxBytes, FileChannel lock) throws IOException {
    BlockStore store = new BlockStore(folder, maxBytes, lock);
    record Found(Path file, long size, FileTime time) {}
    List<Path> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files = listed.toList();
    }
    List<Found> found = new ArrayList<>();
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(TEMPORARY_SUFFIX)) {
        Files.deleteIfExists(file);
      } else if (name.endsWith(SUFFIX)) {
        found.add(new Found(file, Files.size(file), Files.getLastModifiedTime(file)));
      }
    }
    found.sort(Comparator.comparing(Found::time));
    for (Found one : found) {
      store.sizes.put(one.file().getFileName().toString(), one.size());
      store.bytes += one.size();
    }
    store.evict();
    return store;
  }

  private static String name(String location, long size, long block) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String key = location + "\n" + size + "\n" + block;
      return HexFormat.of().formatHex(digest.digest(key.getBytes(StandardCharsets.UTF_8))) + SUFFIX;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every Java has SHA-256", e);
    }
  }

  /** True if a block is there, unless it turns out to be damaged. */
  synchronized boolean has(String location, long size, long block) {
    return sizes.containsKey(name(location, size, block));
  }

  /** A block; null if it is not there, or not whole. */
  byte @Nullable [] get(String location, long size, long block) {
    String name = name(location, size, block);
    synchronized (this) {
      if (sizes.get(name) == null) {
        return null;
      }
    }
    long length = Math.min(BLOCK_BYTES, size - block * BLOCK_BYTES);
    try {
      ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name)));
      if (file.remaining() == CHECKSUM_BYTES + length) {
        int expected = file.getInt();
        byte[] found = new byte[file.remaining()];
        file.get(found);
        if (expected == checksum(found, 0, found.length)) {
          return found;
        }
      }
      LOG.warn("Drops a damaged block of the read cache: {}", folder.resolve(name));
    } catch (IOException e) {
      LOG.debug("Cannot read the read cache: {}", e.toString());
    }
    synchronized (this) {
      drop(name);
    }
    return null;
  }

  private static int checksum(byte[] bytes, int offset, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, offset, length);
    return (int) checksum.getValue();
  }

  /** Keeps a block. */
  void put(String location, long size, long block, byte[] content, int offset, int length) {
    synchronized (this) {
      if (broken) {
        return;
      }
    }
    String name = name(location, size, block);
    Path temporary = folder.resolve(name + "." + Thread.currentThread().getId() + TEMPORARY_SUFFIX);
    ByteBuffer file = ByteBuffer.allocate(CHECKSUM_BYTES + length);
    file.putInt(checksum(content, offset, length)).put(content, offset, length);
    try {
      Files.write(temporary, file.array());
      synchronized (this) {
        Files.move(
            temporary,
            folder.resolve(name),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
        Long before = sizes.put(name, (long) file.capacity());
        bytes += file.capacity() - (before == null ? 0 : before);
        evict();
      }
    } catch (IOException e) {
      LOG.warn("Adds nothing more to the read cache in {}: {}", folder, e.toString());
      synchronized (this) {
        broken = true;
      }
    }
  }

  /** Where the blocks are. */
  Path folder() {
    return folder;
  }

  /** Drops all blocks; returns how many there were. */
  synchronized int clear() {
    int count = sizes.size();
    List.copyOf(sizes.keySet()).forEach(this::drop);
    return count;
  }

  private synchronized void evict() {
    while (bytes > maxBytes) {
      Iterator<Map.Entry<String, Long>> eldest = sizes.entrySet().iterator();
      drop(eldest.next().getKey());
    }
  }

  private synchronized void drop(String name) {
    Long size = sizes.remove(name);
    if (size != null) {
      bytes -= size;
      try {
        Files.deleteIfExists(folder.resolve(name));
      } catch (IOException e) {
        LOG.debug("Cannot delete a block of the read cache: {}", e.toString());
      }
    }
  }
}
