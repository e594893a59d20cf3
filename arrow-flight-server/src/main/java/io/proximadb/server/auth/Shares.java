package io.proximadb.server.auth;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Room for so many of a kind at once, of which no key may take more than its share. What exceeds it
 * is refused, not queued. Safe for use by several threads.
 */
public final class Shares {
  private final String kind;
  private final int total;
  private final int ofKey;
  private final Semaphore room;

  /** Taken by each key; a key that has none is not in it. */
  private final ConcurrentMap<String, Integer> taken = new ConcurrentHashMap<>();

  /**
   * Room.
   *
   * @param kind of what there is room for, for messages: {@code "search"}
   * @param total at once, at least 1
   * @param ofKey of one key at once, at least 1
   */
  public Shares(String kind, int total, int ofKey) {
    this.kind = kind;
    this.total = total;
    this.ofKey = ofKey;
    this.room = new Semaphore(total);
  }

  /**
   * Room of which a key may have three quarters, so that the others find some. Where no keys are
   * asked for, all callers are one, and may have all of it.
   */
  public static Shares of(String kind, int total) {
    return new Shares(kind, total, Math.max(1, total - total / 4));
  }

  /** A place; closing it gives it back, and closing it again does nothing. */
  @FunctionalInterface
  public interface Place extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Takes a place.
   *
   * @throws AccessException if there is none, or the caller has its share already
   */
  public Place take(Caller caller) {
    String name = caller.name();
    int share = caller.equals(Caller.ANYONE) ? total : ofKey;
    boolean[] had = new boolean[1];
    taken.compute(
        name,
        (key, count) -> {
          int before = count == null ? 0 : count;
          had[0] = before < share;
          return had[0] ? Integer.valueOf(before + 1) : count;
        });
    if (!had[0]) {
      throw full(share + (share < total ? " of a key" : ""));
    }
    if (!room.tryAcquire()) {
      giveBack(name);
      throw full(String.valueOf(total));
    }
    AtomicBoolean closed = new AtomicBoolean();
    return () -> {
      if (closed.compareAndSet(false, true)) {
        room.release();
        giveBack(name);
      }
    };
  }

  private AccessException full(String limit) {
    return AccessException.busy(
        "Cannot start " + kind + ": too many run at once (limit=" + limit + ")");
  }

  private void giveBack(String name) {
    taken.computeIfPresent(name, (key, count) -> count == 1 ? null : Integer.valueOf(count - 1));
  }

  /** Places that are taken. */
  public int running() {
    return total - room.availablePermits();
  }
}
