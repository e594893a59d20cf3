package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the snapshots that this process reads from expiry, for readers that cannot say when they
 * have ended: as long as a reader's token is reachable, and at most {@link #MAX_HOLD}. Safe for use
 * by several threads.
 *
 * <p>A pin is a commit, so it is made when a read has lasted for a while: until then the minimum
 * age of snapshots protects it. It is renewed, and released when the token has been collected; if
 * the process dies it ends by itself within {@link #PIN_TIME}.
 */
public final class ReaderPins {
  /**
   * Property of a catalog: milliseconds after which a read is pinned, 0 for at once; less than the
   * least time for which a superseded snapshot stays, see {@code docs/maintenance.md}.
   */
  public static final String DELAY = "proximadb.read.pin-after-ms";

  /** Half of the least minimum age that can be set. */
  static final long DEFAULT_DELAY_MS = 30_000;

  /** A pin that is not renewed ends that long after: what a dead process leaves. */
  static final Duration PIN_TIME = Duration.ofMinutes(15);

  /** A pin is renewed when a third of its time is over: two tries may fail. */
  private static final long RENEW_MS = PIN_TIME.toMillis() / 3;

  /** The longest job, and the longest that a forgotten reader holds a snapshot. */
  static final Duration MAX_HOLD = Duration.ofDays(3);

  /** Snapshots that one process holds; each is a commit every few minutes. */
  private static final int MAX_HELD = 1_000;

  private static final long TICK_MS = 1_000;
  private static final Logger LOG = LoggerFactory.getLogger(ReaderPins.class);

  /** Those of this process. */
  private static final class Shared {
    static final ReaderPins PINS = new ReaderPins(Clock.system());

    static {
      ScheduledExecutorService thread =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread daemon = new Thread(task, "proximadb-reader-pins");
                daemon.setDaemon(true);
                return daemon;
              });
      var ticks =
          thread.scheduleWithFixedDelay(PINS::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
      assert !ticks.isDone();
    }
  }

  private record Key(UUID table, long snapshotId) {}

  /** A snapshot with those who read it. */
  private static final class Held {
    final Supplier<CollectionTable> loader;

    /** Guarded by the pins, as is the next. */
    final List<WeakReference<Object>> tokens = new ArrayList<>();

    long untilMs;

    /** Of the thread that ticks, as are the next. */
    volatile long nextMs;

    @Nullable String pin;
    @Nullable CollectionTable table;

    Held(Supplier<CollectionTable> loader) {
      this.loader = loader;
    }

    boolean isRead() {
      tokens.removeIf(token -> token.get() == null);
      return !tokens.isEmpty();
    }
  }

  private final Clock clock;
  private final Object ticking = new Object();

  /** Guarded by this. */
  private final Map<Key, Held> held = new LinkedHashMap<>();

  ReaderPins(Clock clock) {
    this.clock = clock;
  }

  /** The pins of this process's readers. */
  public static ReaderPins shared() {
    return Shared.PINS;
  }

  /**
   * Holds the current snapshot of a table as long as a token is reachable. A read of it never fails
   * for want of a pin: what cannot be pinned is logged. An attached table is its owner's, and is
   * not pinned.
   *
   * @param table as the reader has it
   * @param loader opens the same table anew, for commits of their own
   * @param token kept by everything that reads
   */
  public void hold(CollectionTable table, Supplier<CollectionTable> loader, Object token) {
    if (table.snapshotId().isPresent()) {
      hold(table, table.snapshotId().getAsLong(), loader, token);
    }
  }

  /**
   * Holds any snapshot of a table, likewise.
   *
   * @param snapshotId which
   */
  public void hold(
      CollectionTable table, long snapshotId, Supplier<CollectionTable> loader, Object token) {
    if (table.isAttached()) {
      return;
    }
    long delay = delay(table);
    long nowMs = nowMs();
    Key key = new Key(table.uuid(), snapshotId);
    synchronized (this) {
      Held found = held.get(key);
      if (found == null) {
        if (held.size() >= MAX_HELD) {
          LOG.warn("Does not pin {}: {} snapshots are read already", table.name(), MAX_HELD);
          return;
        }
        found = new Held(loader);
        found.nextMs = nowMs + delay;
        held.put(key, found);
      }
      found.tokens.add(new WeakReference<>(token));
      found.untilMs = nowMs + MAX_HOLD.toMillis();
    }
    if (delay == 0) {
      tick();
    }
  }

  /** Lets go of what a token holds, for readers that can say when they have ended. */
  public synchronized void release(Object token) {
    held.values().forEach(one -> one.tokens.removeIf(reference -> reference.get() == token));
  }

  private static long delay(CollectionTable table) {
    String text;
    try {
      text = table.table().io().properties().get(DELAY);
    } catch (UnsupportedOperationException e) {
      return DEFAULT_DELAY_MS;
    }
    if (text == null) {
      return DEFAULT_DELAY_MS;
    }
    try {
      long delay = Long.parseLong(text);
      if (delay >= 0 && delay <= Duration.ofDays(1).toMillis()) {
        return delay;
      }
    } catch (NumberFormatException e) {
      // As below.
    }
    throw new InvalidArgumentException(
        "Invalid " + DELAY + ": '" + text + "' (expected milliseconds from 0 to a day)");
  }

  private long nowMs() {
    return clock.nowMicros() / 1_000;
  }

  /** How many snapshots are held, pinned or not yet. */
  synchronized int size() {
    return held.size();
  }

  /** Makes, renews and releases what is due. */
  void tick() {
    // Commits take their time, and nobody who plans a read waits for them.
    synchronized (ticking) {
      long nowMs = nowMs();
      Map<Key, Held> all;
      synchronized (this) {
        all = new LinkedHashMap<>(held);
      }
      all.forEach((key, one) -> tick(key, one, nowMs));
    }
  }

  private void tick(Key key, Held one, long nowMs) {
    try {
      if (isOver(key, one, nowMs)) {
        release(one);
      } else if (nowMs >= one.nextMs) {
        // Before the try: one that fails is tried again soon, and not with each tick.
        one.nextMs = nowMs + DEFAULT_DELAY_MS;
        pin(key, one);
        one.nextMs = nowMs + RENEW_MS;
      }
    } catch (NotFoundException e) {
      LOG.warn("A read of snapshot {} may fail: {}", key.snapshotId(), e.getMessage());
      synchronized (this) {
        held.remove(key);
      }
    } catch (RuntimeException e) {
      // Whatever it is, reads go on, and what a dead catalog kept from us ends by itself.
      LOG.warn("Cannot pin snapshot {} now: {}", key.snapshotId(), e.getMessage());
    }
  }

  /** True if nobody reads it any more; who comes from now on holds it anew. */
  private synchronized boolean isOver(Key key, Held one, long nowMs) {
    boolean over = !one.isRead() || nowMs >= one.untilMs;
    if (over) {
      held.remove(key);
    }
    return over;
  }

  private void pin(Key key, Held one) {
    CollectionTable table = one.table;
    if (table == null) {
      table = one.loader.get();
      one.table = table;
    }
    if (!table.uuid().equals(key.table())) {
      throw new NotFoundException("'" + table.name() + "' was dropped and created again");
    }
    SnapshotPins pins = new SnapshotPins(table, clock);
    String pin = one.pin;
    if (pin == null) {
      one.pin = pins.create(key.snapshotId(), PIN_TIME);
    } else {
      pins.renew(pin, PIN_TIME);
    }
  }

  private void release(Held one) {
    CollectionTable table = one.table;
    String pin = one.pin;
    if (table != null && pin != null) {
      new SnapshotPins(table, clock).release(pin);
    }
  }
}
