package io.proximadb.mvcc;

import io.proximadb.error.ClosedException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The current state of a collection; readers pin it without waiting for anybody. */
public final class StateHolder {
  private final String what;
  private final AtomicReference<@Nullable CollectionState> current = new AtomicReference<>();

  /** Every state that somebody may still read; those that are freed leave with the next swap. */
  private final List<WeakReference<CollectionState>> states = new ArrayList<>();

  /** Holds a state, whose first reference it takes over. */
  public StateHolder(String what, CollectionState initial) {
    this.what = what;
    current.set(initial);
    note(initial);
  }

  private void note(CollectionState state) {
    synchronized (states) {
      states.removeIf(known -> isFreed(known.get()));
      states.add(new WeakReference<>(state));
    }
  }

  private static boolean isFreed(@Nullable CollectionState state) {
    return state == null || state.isFreed();
  }

  /** The snapshots of the current state and of all that are pinned. */
  public Set<Long> snapshotIds() {
    Set<Long> ids = new HashSet<>();
    synchronized (states) {
      for (WeakReference<CollectionState> known : states) {
        CollectionState state = known.get();
        if (state != null && !state.isFreed()) {
          state.snapshotId().ifPresent(ids::add);
        }
      }
    }
    return ids;
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
    note(next);
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
