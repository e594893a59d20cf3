package io.proximadb.server.flight;

import io.proximadb.error.ResourceExhaustedException;
import java.util.concurrent.Semaphore;

/** How many calls of a kind run at once. What exceeds it is refused, not queued. */
final class CallLimit {
  private final String kind;
  private final int max;
  private final Semaphore permits;

  CallLimit(String kind, int max) {
    this.kind = kind;
    this.max = max;
    this.permits = new Semaphore(max);
  }

  /** A running call; closing it, once, makes room for another. */
  interface Permit extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Starts a call.
   *
   * @throws ResourceExhaustedException if too many run
   */
  Permit acquire() {
    if (!permits.tryAcquire()) {
      throw new ResourceExhaustedException(
          "Cannot start " + kind + ": too many run at once (limit=" + max + ")");
    }
    return permits::release;
  }

  /**
   * Runs a call on this thread.
   *
   * @throws ResourceExhaustedException if too many run
   */
  void run(Runnable call) {
    Permit permit = acquire();
    try {
      call.run();
    } finally {
      permit.close();
    }
  }

  int running() {
    return max - permits.availablePermits();
  }
}
