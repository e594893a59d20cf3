package io.proximadb.core;

import io.proximadb.error.NotOwnerException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The file lock that keeps two live engines from owning one collection of a local warehouse.
 *
 * <p>On Linux a process loses its lock of a file when it closes any channel of that file, so
 * engines of one process are kept apart by a map, and the second one never touches the file.
 */
final class OwnerLock implements Closeable {
  private static final String LOCK_FILE = "owner.lock";

  /** What stands before the address, which is the end of a holder's description. */
  private static final String ADDRESS = ", address=";

  private static final String NO_ADDRESS = "none";

  /** A holder's description is an engine id, a process id and an address: a line. */
  private static final int MAX_HOLDER_BYTES = 4_096;

  private static final Map<Path, String> HELD_HERE = new ConcurrentHashMap<>();

  private final Path key;
  private final FileChannel channel;

  private OwnerLock(Path key, FileChannel channel) {
    this.key = key;
    this.channel = channel;
  }

  /**
   * Takes the lock without waiting.
   *
   * @param folder the table's own, made if it is not there
   * @throws NotOwnerException if it is held; the message says by whom
   */
  static OwnerLock acquire(CollectionName name, Path folder, String engineId, String address) {
    try {
      Files.createDirectories(folder);
      Path key = folder.toRealPath().resolve(LOCK_FILE);
      String holder = describe(engineId, address);
      String other = HELD_HERE.putIfAbsent(key, holder);
      if (other != null) {
        throw held(name, other);
      }
      boolean locked = false;
      try {
        OwnerLock lock = new OwnerLock(key, lock(name, key, holder));
        locked = true;
        return lock;
      } finally {
        if (!locked) {
          HELD_HERE.remove(key);
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot lock " + folder.resolve(LOCK_FILE), e);
    }
  }

  private static FileChannel lock(CollectionName name, Path file, String holder)
      throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      @Nullable FileLock lock = channel.tryLock();
      if (lock == null) {
        throw held(name, read(channel));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
      locked = true;
      return channel;
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  private static NotOwnerException held(CollectionName name, String holder) {
    return new NotOwnerException(
        "Cannot write to '"
            + name
            + "': another engine owns it ("
            + (holder.isEmpty() ? "holder unknown" : holder)
            + ")",
        address(holder));
  }

  private static String address(String holder) {
    int at = holder.indexOf(ADDRESS);
    String address = at < 0 ? NO_ADDRESS : holder.substring(at + ADDRESS.length());
    return address.equals(NO_ADDRESS) ? "" : address;
  }

  private static String describe(String engineId, String address) {
    return "engine="
        + engineId
        + ", pid="
        + ProcessHandle.current().pid()
        + ADDRESS
        + (address.isEmpty() ? NO_ADDRESS : address);
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_HOLDER_BYTES);
    channel.read(bytes, 0);
    bytes.flip();
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  /** Closing the channel frees the lock. */
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw new UnavailableException("Cannot release the ownership lock", e);
    } finally {
      HELD_HERE.remove(key);
    }
  }
}
