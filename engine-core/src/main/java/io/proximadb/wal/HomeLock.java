package io.proximadb.wal;

import io.proximadb.error.UnavailableException;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A lock file that one process holds, saying who.
 *
 * <p>Locks belong to processes, and on POSIX systems a process loses its lock on a file when it
 * closes any of its descriptors of that file. So homes open in this process are also kept in a map,
 * and a second opener never touches the file.
 */
final class HomeLock implements Closeable {
  private static final Map<Path, String> HELD_HERE = new ConcurrentHashMap<>();

  /** Linux lists the locks that are held, with the inodes of their files. */
  private static final Path LOCKS = Path.of("/proc/locks");

  private static final Pattern PID = Pattern.compile("pid=(\\d{1,18})");

  /** Upper bound of what is read of another process's line for an error message. */
  private static final int MAX_OWNER_BYTES = 1_024;

  private final Path key;
  private final FileChannel channel;

  private HomeLock(Path key, FileChannel channel) {
    this.key = key;
    this.channel = channel;
  }

  /**
   * Takes the lock without waiting.
   *
   * @throws UnavailableException if it is held, naming folder and owner
   */
  static HomeLock acquire(Path folder, String name, String address) throws IOException {
    Path key = folder.toRealPath();
    String owner = "pid=" + ProcessHandle.current().pid() + " address=" + address;
    String other = HELD_HERE.putIfAbsent(key, owner);
    if (other != null) {
      throw held(folder, other);
    }
    try {
      return lock(key, name, owner);
    } catch (IOException | RuntimeException e) {
      HELD_HERE.remove(key);
      throw e;
    }
  }

  private static HomeLock lock(Path key, String name, String owner) throws IOException {
    FileChannel channel =
        FileChannel.open(
            key.resolve(name),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw held(key, readOwner(channel));
      }
      channel.truncate(0);
      channel.write(StandardCharsets.UTF_8.encode(owner + "\n"), 0);
      return new HomeLock(key, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Who holds a home's lock, without taking it: as the system's list of locks says, where there is
   * one; elsewhere as the file says, if the process that it names is alive.
   *
   * @return null if nobody does
   */
  static @Nullable String holder(Path folder, String name) throws IOException {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      return null;
    }
    String here = HELD_HERE.get(folder.toRealPath());
    if (here != null) {
      return here;
    }
    String owner;
    // Closing a descriptor frees the locks of this process only, and it has none.
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      owner = readOwner(channel);
    }
    if (Files.isReadable(LOCKS)) {
      String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
      try (Stream<String> lines = Files.lines(LOCKS)) {
        return lines.anyMatch(line -> line.contains(inode)) ? owner : null;
      }
    }
    Matcher pid = PID.matcher(owner);
    boolean alive =
        pid.find()
            && ProcessHandle.of(Long.parseLong(pid.group(1)))
                .map(ProcessHandle::isAlive)
                .orElse(false);
    return alive ? owner : null;
  }

  private static String readOwner(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_OWNER_BYTES);
    channel.read(bytes, 0);
    String owner = StandardCharsets.UTF_8.decode(bytes.flip()).toString().strip();
    // The owner may be between taking the lock and writing its name.
    return owner.isEmpty() ? "a process that has not written its name yet" : owner;
  }

  private static UnavailableException held(Path folder, String owner) {
    return new UnavailableException(
        "Cannot open engine home: it is open already (folder=" + folder + ", by " + owner + ")");
  }

  /** Closing the channel frees the lock. */
  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      channel.close();
      HELD_HERE.remove(key);
    }
  }
}
