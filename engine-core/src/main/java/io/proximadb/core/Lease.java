package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.PropertyCommit;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.TableProperties;
import io.proximadb.error.NotOwnerException;
import io.proximadb.model.Timestamps;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ownership for a time, noted in the table's properties: what stands in for a file lock on stores
 * that have none.
 *
 * <p>The holder renews it while it has writes, with each flush and between them, and accepts no
 * write once it ran out. Another engine takes over no earlier than {@link #SKEW_GRACE_MICROS} after
 * that, so clocks may differ by as much; if they differ by more, the epoch still keeps the first
 * one's flushes out of the table. Safe for use by several threads.
 */
final class Lease {
  /** How long a lease lasts: as long as others wait, at most, for one who died. */
  static final long PERIOD_MICROS = 60_000_000;

  /**
   * Renewed when it lasts no longer than this. Flushes, every 30 s by default, renew it on their
   * way, so that a busy collection needs no commits of its own for it; the rest is time for a store
   * that fails.
   */
  static final long RENEW_BELOW_MICROS = 25_000_000;

  /** By how much the clocks of two engines may differ. */
  static final long SKEW_GRACE_MICROS = 10_000_000;

  private static final long MICROS_PER_MILLI = 1_000;

  private final CollectionTable table;
  private final String engineId;
  private final long epoch;
  private volatile long untilMicros;
  private boolean released;

  /** A lease that was noted in the table. */
  Lease(CollectionTable table, String engineId, long epoch, long untilMicros) {
    this.table = table;
    this.engineId = engineId;
    this.epoch = epoch;
    this.untilMicros = untilMicros;
  }

  /**
   * Looks whether a table is free to be taken.
   *
   * @throws NotOwnerException if another engine has a lease on it
   */
  static void checkFree(CollectionTable table, String engineId, long nowMicros) {
    Map<String, String> properties = table.properties();
    String until = properties.get(TableProperties.OWNER_LEASE_UNTIL);
    String holder = properties.get(TableProperties.OWNER_ENGINE);
    // An engine of the same home is this one, started again: its home is locked.
    if (until == null || engineId.equals(holder)) {
      return;
    }
    long free = Long.parseLong(until) * MICROS_PER_MILLI + SKEW_GRACE_MICROS;
    if (nowMicros < free) {
      String address = properties.getOrDefault(TableProperties.OWNER_ADDRESS, "");
      throw new NotOwnerException(
          "Cannot write to '"
              + table.name()
              + "': another engine owns it (engine="
              + holder
              + ", address="
              + (address.isEmpty() ? "none" : address)
              + "); send the write there, or try again after "
              + Timestamps.ofMicros(free)
              + ", when its lease ends unless it is renewed",
          address);
    }
  }

  /** The time that a lease taken now ends. */
  static long untilMicros(long nowMicros) {
    return nowMicros + PERIOD_MICROS;
  }

  /** The value of {@link TableProperties#OWNER_LEASE_UNTIL}, rounded down. */
  static String property(long untilMicros) {
    return Long.toString(untilMicros / MICROS_PER_MILLI);
  }

  boolean isHeld(long nowMicros) {
    return nowMicros < untilMicros;
  }

  boolean isToBeRenewed(long nowMicros) {
    return untilMicros - nowMicros <= RENEW_BELOW_MICROS;
  }

  /**
   * Makes it last from now on, also after it ran out, if nobody took over; does nothing after it
   * was released.
   *
   * @throws io.proximadb.error.ConflictException if another engine took over
   */
  synchronized void renew(long nowMicros) {
    if (!released) {
      long until = untilMicros(nowMicros);
      change(property(until));
      untilMicros = until;
    }
  }

  /** Makes a commit of the owner, which renews the lease if it passes. */
  synchronized RowLevelCommit.Result renewBy(RowLevelCommit commit, long nowMicros) {
    // Nothing between the commit and the note of it: the lease must not last longer here than
    // there.
    long until = untilMicros(nowMicros);
    RowLevelCommit.Result result =
        commit.setProperty(TableProperties.OWNER_LEASE_UNTIL, property(until)).commit();
    untilMicros = until;
    return result;
  }

  /**
   * Lets others take over at once.
   *
   * @throws io.proximadb.error.ConflictException if another engine did
   */
  synchronized void release() {
    released = true;
    untilMicros = Long.MIN_VALUE;
    change(null);
  }

  private void change(@Nullable String until) {
    PropertyCommit.on(table)
        .require(TableProperties.OWNER_EPOCH, Long.toString(epoch))
        .require(TableProperties.OWNER_ENGINE, engineId)
        .set(TableProperties.OWNER_LEASE_UNTIL, until)
        .commit();
  }
}
