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
import java.nio.file.Path;
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

  private final long epoch;
  private final @Nullable OwnerLock lock;
  private final @Nullable Lease lease;

  private Ownership(long epoch, @Nullable OwnerLock lock, @Nullable Lease lease) {
    this.epoch = epoch;
    this.lock = lock;
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
    Path folder = LocalPaths.of(table.context().location()).resolve(TableContext.OWN_FOLDER);
    OwnerLock lock = OwnerLock.acquire(table.name(), folder, engineId, address);
    try {
      return new Ownership(raiseEpoch(table, engineId, address, null, check, clock), lock, null);
    } catch (RuntimeException e) {
      closeQuietly(lock, e);
      throw e;
    }
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

  private static void closeQuietly(OwnerLock lock, RuntimeException cause) {
    try {
      lock.close();
    } catch (UnavailableException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    if (lease != null) {
      release(lease);
    }
    if (lock != null) {
      lock.close();
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
