package io.proximadb.io;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts who uses a thing; starts at one, the opener, and never rises again from zero. */
public final class References {
  private final AtomicInteger count = new AtomicInteger(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Takes a reference; false if the last one is gone already. */
  public boolean tryAcquire() {
    int now = count.get();
    while (now > 0) {
      if (count.compareAndSet(now, now + 1)) {
        return true;
      }
      now = count.get();
    }
    return false;
  }

  /** True if the last reference is not gone yet. */
  public boolean isHeld() {
    return count.get() > 0;
  }

  /** Gives a reference back; true if it was the last, so that the caller frees the thing. */
  public boolean release() {
    int left = count.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("Released more often than acquired");
    }
    return left == 0;
  }

  /** True for the first call: who opened may close twice, and gives one reference back. */
  public boolean closeOnce() {
    return closed.compareAndSet(false, true);
  }
}
