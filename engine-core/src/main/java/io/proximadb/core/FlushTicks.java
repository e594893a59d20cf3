package io.proximadb.core;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that looks whether a flush is due: every tenth of a second while there is something
 * that could become due, and never while there is not. Safe for use by several threads.
 */
final class FlushTicks implements AutoCloseable {
  /*
   * Concurrency: who makes work first makes it visible, then calls awake(). The thread that finds no
   * work says that it rests, then looks once more: of the two one sees the other.
   */
  private static final Logger LOG = LoggerFactory.getLogger(FlushTicks.class);

  /** How often it is looked: fine against a second's ages. */
  private static final long TICK_MS = 100;

  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread made = new Thread(task, "proximadb-flush");
            made.setDaemon(true);
            return made;
          });

  private volatile boolean ticking;
  private volatile boolean released;

  // Set once, before the first tick.
  private volatile Runnable look = () -> {};
  private volatile BooleanSupplier idle = () -> true;

  FlushTicks() {
    // Who closes does not wait for the next tick.
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Begins.
   *
   * @param looking is done with each tick
   * @param nothingToDo true if no tick could have anything to do
   */
  void begin(Runnable looking, BooleanSupplier nothingToDo) {
    look = looking;
    idle = nothingToDo;
    awake();
  }

  /** There may be something to do from now on. Costs the reading of a field, mostly. */
  void awake() {
    if (!ticking) {
      start();
    }
  }

  /** The log can give back more than it could when it was last looked at. */
  void released() {
    released = true;
    awake();
  }

  /** True once after {@link #released()}. */
  boolean takeReleased() {
    boolean was = released;
    released = false;
    return was;
  }

  private synchronized void start() {
    if (!ticking) {
      ticking = true;
      next();
    }
  }

  private void next() {
    try {
      ScheduledFuture<?> tick = thread.schedule(this::tick, TICK_MS, TimeUnit.MILLISECONDS);
      assert !tick.isCancelled();
    } catch (RejectedExecutionException e) {
      LOG.debug("No more flushes in the background: the engine closes");
    }
  }

  private void tick() {
    try {
      look.run();
    } finally {
      if (!isIdle()) {
        next();
      } else {
        ticking = false;
        if (!isIdle()) {
          awake();
        }
      }
    }
  }

  /** What cannot be told, as a collection was closed meanwhile, is looked at with the next tick. */
  private boolean isIdle() {
    try {
      return !released && idle.getAsBoolean();
    } catch (RuntimeException e) {
      LOG.debug("Looking for flushes again", e);
      return false;
    }
  }

  /** Waits for a tick that runs; there are no others. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
        LOG.warn("A flush in the background did not end in a minute");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
