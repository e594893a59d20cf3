package io.proximadb.core;

import io.proximadb.api.Collection;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.TableProperties;
import io.proximadb.error.UnavailableException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets a read wait until it sees all writes up to a number of the owner's log: of this engine's own
 * log if it is the owner, else of what the owner has flushed to the table.
 */
final class SequenceWait {
  /** Between two looks; at the owner the first one nearly always ends the wait. */
  private static final long POLL_MICROS = 1_000;

  private final Surroundings engine;
  private final CollectionTable table;
  private final CollectionStore store;

  SequenceWait(Surroundings engine, CollectionTable table, CollectionStore store) {
    this.engine = engine;
    this.table = table;
    this.store = store;
  }

  /**
   * Waits.
   *
   * @throws UnavailableException if the number is not reached in time
   */
  void await(long sequence) {
    if (reached(sequence)) {
      return;
    }
    long deadline = System.nanoTime() + Collection.MAX_SEQUENCE_WAIT.toNanos();
    while (true) {
      store.refresh();
      if (reached(sequence)) {
        return;
      }
      if (System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
        throw new UnavailableException(
            "Cannot read '"
                + table.name()
                + "' at sequence "
                + sequence
                + ": "
                + found()
                + " after "
                + Collection.MAX_SEQUENCE_WAIT.toMillis()
                + " ms (read later, or at the collection's owner)");
      }
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(POLL_MICROS));
    }
  }

  private String owner() {
    String owner = table.property(TableProperties.OWNER_ENGINE);
    return owner == null ? engine.engineId() : owner;
  }

  private boolean reached(long sequence) {
    String owner = owner();
    return owner.equals(engine.engineId())
        ? isVisible(sequence)
        : LogPosition.of(table.properties(), owner).sequence() >= sequence;
  }

  /** The log is one for all collections: a number may be of another one's record. */
  private boolean isVisible(long sequence) {
    long durable = engine.wal().durableSequence();
    if (store.appliedSequence() >= sequence) {
      return durable >= sequence;
    }
    if (sequence >= engine.wal().nextSequence()) {
      return false;
    }
    long applied;
    synchronized (store.lock()) {
      // What was appended up to that number is applied, for that happens under the lock.
      applied = store.appliedSequence();
    }
    return durable >= Math.min(sequence, applied);
  }

  private String found() {
    String owner = owner();
    return owner.equals(engine.engineId())
        ? "this engine's log ends at " + (engine.wal().nextSequence() - 1)
        : "its owner "
            + owner
            + " has flushed up to "
            + LogPosition.of(table.properties(), owner).sequence();
  }
}
