package io.proximadb.maintenance;

import io.proximadb.error.ClosedException;
import io.proximadb.error.NotFoundException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs maintenance of many tables on few threads: of the steps that are due, the kind that goes
 * first; of one kind, the one that waited longest; one step of a table at a time.
 *
 * <p>Safe for use by several threads. Time here is that of the machine, not of the engine's clock.
 */
public final class MaintenanceScheduler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MaintenanceScheduler.class);

  /** A failed step is tried again after that long, doubling. */
  private static final long MIN_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long MAX_RETRY_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** How long close waits for steps that run: they look at the signal to stop between parts. */
  private static final long MAX_CLOSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final List<MaintenanceWork> works;
  private final List<Thread> threads = new ArrayList<>();
  private final Object lock = new Object();

  // Guarded by lock.
  private final List<Slot> slots = new ArrayList<>();
  private final Map<MaintenanceWork.Kind, MaintenanceStats.Totals> totals =
      new EnumMap<>(MaintenanceWork.Kind.class);
  private int running;
  private boolean paused;
  private volatile boolean closed;

  /** One kind of work on one table. */
  private static final class Slot {
    final Registration registration;
    final MaintenanceWork work;
    long dueNanos;
    long retryNanos = MIN_RETRY_NANOS;
    boolean woken;

    Slot(Registration registration, MaintenanceWork work, long dueNanos) {
      this.registration = registration;
      this.work = work;
      this.dueNanos = dueNanos;
    }
  }

  /** A table's place in the scheduler, until it is closed. */
  public final class Registration implements AutoCloseable {
    private final MaintenanceTarget target;
    private boolean busy;
    private long steps;
    private volatile boolean ended;

    private Registration(MaintenanceTarget target) {
      this.target = target;
    }

    /** Has the table looked at now; for who changed it. */
    public void wake() {
      synchronized (lock) {
        for (Slot slot : slots) {
          if (slot.registration == this && slot.retryNanos == MIN_RETRY_NANOS) {
            slot.woken = true;
            slot.dueNanos = Math.min(slot.dueNanos, System.nanoTime());
          }
        }
        lock.notifyAll();
      }
    }

    /**
     * Waits until a step of the table ends, at most that long; returns at once if none runs or will
     * soon. For writers that are faster than maintenance.
     */
    public void awaitStep(long maxMillis) {
      wake();
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(maxMillis);
      synchronized (lock) {
        long before = steps;
        while (steps == before && !ended && !closed && !paused && !threads.isEmpty()) {
          long left = end - System.nanoTime();
          if (left <= 0 || !waitNanos(left)) {
            return;
          }
        }
      }
    }

    /**
     * Does in this thread all that there is to do, also while the scheduler is paused or has no
     * threads.
     *
     * @return what each step did, in order
     * @throws io.proximadb.error.ProximaException of the first step that fails
     */
    public List<MaintenanceResult> runNow() {
      return alone(
          () -> {
            List<MaintenanceResult> results = new ArrayList<>();
            for (MaintenanceWork work : worksOf(target)) {
              runNow(work, results);
            }
            return results;
          });
    }

    /** Does something in this thread while no step of the table runs; waits for one that does. */
    public <T> T alone(Supplier<T> action) {
      synchronized (lock) {
        while (busy && !closed) {
          if (!waitNanos(MAX_RETRY_NANOS)) {
            throw new ClosedException("Interrupted while maintenance of " + target.name() + " ran");
          }
        }
        busy = true;
        running++;
      }
      try {
        return action.get();
      } finally {
        synchronized (lock) {
          busy = false;
          running--;
          steps++;
          lock.notifyAll();
        }
      }
    }

    private void runNow(MaintenanceWork work, List<MaintenanceResult> results) {
      MaintenanceResult result;
      do {
        long start = System.nanoTime();
        result = work.run(target.scope(() -> closed || ended).now());
        synchronized (lock) {
          MaintenanceStats.Totals before =
              totals.getOrDefault(work.kind(), MaintenanceStats.Totals.ZERO);
          totals.put(work.kind(), before.plus(result, (System.nanoTime() - start) / 1_000));
        }
        if (result.done()) {
          results.add(result);
          target.changed();
        }
      } while (result.done() && result.more());
    }

    /** Begins again after {@link #close()}; fine if it was not closed. */
    public void reopen() {
      synchronized (lock) {
        if (ended) {
          ended = false;
          long now = System.nanoTime();
          worksOf(target).forEach(work -> slots.add(new Slot(this, work, now)));
          lock.notifyAll();
        }
      }
    }

    /** Ends maintenance of the table; waits for a step that runs. */
    @Override
    public void close() {
      ended = true;
      long end = System.nanoTime() + MAX_CLOSE_NANOS;
      synchronized (lock) {
        slots.removeIf(slot -> slot.registration == this);
        lock.notifyAll();
        while (busy && end - System.nanoTime() > 0 && waitNanos(end - System.nanoTime())) {
          // Looks again.
        }
        if (busy) {
          LOG.warn("Maintenance of {} did not end in time", target.name());
        }
      }
    }
  }

  /** Starts the threads. */
  public MaintenanceScheduler(MaintenanceOptions options, List<MaintenanceWork> works) {
    this.works = List.copyOf(works);
    for (int i = 0; i < options.threads(); i++) {
      Thread thread = new Thread(this::work, "proximadb-maintenance-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
  }

  /** Maintains a table from now on. */
  public Registration register(MaintenanceTarget target) {
    Registration registration = new Registration(target);
    synchronized (lock) {
      long now = System.nanoTime();
      for (MaintenanceWork work : worksOf(target)) {
        slots.add(new Slot(registration, work, now));
      }
      lock.notifyAll();
    }
    return registration;
  }

  private List<MaintenanceWork> worksOf(MaintenanceTarget target) {
    return works.stream().filter(target::takes).toList();
  }

  /** Starts no step until {@link #resume()}; those that run end. */
  public void pause() {
    synchronized (lock) {
      paused = true;
      lock.notifyAll();
    }
  }

  public void resume() {
    synchronized (lock) {
      paused = false;
      lock.notifyAll();
    }
  }

  public MaintenanceStats stats() {
    synchronized (lock) {
      return new MaintenanceStats(paused, running, totals);
    }
  }

  /** Waits on the lock; false if the thread was interrupted, which it then still is. */
  private boolean waitNanos(long nanos) {
    try {
      TimeUnit.NANOSECONDS.timedWait(lock, Math.max(1, nanos));
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void work() {
    Slot slot = take();
    while (slot != null) {
      run(slot);
      slot = take();
    }
  }

  /** The next step; null when the scheduler is closed. */
  private @Nullable Slot take() {
    synchronized (lock) {
      while (!closed) {
        long now = System.nanoTime();
        Slot next = paused ? null : next(now);
        if (next != null) {
          next.registration.busy = true;
          next.woken = false;
          running++;
          return next;
        }
        long wait =
            slots.stream()
                .filter(slot -> !slot.registration.busy)
                .mapToLong(slot -> slot.dueNanos - now)
                .min()
                .orElse(MAX_RETRY_NANOS);
        if (!waitNanos(paused ? MAX_RETRY_NANOS : wait)) {
          return null;
        }
      }
      return null;
    }
  }

  private @Nullable Slot next(long now) {
    return slots.stream()
        .filter(slot -> !slot.registration.busy && slot.dueNanos - now <= 0)
        .min(
            Comparator.comparing((Slot slot) -> slot.work.kind())
                .thenComparingLong(slot -> slot.dueNanos - now))
        .orElse(null);
  }

  private void run(Slot slot) {
    Registration registration = slot.registration;
    long start = System.nanoTime();
    MaintenanceResult result = null;
    String error = null;
    try {
      result = step(slot);
    } catch (ClosedException e) {
      LOG.debug("Stopped: {}", e.getMessage());
    } catch (NotFoundException e) {
      LOG.debug("No {} of {}: {}", slot.work.kind(), registration.target.name(), e.getMessage());
    } catch (RuntimeException e) {
      // Whatever it is, the thread goes on for the sake of other tables; it is tried again.
      error = String.valueOf(e.getMessage());
      LOG.warn("{} of {} failed: {}", slot.work.kind(), registration.target.name(), error, e);
    } finally {
      ended(slot, result, error, (System.nanoTime() - start) / 1_000);
    }
  }

  private MaintenanceResult step(Slot slot) {
    Registration registration = slot.registration;
    if (!registration.target.isDue()) {
      return MaintenanceResult.NOTHING;
    }
    MaintenanceResult result =
        slot.work.run(registration.target.scope(() -> closed || registration.ended));
    if (result.done()) {
      LOG.info("{} of {}: {}", slot.work.kind(), registration.target.name(), result.what());
      registration.target.changed();
    }
    return result;
  }

  private void ended(
      Slot slot, @Nullable MaintenanceResult result, @Nullable String error, long micros) {
    synchronized (lock) {
      slot.registration.busy = false;
      slot.registration.steps++;
      running--;
      long now = System.nanoTime();
      MaintenanceStats.Totals before =
          totals.getOrDefault(slot.work.kind(), MaintenanceStats.Totals.ZERO);
      if (error != null) {
        totals.put(slot.work.kind(), before.failed(error, micros));
        slot.dueNanos = now + slot.retryNanos;
        slot.retryNanos = Math.min(MAX_RETRY_NANOS, 2 * slot.retryNanos);
      } else {
        slot.retryNanos = MIN_RETRY_NANOS;
        slot.dueNanos = now + slot.work.interval().toNanos();
        if (result != null) {
          totals.put(slot.work.kind(), before.plus(result, micros));
          slot.dueNanos = result.more() || slot.woken ? now : slot.dueNanos;
        }
      }
      lock.notifyAll();
    }
  }

  /** Stops; waits for steps that run. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    long end = System.nanoTime() + MAX_CLOSE_NANOS;
    for (Thread thread : threads) {
      try {
        thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      if (thread.isAlive()) {
        LOG.warn("A step of maintenance did not end in time");
      }
    }
  }
}
