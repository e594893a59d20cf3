package io.proximadb.mvcc;

import io.proximadb.error.ClosedException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The current state of a collection; readers pin it without waiting for anybody. */
public final class StateHolder {
  private final String what;
  private final AtomicReference<@Nullable CollectionState> current = new AtomicReference<>();

  /** Holds a state, whose first reference it takes over. */
  public StateHolder(String what, CollectionState initial) {
    this.what = what;
    current.set(initial);
  }

  /**
   * The current state, kept until it is released by {@link #release(CollectionState)}.
   *
   * @throws ClosedException if the holder is closed
   */
  public CollectionState acquire() {
    while (true) {
      CollectionState state = current.get();
      if (state == null) {
        throw new ClosedException("Cannot read '" + what + "': it is closed");
      }
      if (state.tryRetain()) {
        return state;
      }
    }
  }

  public void release(CollectionState state) {
    state.release();
  }

  /**
   * Makes a state the current one, takes over its first reference and lets go of the one before.
   * Callers take turns.
   */
  public void swap(CollectionState next) {
    CollectionState before = current.getAndSet(next);
    if (before == null) {
      current.set(null);
      next.release();
      throw new ClosedException("Cannot change '" + what + "': it is closed");
    }
    before.release();
  }

  /** Lets go of the last state; readers that pinned one keep it. */
  public void close() {
    CollectionState last = current.getAndSet(null);
    if (last != null) {
      last.release();
    }
  }
}
