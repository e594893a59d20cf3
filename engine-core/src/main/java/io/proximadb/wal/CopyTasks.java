package io.proximadb.wal;

import io.proximadb.io.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Does the same to all copies of a segment, side by side: disks sync at the same time. */
final class CopyTasks implements Closeable {
  private final ExecutorService threads;

  /** What is done to each copy. */
  @FunctionalInterface
  interface Task {
    void run(Disk.Output output) throws IOException;
  }

  CopyTasks(int copies) {
    // The first copy is the caller's, so one copy needs no thread; none is started before its use.
    this.threads =
        Executors.newFixedThreadPool(
            Math.max(1, copies - 1),
            task -> {
              Thread thread = new Thread(task, "proximadb-wal-copy");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Runs a task for each copy; fails if it fails for one, when it has ended for all. */
  void run(List<Disk.Output> copies, Task task) throws IOException {
    List<Future<?>> others = new ArrayList<>();
    for (Disk.Output other : copies.subList(1, copies.size())) {
      others.add(
          threads.submit(
              () -> {
                task.run(other);
                return null;
              }));
    }
    @Nullable IOException failure = null;
    try {
      task.run(copies.get(0));
    } catch (IOException e) {
      failure = e;
    }
    for (Future<?> other : others) {
      failure = await(other, failure);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static @Nullable IOException await(Future<?> task, @Nullable IOException before) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get();
          return before;
        } catch (InterruptedException e) {
          // The disk's answer is needed all the same; the caller finds the interrupt afterwards.
          interrupted = true;
        } catch (ExecutionException e) {
          IOException failure =
              e.getCause() instanceof IOException cause
                  ? cause
                  : new IOException("A copy of the log failed", e.getCause());
          if (before != null) {
            failure.addSuppressed(before);
          }
          return failure;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
