package io.proximadb.axis;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the exact checks of an engine's searches, one at a time, in a thread of their own that ends
 * when there is nothing to check. After a check comes a rest, so that all of them together take no
 * more than their share of one core.
 */
public final class RecallChecks implements AutoCloseable {
  /*
   * Concurrency: searches ask isDue(), two volatile reads; one of those that find it true wins
   * `busy`, which the check gives back. A check is charged the time that passes while it runs, which
   * is at least its CPU time, and more where the machine or its disks have other things to do.
   */
  private static final Logger LOG = LoggerFactory.getLogger(RecallChecks.class);

  /** Between two checks at least: those of small collections would otherwise come all the time. */
  static final long MIN_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** How long the thread waits for another check before it ends. */
  private static final long IDLE_SECONDS = 10;

  /** How long the end of a check is waited for when the engine closes. */
  private static final long MAX_CLOSE_SECONDS = 60;

  private final double share;
  private final Executor executor;
  private final LongSupplier nanos;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile long notBefore;
  private volatile boolean closed;

  RecallChecks(double share, Executor executor, LongSupplier nanos) {
    this.share = share;
    this.executor = executor;
    this.nanos = nanos;
    this.notBefore = nanos.getAsLong();
  }

  /**
   * Checks in the background.
   *
   * @param share of one core
   */
  static RecallChecks inBackground(double share) {
    ThreadPoolExecutor thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(1),
            task -> {
              Thread made = new Thread(task, "proximadb-axis-checks");
              made.setDaemon(true);
              return made;
            });
    thread.allowCoreThreadTimeOut(true);
    return new RecallChecks(share, thread, System::nanoTime);
  }

  /** True if a search may be checked now. */
  boolean isDue(long nowNanos) {
    return share > 0 && nowNanos - notBefore >= 0 && !busy.get() && !closed;
  }

  /** Takes the turn of the next check; false if another search was faster. */
  boolean take() {
    return busy.compareAndSet(false, true);
  }

  /** Gives a turn back without a check. */
  void giveBack() {
    busy.set(false);
  }

  /**
   * Runs a check, some time soon, by whoever took the turn.
   *
   * @param dropped called instead if it will not be run
   */
  void run(Runnable check, Runnable dropped) {
    try {
      executor.execute(() -> timed(check, dropped));
    } catch (RejectedExecutionException e) {
      LOG.debug("Not checking a search: the engine closes");
      dropped.run();
      giveBack();
    }
  }

  private void timed(Runnable check, Runnable dropped) {
    if (closed) {
      dropped.run();
      giveBack();
      return;
    }
    long start = nanos.getAsLong();
    try {
      check.run();
    } catch (RuntimeException e) {
      // Its file may be damaged, or its store away; searches tell their callers themselves.
      LOG.debug("A check of a search failed: {}", e.getMessage(), e);
    } finally {
      long end = nanos.getAsLong();
      notBefore = end + Math.max(MIN_REST_NANOS, (long) ((double) (end - start) / share));
      giveBack();
    }
  }

  /** Begins no more checks, and waits for the one that runs. */
  @Override
  public void close() {
    closed = true;
    if (executor instanceof ThreadPoolExecutor thread) {
      thread.shutdown();
      try {
        if (!thread.awaitTermination(MAX_CLOSE_SECONDS, TimeUnit.SECONDS)) {
          LOG.warn("A check of a search did not end in time");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
