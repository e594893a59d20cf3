package io.proximadb.wal.mirror;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/**
 * Lets threads take turns at their store requests, in an order drawn from a seed: only one runs at
 * a time, so that a run can be repeated.
 */
final class Schedule {
  private final Random random;
  private final ThreadLocal<Integer> current = new ThreadLocal<>();
  private final CountDownLatch allEnded = new CountDownLatch(1);

  /** Threads that wait for a turn. Guarded by this, as is all below. */
  private final NavigableMap<Integer, Semaphore> waiting = new TreeMap<>();

  /** Requests whose sender was told that they failed, and which arrive later. */
  private final List<Runnable> late = new ArrayList<>();

  private int started;
  private Throwable failure;

  Schedule(Random random) {
    this.random = random;
  }

  /** Drawn by the thread whose turn it is, or before the schedule runs. */
  Random random() {
    return random;
  }

  /** Starts a thread, which waits for its first turn. */
  synchronized void start(Runnable task) {
    int id = started++;
    Semaphore first = new Semaphore(0);
    waiting.put(id, first);
    Thread thread =
        new Thread(
            () -> {
              current.set(id);
              first.acquireUninterruptibly();
              try {
                task.run();
              } catch (Throwable e) {
                failed(e);
              } finally {
                handOver();
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  /** Gives the turn up and waits for the next; helpers of a thread do not take turns. */
  void yieldTurn() {
    Integer id = current.get();
    if (id != null) {
      Semaphore next = new Semaphore(0);
      synchronized (this) {
        waiting.put(id, next);
      }
      handOver();
      next.acquireUninterruptibly();
    }
  }

  /** Makes something happen at a later turn. */
  synchronized void later(Runnable arrival) {
    late.add(arrival);
  }

  private synchronized void failed(Throwable e) {
    if (failure == null) {
      failure = e;
    }
  }

  /** Draws whose turn is next. */
  private synchronized void handOver() {
    while (!waiting.isEmpty() || !late.isEmpty()) {
      int choice = random.nextInt(waiting.size() + late.size());
      if (choice < waiting.size()) {
        Integer id = new ArrayList<>(waiting.keySet()).get(choice);
        waiting.remove(id).release();
        return;
      }
      late.remove(choice - waiting.size()).run();
    }
    allEnded.countDown();
  }

  /** Hands out turns until all threads have ended; throws what one of them threw first. */
  void run() throws InterruptedException {
    handOver();
    allEnded.await();
    synchronized (this) {
      if (failure != null) {
        throw new AssertionError(failure.toString(), failure);
      }
    }
  }
}
