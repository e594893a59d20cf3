package io.proximadb.index;

import io.proximadb.error.ClosedException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What a build may use.
 *
 * @param executor runs the tasks of a build by several threads
 * @param threads tasks at a time, at least 1; 1 runs in the caller
 * @param stopped true once the build is to end
 */
public record IndexBuild(Executor executor, int threads, BooleanSupplier stopped) {
  /** By the caller's thread alone, to its end. */
  public static IndexBuild inCaller() {
    return new IndexBuild(Runnable::run, 1, () -> false);
  }

  /**
   * Runs as many tasks at the same time as there are threads, and waits for all.
   *
   * @param task gives each one; they share the work out among themselves
   */
  public void inParallel(Supplier<Runnable> task) {
    if (threads == 1) {
      task.get().run();
      return;
    }
    CompletableFuture<?>[] tasks = new CompletableFuture<?>[threads];
    Arrays.setAll(tasks, i -> CompletableFuture.runAsync(() -> task.get().run(), executor));
    try {
      CompletableFuture.allOf(tasks).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failed) {
        throw failed;
      }
      throw e;
    }
  }

  /**
   * Called between parts.
   *
   * @throws ClosedException if the build is to end
   */
  public void checkNotStopped() {
    if (stopped.getAsBoolean()) {
      throw new ClosedException("The build of an index was stopped");
    }
  }
}
