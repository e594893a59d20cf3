package io.proximadb.wal.mirror;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Lets threads take turns at their store requests, in an order drawn from a seed: only one runs at
 * a time, so that a run can be repeated.
 */
final class Schedule {
  private final Random random;
  private final Map<Integer, Boolean> waiting = new TreeMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final ThreadLocal<Integer> current = new ThreadLocal<>();

  /** Requests whose sender was told that they failed, and which arrive later. */
  private final List<Runnable> late = new ArrayList<>();

  private int running;
  private int turn = -1;
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
    running++;
    Thread thread =
        new Thread(
            () -> {
              current.set(id);
              try {
                yieldTurn();
                task.run();
              } catch (Throwable e) {
                failed(e);
              } finally {
                ended();
              }
            });
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  /** Gives the turn up and waits for the next; helpers of a thread do not take turns. */
  void yieldTurn() {
    Integer id = current.get();
    if (id == null) {
      return;
    }
    synchronized (this) {
      waiting.put(id, true);
      running--;
      notifyAll();
      while (turn != id) {
        try {
          wait();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      turn = -1;
      waiting.remove(id);
    }
  }

  /** Makes something happen at a later turn. */
  synchronized void later(Runnable arrival) {
    late.add(arrival);
  }

  private synchronized void ended() {
    running--;
    notifyAll();
  }

  private synchronized void failed(Throwable e) {
    if (failure == null) {
      failure = e;
    }
  }

  /** Hands out turns until all threads have ended; throws what one of them threw first. */
  void run() throws Exception {
    while (true) {
      Runnable arrival = null;
      synchronized (this) {
        while (running > 0) {
          wait();
        }
        int choices = waiting.size() + late.size();
        if (choices == 0) {
          break;
        }
        int choice = random.nextInt(choices);
        if (choice < waiting.size()) {
          running++;
          turn = new ArrayList<>(waiting.keySet()).get(choice);
          notifyAll();
        } else {
          arrival = late.remove(choice - waiting.size());
        }
      }
      if (arrival != null) {
        arrival.run();
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure != null) {
      throw new AssertionError(failure.toString(), failure);
    }
  }
}
