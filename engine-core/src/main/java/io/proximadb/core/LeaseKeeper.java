package io.proximadb.core;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * Renews the leases of an engine's collections, in threads that nothing else keeps busy. Safe for
 * use by several threads.
 */
final class LeaseKeeper implements AutoCloseable {
  /** How often a lease is looked at: often against the seconds that it lasts. */
  private static final long CHECK_MS = 1_000;

  /** A renewal is a commit of a tenth of a second; so many at a time serve hundreds of leases. */
  private static final int THREADS = 4;

  /** Something with a lease; what it does must not throw. */
  interface Holder {
    void renewLeaseIfDue();
  }

  private final Map<Holder, Future<?>> holders = new ConcurrentHashMap<>();
  private final ScheduledExecutorService threads =
      Executors.newScheduledThreadPool(THREADS, daemons());

  private static ThreadFactory daemons() {
    return task -> {
      Thread thread = new Thread(task, "proximadb-lease");
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Starts to look after a holder, until {@link #remove}. */
  void add(Holder holder) {
    holders.computeIfAbsent(
        holder,
        key ->
            threads.scheduleWithFixedDelay(
                key::renewLeaseIfDue, CHECK_MS, CHECK_MS, TimeUnit.MILLISECONDS));
  }

  void remove(Holder holder) {
    Future<?> task = holders.remove(holder);
    if (task != null) {
      task.cancel(false);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
