package io.proximadb.server.auth;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Held by who changes a key file: of two changes at the same moment the second one sees the first.
 * It is a lock of the operating system on a file beside the key file, which is never replaced, and
 * goes with its process. Within a process, where such a lock keeps nobody out, a lock of its own
 * comes first.
 */
final class KeyFileLock implements AutoCloseable {
  /** One for each key file that this process has changed; servers have one. */
  private static final ConcurrentMap<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

  private final ReentrantLock local;
  private final FileChannel channel;

  private KeyFileLock(ReentrantLock local, FileChannel channel) {
    this.local = local;
    this.channel = channel;
  }

  /** Waits until nobody else changes the file. */
  static KeyFileLock acquire(Path keyFile) throws IOException {
    Path real = keyFile.toRealPath();
    Path file = real.resolveSibling(real.getFileName() + ".lock");
    ReentrantLock local = LOCKS.computeIfAbsent(file, path -> new ReentrantLock());
    local.lock();
    FileChannel channel = null;
    boolean held = false;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      channel.lock();
      held = true;
      return new KeyFileLock(local, channel);
    } finally {
      if (!held) {
        close(channel, local);
      }
    }
  }

  /** The file's lock goes first: the next one within this process could not take it otherwise. */
  private static void close(@Nullable FileChannel channel, ReentrantLock local) throws IOException {
    try {
      if (channel != null) {
        channel.close();
      }
    } finally {
      local.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    close(channel, local);
  }
}
