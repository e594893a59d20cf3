package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.TableProperties;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotOwnerException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.LocalPaths;
import io.proximadb.storage.TableContext;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The lease under which one engine at a time accepts live writes of a collection.
 *
 * <p>On a local warehouse the lease is a file lock in the table's own folder, which the operating
 * system frees when the process dies, plus an epoch in the table's properties, which every taker
 * raises by one. The lock keeps two live engines apart; the epoch refuses the flush of one that
 * lost the lock without noticing. On a store without file locks the epoch alone does it.
 */
final class Ownership implements Closeable {
  private static final String LOCK_FILE = "owner.lock";

  /** A holder's description is an engine id, a process id and an address: a line. */
  private static final int MAX_HOLDER_BYTES = 4_096;

  private final long epoch;
  private final @Nullable FileChannel channel;

  private Ownership(long epoch, @Nullable FileChannel channel) {
    this.epoch = epoch;
    this.channel = channel;
  }

  /**
   * Takes the lease and raises the epoch.
   *
   * @param address what other engines are told
   * @param check looks at the table's current metadata before the epoch is raised, and throws if
   *     this engine must not own it
   * @throws NotOwnerException if another engine holds it; the message says who
   */
  static Ownership take(
      CollectionTable table, String engineId, String address, Consumer<CollectionTable> check) {
    FileChannel channel = lock(table, engineId, address);
    try {
      return new Ownership(raiseEpoch(table, engineId, address, check), channel);
    } catch (RuntimeException e) {
      closeQuietly(channel, e);
      throw e;
    }
  }

  private static @Nullable FileChannel lock(
      CollectionTable table, String engineId, String address) {
    String location = table.context().location();
    if (location.contains("://") && !LocalPaths.isFileUri(location)) {
      return null;
    }
    Path file = LocalPaths.of(location).resolve(TableContext.OWN_FOLDER).resolve(LOCK_FILE);
    try {
      Files.createDirectories(file.getParent());
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        String holder = read(channel);
        channel.close();
        throw new NotOwnerException(
            "Cannot write to '"
                + table.name()
                + "': another engine owns it ("
                + (holder.isEmpty() ? "holder unknown" : holder)
                + ")");
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(describe(engineId, address)), 0);
      return channel;
    } catch (IOException e) {
      throw new UnavailableException("Cannot lock " + file, e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held by another engine of this very process, which is as good as another process.
      return null;
    }
  }

  private static byte[] describe(String engineId, String address) {
    String line =
        "engine="
            + engineId
            + ", pid="
            + ProcessHandle.current().pid()
            + ", address="
            + (address.isEmpty() ? "none" : address);
    return line.getBytes(StandardCharsets.UTF_8);
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_HOLDER_BYTES);
    channel.read(bytes, 0);
    bytes.flip();
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  private static long raiseEpoch(
      CollectionTable table, String engineId, String address, Consumer<CollectionTable> check) {
    while (true) {
      table.refresh();
      check.accept(table);
      String before = table.property(TableProperties.OWNER_EPOCH);
      long epoch = before == null ? 1 : Long.parseLong(before) + 1;
      try {
        RowLevelCommit.on(table)
            .requireProperty(TableProperties.OWNER_EPOCH, before)
            .setProperty(TableProperties.OWNER_EPOCH, Long.toString(epoch))
            .setProperty(TableProperties.OWNER_ENGINE, engineId)
            .setProperty(TableProperties.OWNER_ADDRESS, address)
            .commit();
        return epoch;
      } catch (ConflictException e) {
        if (before != null && before.equals(table.property(TableProperties.OWNER_EPOCH))) {
          throw e;
        }
      }
    }
  }

  /** The number that this engine's flushes require the table to have. */
  long epoch() {
    return epoch;
  }

  private static void closeQuietly(@Nullable FileChannel channel, RuntimeException cause) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  @Override
  public void close() {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UnavailableException("Cannot release the ownership lock", e);
      }
    }
  }
}
