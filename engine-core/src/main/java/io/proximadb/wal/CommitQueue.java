package io.proximadb.wal;

import io.proximadb.error.ClosedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where appenders and the writer meet: numbers units, hands them to the writer in groups, and tells
 * the appenders what became of them. Safe for use by several threads.
 *
 * <p>Waiting is not interruptible: it ends with the disk's answer, and a caller who went away would
 * not know what became of his write. The interrupt stays noted.
 */
final class CommitQueue {
  private final Path folder;
  private final long maxQueuedBytes;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final Condition progress = lock.newCondition();

  /** In the order of their numbers. Guarded by lock, as is all below. */
  private List<LogUnit> queued = new ArrayList<>();

  /** Bytes of units that are not durable yet, queued or being written. */
  private long pendingBytes;

  private long nextSequence;
  private volatile long durableSequence;
  private @Nullable Throwable failure;
  private boolean closing;

  CommitQueue(Path folder, long maxQueuedBytes, long nextSequence) {
    this.folder = folder;
    this.maxQueuedBytes = maxQueuedBytes;
    this.nextSequence = nextSequence;
    this.durableSequence = nextSequence - 1;
  }

  /**
   * Numbers a unit and queues it; waits while too much is queued.
   *
   * @return the number of its first record
   */
  long add(LogUnit unit) {
    lock.lock();
    try {
      checkWritable();
      // A unit larger than the limit goes alone.
      while (pendingBytes > 0 && pendingBytes + unit.length() > maxQueuedBytes) {
        room.awaitUninterruptibly();
        checkWritable();
      }
      long first = nextSequence;
      unit.number(first);
      nextSequence += unit.records();
      pendingBytes += unit.length();
      queued.add(unit);
      work.signal();
      return first;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for units and takes all there are; none if the queue is closed and empty. */
  List<LogUnit> take() {
    lock.lock();
    try {
      while (queued.isEmpty() && !closing) {
        work.awaitUninterruptibly();
      }
      List<LogUnit> group = queued;
      queued = new ArrayList<>();
      return group;
    } finally {
      lock.unlock();
    }
  }

  /** The units taken last are durable. */
  void committed(List<LogUnit> group) {
    long bytes = 0;
    for (LogUnit unit : group) {
      bytes += unit.length();
    }
    lock.lock();
    try {
      durableSequence = group.get(group.size() - 1).lastSequence();
      pendingBytes -= bytes;
      progress.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing will become durable any more; the first failure counts. */
  void fail(Throwable cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      queued = new ArrayList<>();
      progress.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more units; the writer still gets those that are queued. */
  void close() {
    lock.lock();
    try {
      closing = true;
      work.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void awaitDurable(long sequence) {
    if (sequence <= durableSequence) {
      return;
    }
    lock.lock();
    try {
      if (sequence >= nextSequence) {
        throw new InvalidArgumentException(
            "Cannot wait for log record "
                + sequence
                + ": it was not appended (expected below "
                + nextSequence
                + ")");
      }
      while (sequence > durableSequence) {
        if (failure != null) {
          throw readOnly("Cannot make log record " + sequence + " durable", failure);
        }
        progress.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  long durableSequence() {
    return durableSequence;
  }

  long nextSequence() {
    lock.lock();
    try {
      return nextSequence;
    } finally {
      lock.unlock();
    }
  }

  private void checkWritable() {
    if (closing) {
      throw new ClosedException("Cannot append to the log: it is closed (folder=" + folder + ")");
    }
    if (failure != null) {
      throw readOnly("Cannot append to the log", failure);
    }
  }

  private UnavailableException readOnly(String what, Throwable cause) {
    return new UnavailableException(
        what
            + ": a write or sync failed, and the log is read-only until the engine is opened again"
            + " (folder="
            + folder
            + ", cause="
            + cause.getMessage()
            + ")",
        cause);
  }
}
