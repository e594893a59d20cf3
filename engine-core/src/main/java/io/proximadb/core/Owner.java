package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.ClosedException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.FencedException;
import io.proximadb.error.NotFoundException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This engine as the owner of a collection, or not: takes the ownership when a write first needs
 * it, keeps a lease alive while there are writes, and refuses everything once it is lost with
 * records that wait for a flush.
 */
final class Owner implements LeaseKeeper.Holder {
  /*
   * Concurrency: `lock` is the collection's; renewals make their commit without it, so that writes
   * go on meanwhile.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Owner.class);

  private final Surroundings engine;
  private final CollectionTable table;
  private final Object lock;
  private final Consumer<CollectionTable> check;
  private final LongSupplier unflushedBytes;
  private @Nullable Ownership ownership;
  private @Nullable String fencedBecause;
  private boolean closed;

  /** There was a write or a flush since the lease was renewed. */
  private boolean used;

  /**
   * Of a collection that nobody wrote to yet.
   *
   * @param table for taking the lease, and for commits
   * @param lock the collection's
   * @param check looks at the table's metadata and throws if this engine must not own it
   * @param unflushedBytes what waits for a flush
   */
  Owner(
      Surroundings engine,
      CollectionTable table,
      Object lock,
      Consumer<CollectionTable> check,
      LongSupplier unflushedBytes) {
    this.engine = engine;
    this.table = table;
    this.lock = lock;
    this.check = check;
    this.unflushedBytes = unflushedBytes;
  }

  /**
   * The ownership, taken if need be. Under the lock.
   *
   * @throws io.proximadb.error.NotOwnerException if another engine has it
   * @throws FencedException if this engine lost it
   */
  Ownership ownership() {
    assert Thread.holdsLock(lock);
    String lost = fencedBecause;
    if (lost != null) {
      throw new FencedException(lost);
    }
    if (closed) {
      throw new ClosedException("Cannot write to '" + table.name() + "': it is closed");
    }
    Ownership held = ownership;
    if (held == null || !isHeld(held)) {
      held =
          Ownership.take(
              table,
              engine.engineId(),
              engine.options().address(),
              engine.options().clock(),
              check);
      ownership = held;
      if (held.lease() != null) {
        engine.leases().add(this);
      }
      removeLeftovers();
    }
    used = true;
    return held;
  }

  /**
   * Removes what a flush that did not end left in staging: only the owner flushes. What cannot be
   * removed now does no harm, and is left to the clean-up of orphans: writes go on.
   */
  private void removeLeftovers() {
    if (table.context().io() instanceof SupportsPrefixOperations files) {
      String staging = table.context().stagingLocation(Flush.PURPOSE, "");
      try {
        files.deletePrefix(staging);
      } catch (RuntimeException e) {
        LOG.warn("Leaves files of earlier flushes in {}, which cannot be removed yet", staging, e);
      }
    }
  }

  /** Renews a lease that ran out; false if another engine has it and nothing here waits for it. */
  private boolean isHeld(Ownership held) {
    Lease lease = held.lease();
    if (lease == null || lease.isHeld(engine.nowMicros())) {
      return true;
    }
    try {
      lease.renew(engine.nowMicros());
      return true;
    } catch (ConflictException e) {
      FencedException fenced = lost(held);
      if (fenced != null) {
        throw fenced;
      }
      return false;
    }
  }

  /** Lets go of a lease that another engine has; fenced if there are records to be flushed. */
  private @Nullable FencedException lost(Ownership held) {
    synchronized (lock) {
      if (unflushedBytes.getAsLong() > 0) {
        return fence(
            "its lease ran out and another engine took it over (own epoch=" + held.epoch() + ")");
      }
      if (ownership == held) {
        ownership = null;
      }
      return null;
    }
  }

  /** True while this engine has the ownership. */
  boolean isOwner() {
    synchronized (lock) {
      return ownership != null && fencedBecause == null && !closed;
    }
  }

  /** The lease that this engine's commits renew; null if it has none, or a file lock. */
  @Nullable Lease lease() {
    synchronized (lock) {
      return ownership == null ? null : ownership.lease();
    }
  }

  /** Refuses all further writes and flushes. */
  FencedException fence(String reason) {
    String message = "Cannot write to '" + table.name() + "': " + reason;
    refuse(message);
    return new FencedException(message);
  }

  /** Refuses all further writes and flushes with this message. */
  void refuse(String message) {
    synchronized (lock) {
      fencedBecause = message;
    }
  }

  @Override
  public void renewLeaseIfDue() {
    Ownership held;
    Lease lease;
    synchronized (lock) {
      held = ownership;
      lease = lease();
      if (held == null
          || lease == null
          || fencedBecause != null
          || !lease.isToBeRenewed(engine.nowMicros())
          || !(used || unflushedBytes.getAsLong() > 0)) {
        return;
      }
      used = false;
    }
    try {
      lease.renew(engine.nowMicros());
    } catch (ConflictException e) {
      if (lost(held) != null) {
        LOG.warn("Lost {} to another engine: {}", table.name(), e.getMessage());
      }
    } catch (NotFoundException e) {
      LOG.debug("Does not renew a lease: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.warn("Cannot renew the lease on {} yet: {}", table.name(), e.getMessage());
      synchronized (lock) {
        used = true;
      }
    }
  }

  /** Gives the ownership back. Under the lock. */
  void close() {
    assert Thread.holdsLock(lock);
    closed = true;
    Ownership held = ownership;
    ownership = null;
    engine.leases().remove(this);
    if (held != null) {
      held.close();
    }
  }
}
