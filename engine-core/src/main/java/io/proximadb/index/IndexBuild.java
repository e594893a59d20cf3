package io.proximadb.index;

import io.proximadb.error.ClosedException;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

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
