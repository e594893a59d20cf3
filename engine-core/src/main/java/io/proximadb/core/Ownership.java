package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.PropertyCommit;
import io.proximadb.catalog.TableProperties;
import io.proximadb.env.Clock;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotFoundException;
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
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lease under which one engine at a time accepts live writes of a collection.
 *
 * <p>On a local warehouse the lease is a file lock in the table's own folder, which the operating
 * system frees when the process dies, plus an epoch in the table's properties, which every taker
 * raises by one. The lock keeps two live engines apart; the epoch refuses the flush of one that
 * lost the lock without noticing. On a store without file locks a {@link Lease} takes the lock's
 * place.
 */
final class Ownership implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Ownership.class);
  private static final String LOCK_FILE = "owner.lock";

  /** A holder's description is an engine id, a process id and an address: a line. */
  private static final int MAX_HOLDER_BYTES = 4_096;

  private final long epoch;
  private final @Nullable FileChannel channel;
  private final @Nullable Lease lease;

  private Ownership(long epoch, @Nullable FileChannel channel, @Nullable Lease lease) {
    this.epoch = epoch;
    this.channel = channel;
    this.lease = lease;
  }

  /**
   * Takes the lease and raises the epoch.
   *
   * @param table for this object's own commits; others may use it too, one at a time each
   * @param address what other engines are told
   * @param check looks at the table's current metadata before the epoch is raised, and throws if
   *     this engine must not own it
   * @throws NotOwnerException if another engine holds it; the message says who
   */
  static Ownership take(
      CollectionTable table,
      String engineId,
      String address,
      Clock clock,
      Consumer<CollectionTable> check) {
    if (LocalPaths.isRemote(table.context().location())) {
      long until = Lease.untilMicros(clock.nowMicros());
      long epoch = raiseEpoch(table, engineId, address, Lease.property(until), check, clock);
      return new Ownership(epoch, null, new Lease(table, engineId, epoch, until));
    }
    FileChannel channel = lock(table, engineId, address);
    try {
      return new Ownership(raiseEpoch(table, engineId, address, null, check, clock), channel, null);
    } catch (RuntimeException e) {
      closeQuietly(channel, e);
      throw e;
    }
  }

  private static FileChannel lock(CollectionTable table, String engineId, String address) {
    String location = table.context().location();
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
      CollectionTable table,
      String engineId,
      String address,
      @Nullable String leaseUntil,
      Consumer<CollectionTable> check,
      Clock clock) {
    while (true) {
      table.refresh();
      check.accept(table);
      Lease.checkFree(table, engineId, clock.nowMicros());
      String before = table.property(TableProperties.OWNER_EPOCH);
      String leaseBefore = table.property(TableProperties.OWNER_LEASE_UNTIL);
      long epoch = before == null ? 1 : Long.parseLong(before) + 1;
      try {
        PropertyCommit.on(table)
            .require(TableProperties.OWNER_EPOCH, before)
            .require(TableProperties.OWNER_LEASE_UNTIL, leaseBefore)
            .set(TableProperties.OWNER_EPOCH, Long.toString(epoch))
            .set(TableProperties.OWNER_ENGINE, engineId)
            .set(TableProperties.OWNER_ADDRESS, address)
            .set(TableProperties.OWNER_LEASE_UNTIL, leaseUntil)
            .commit();
        return epoch;
      } catch (ConflictException e) {
        if (Objects.equals(before, table.property(TableProperties.OWNER_EPOCH))
            && Objects.equals(leaseBefore, table.property(TableProperties.OWNER_LEASE_UNTIL))) {
          throw e;
        }
      }
    }
  }

  /** The number that this engine's flushes require the table to have. */
  long epoch() {
    return epoch;
  }

  /** The lease; null where a file lock does its work. */
  @Nullable Lease lease() {
    return lease;
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
    if (lease != null) {
      release(lease);
    }
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UnavailableException("Cannot release the ownership lock", e);
      }
    }
  }

  /** What cannot be given back runs out. */
  private static void release(Lease lease) {
    try {
      lease.release();
    } catch (ConflictException | NotFoundException e) {
      LOG.debug("Has no lease to give back: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.info("Cannot give a lease back, it will run out: {}", e.getMessage());
    }
  }
}
