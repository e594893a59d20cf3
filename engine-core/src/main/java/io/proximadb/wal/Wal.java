package io.proximadb.wal;

import java.io.Closeable;
import java.util.List;
import java.util.UUID;

/** The engine's write-ahead log, one for all its collections. Safe for use by several threads. */
public interface Wal extends Closeable {
  /**
   * Numbers the records and queues them as one unit: after a crash all of them are replayed or
   * none. Does not wait for the disk, unless so much is queued that there is no room.
   *
   * <p>Callers that need the order of numbers to agree with something of their own hold their own
   * lock around this call; numbers ascend in the order of calls.
   *
   * @return the sequence number of the first record; the others follow without gap
   * @throws io.proximadb.error.InvalidArgumentException if there are no records, or a value is of a
   *     class that {@link io.proximadb.model.FieldType} does not name
   * @throws io.proximadb.error.ResourceExhaustedException if the unit is over the size limit
   * @throws io.proximadb.error.UnavailableException if an earlier write or sync failed: the log is
   *     read-only from then on
   * @throws io.proximadb.error.ClosedException if the log is closed
   */
  long append(List<WalRecord> records);

  /**
   * Waits until the record and all before it are durable.
   *
   * @throws io.proximadb.error.UnavailableException if they will not be: a write or sync failed
   */
  void awaitDurable(long sequence);

  /** The number up to which all records are durable. */
  long durableSequence();

  /** The number that the next record gets. */
  long nextSequence();

  /**
   * Tells the log that a table's records up to a number are in the table, so that segments which no
   * table needs any more can go.
   */
  void release(UUID tableUuid, long flushedSequence);

  /**
   * Tells the log that a table is gone: its records hold no segment any more. Those appended for it
   * afterwards do not either.
   */
  void forget(UUID tableUuid);

  /** Waits for what is queued, then closes. Closing twice is fine. */
  @Override
  void close();
}
