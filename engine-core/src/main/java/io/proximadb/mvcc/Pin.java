package io.proximadb.mvcc;

import io.proximadb.model.Row;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What one read sees: a state, the sequence up to which writes count, and the read timestamp. Close
 * it when the read ends.
 */
public final class Pin implements AutoCloseable {
  private final StateHolder holder;
  private final CollectionState state;
  private final long sequence;
  private final long readMicros;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /** Takes over a reference to the state that {@link StateHolder#acquire()} gave. */
  public Pin(StateHolder holder, CollectionState state, long sequence, long readMicros) {
    assert readMicros < Row.NO_EXPIRY;
    this.holder = holder;
    this.state = state;
    this.sequence = sequence;
    this.readMicros = readMicros;
  }

  /** Another pin of what this one shows; it may outlive this one. While this one is open. */
  public Pin again() {
    assert open.get() : "pinned again after it was closed";
    state.retain();
    return new Pin(holder, state, sequence, readMicros);
  }

  public CollectionState state() {
    return state;
  }

  /** Writes up to this number of the log are in the read. */
  public long sequence() {
    return sequence;
  }

  /** The read timestamp, microseconds since 1970. */
  public long readMicros() {
    return readMicros;
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      holder.release(state);
    }
  }
}
