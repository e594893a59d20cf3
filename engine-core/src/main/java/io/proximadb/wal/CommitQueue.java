package io.proximadb.wal;

import io.proximadb.error.ClosedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where appenders meet: numbers units, and lets one of those who wait write what is queued for all.
 * Safe for use by several threads.
 *
 * <p>Waiting is not interruptible: it ends with the disk's answer, and a caller who went away would
 * not know what became of his write. The interrupt stays noted.
 */
final class CommitQueue {
  /*
   * A thread that waits and finds a stripe idle leads: it takes what is queued, writes and syncs
   * it, and wakes those whose records are durable by that, and one more to lead the next group. So
   * a lone writer needs no other thread, and under load the next group gathers while one is synced.
   *
   * Writers that were woken come back with their next record a little later than the next group
   * starts; without a wait the log would serve two halves of them in turn, at twice the syncs. So a
   * leader waits for as many units as threads were there when the last group ended, up to half the
   * time of a sync.
   *
   * Groups end in any order, but are acknowledged in the order of their numbers: `ended` holds those
   * that wait for an earlier one.
   */
  /** A group takes no further unit above this: heap for its frames, and what others wait for. */
  private static final long GROUP_BYTES = 4L << 20;

  /** Queued bytes at which the log's own thread is woken, for those who do not wait themselves. */
  private static final long HELP_BYTES = 1L << 20;

  /** Weight of the newest sync in the moving average. */
  private static final double SYNC_WEIGHT = 0.1;

  /** Longest wait of a leader for others, whatever the disk. */
  private static final long MAX_GATHER_NANOS = 2_000_000;

  /** Makes a group durable, as far as the sync policy asks for. */
  @FunctionalInterface
  interface Commit {
    /**
     * Writes a group to a stripe.
     *
     * @param bytes of all its units
     * @param watermark the number up to which all records are durable
     */
    void write(LogStripe stripe, List<LogUnit> group, long bytes, long watermark)
        throws IOException;
  }

  private final Path folder;
  private final long maxQueuedBytes;
  private final long maxGroupBytes;
  private final Commit commit;

  /** True if a group is synced when its commit returns. */
  private final boolean syncs;

  private final ReentrantLock lock = new ReentrantLock();

  /** In the order of their numbers. Guarded by lock, as is all below. */
  private final Deque<LogUnit> queued = new ArrayDeque<>();

  private final Deque<LogStripe> idle = new ArrayDeque<>();
  private final List<Waiter> waiters = new ArrayList<>();

  /** First numbers of groups that ended before an earlier one did, with their last numbers. */
  private final TreeMap<Long, Long> ended = new TreeMap<>();

  private @Nullable Thread helper;
  private long queuedBytes;

  /** Bytes of units that are not durable yet, queued or being written. */
  private long pendingBytes;

  private long nextSequence;
  private volatile long durableSequence;

  /** All records up to it are synced; what watermarks say. */
  private long syncedSequence;

  private @Nullable Throwable failure;
  private boolean closing;

  /** Groups being written. */
  private int writing;

  /** Threads that waited when the last group ended, or led it. */
  private int writers;

  private double syncNanos;
  private long groups;

  /** True while the helper waits to be woken by the next unit, see {@link #rest}. */
  private boolean resting;

  /** True while no group may begin, see {@link #whileIdle}. */
  private boolean held;

  /** A thread that waits for a number to be durable, or for room. */
  private static final class Waiter {
    final Thread thread = Thread.currentThread();
    final long sequence;
    volatile boolean woken;

    Waiter(long sequence) {
      this.sequence = sequence;
    }
  }

  CommitQueue(
      Path folder, WalOptions options, long nextSequence, List<LogStripe> stripes, Commit commit) {
    this.folder = folder;
    this.maxQueuedBytes = options.maxQueuedBytes();
    this.maxGroupBytes = Math.min(GROUP_BYTES, options.segmentBytes());
    this.commit = commit;
    this.nextSequence = nextSequence;
    this.durableSequence = nextSequence - 1;
    this.syncedSequence = nextSequence - 1;
    this.syncs = options.sync() == SyncPolicy.ALWAYS;
    this.idle.addAll(stripes);
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
        leadOrWait(Long.MAX_VALUE);
        checkWritable();
      }
      long first = nextSequence;
      unit.number(first);
      nextSequence += unit.records();
      pendingBytes += unit.length();
      queuedBytes += unit.length();
      queued.add(unit);
      if (resting) {
        resting = false;
        LockSupport.unpark(helper);
      } else if (queuedBytes >= HELP_BYTES && !idle.isEmpty()) {
        LockSupport.unpark(helper);
      }
      return first;
    } finally {
      lock.unlock();
    }
  }

  /** Something that is done to the stripes while nobody writes to them. */
  @FunctionalInterface
  interface WhileIdle {
    /**
     * Does it, under the lock.
     *
     * @param next the number of the next record that will be written
     * @param watermark the number up to which all records are synced
     */
    void run(long next, long watermark) throws IOException;
  }

  /**
   * Waits for the groups that are being written, and does something before others begin; appenders
   * wait. A failure is that of the log.
   */
  void whileIdle(WhileIdle action) throws IOException {
    List<Waiter> others = List.of();
    lock.lock();
    try {
      checkWritable();
      while (held) {
        awaitWake(Long.MAX_VALUE);
      }
      held = true;
      try {
        while (writing > 0) {
          awaitWake(Long.MAX_VALUE);
        }
        checkWritable();
        LogUnit first = queued.peek();
        action.run(first == null ? nextSequence : first.firstSequence(), syncedSequence);
      } catch (IOException e) {
        noteFailure(e);
        throw e;
      } finally {
        held = false;
        others = takeServed();
        others.addAll(nextLeader());
      }
    } finally {
      lock.unlock();
      wake(others);
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
        leadOrWait(sequence);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Writes what nobody waits for; returns at once if others are at it. */
  void writeLeftovers() {
    lock.lock();
    try {
      if (failure == null && !queued.isEmpty() && !idle.isEmpty() && !held) {
        lead();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The thread that calls {@link #writeLeftovers()}. */
  void helper(Thread thread) {
    lock.lock();
    try {
      helper = thread;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Begins the helper's rest, which the next unit ends.
   *
   * @param sequence the number of the next unit, as the helper saw it when it last had something to
   *     do
   * @param synced true if all has to be synced as well
   * @return false if there was a unit since, or there is something left to do
   */
  boolean rest(long sequence, boolean synced) {
    lock.lock();
    try {
      resting =
          nextSequence == sequence
              && durableSequence == nextSequence - 1
              && (!synced || syncedSequence == durableSequence);
      return resting;
    } finally {
      lock.unlock();
    }
  }

  /** True until a unit ends the rest. */
  boolean isResting() {
    lock.lock();
    try {
      return resting;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more units, and returns when all are durable or nothing can be written any more. */
  void close() {
    lock.lock();
    try {
      closing = true;
      while (writing > 0 || (failure == null && durableSequence < nextSequence - 1)) {
        leadOrWait(Long.MAX_VALUE);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Leads a group if there is one and a stripe for it, or waits to be woken. Under the lock. */
  private void leadOrWait(long sequence) {
    if (!queued.isEmpty() && !idle.isEmpty() && !held) {
      lead();
      return;
    }
    awaitWake(sequence);
  }

  /** Waits to be woken. Under the lock, which it leaves meanwhile. */
  private void awaitWake(long sequence) {
    Waiter waiter = new Waiter(sequence);
    waiters.add(waiter);
    boolean interrupted = false;
    lock.unlock();
    try {
      while (!waiter.woken) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      lock.lock();
    }
  }

  /** Writes a group, and tells those who wait for it. Under the lock, which it leaves meanwhile. */
  private void lead() {
    LogStripe stripe = idle.remove();
    if (writing == 0) {
      gather();
    }
    List<LogUnit> group = new ArrayList<>();
    long bytes = takeGroup(group);
    if (group.isEmpty()) {
      // Another stripe's leader was faster.
      idle.addFirst(stripe);
      return;
    }
    writing++;
    groups++;
    long watermark = syncedSequence;
    List<Waiter> others = nextLeader();
    Throwable thrown = null;
    long nanos = System.nanoTime();
    lock.unlock();
    try {
      wake(others);
      commit.write(stripe, group, bytes, watermark);
    } catch (IOException | RuntimeException | Error e) {
      thrown = e;
    } finally {
      nanos = System.nanoTime() - nanos;
      lock.lock();
    }
    writing--;
    if (thrown == null) {
      end(group, bytes);
      syncNanos += (syncNanos == 0 ? 1 : SYNC_WEIGHT) * (nanos - syncNanos);
      idle.add(stripe);
    } else {
      noteFailure(thrown);
    }
    int waiting = waiters.size();
    List<Waiter> served = takeServed();
    writers = waiting + 1;
    // The next leader last: the others queue what they write next before it looks.
    served.addAll(nextLeader());
    lock.unlock();
    try {
      wake(served);
    } finally {
      lock.lock();
    }
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private long takeGroup(List<LogUnit> group) {
    long bytes = 0;
    while (!queued.isEmpty()
        && (group.isEmpty() || bytes + queued.element().length() <= maxGroupBytes)) {
      LogUnit unit = queued.remove();
      bytes += unit.length();
      group.add(unit);
    }
    queuedBytes -= bytes;
    return bytes;
  }

  /** Gives the writers of the last groups a moment to queue what they write next. */
  @SuppressWarnings("ThreadPriorityCheck") // the others are about to run; a park would be too long
  private void gather() {
    if (writers <= 1 || queued.size() >= writers || syncNanos == 0) {
      return;
    }
    int expected = writers;
    long patience = Math.min(MAX_GATHER_NANOS, (long) (syncNanos / 2));
    long start = System.nanoTime();
    while (queued.size() < expected
        && queuedBytes < maxGroupBytes
        && System.nanoTime() - start < patience) {
      lock.unlock();
      try {
        Thread.yield();
      } finally {
        lock.lock();
      }
    }
  }

  private void end(List<LogUnit> group, long bytes) {
    pendingBytes -= bytes;
    ended.put(group.get(0).firstSequence(), group.get(group.size() - 1).lastSequence());
    while (!ended.isEmpty() && ended.firstKey() == durableSequence + 1) {
      durableSequence = ended.pollFirstEntry().getValue();
    }
    if (syncs) {
      syncedSequence = durableSequence;
    }
  }

  /** All stripes were synced after a number was acknowledged. */
  void synced(long sequence) {
    lock.lock();
    try {
      syncedSequence = Math.max(syncedSequence, sequence);
    } finally {
      lock.unlock();
    }
  }

  long syncedSequence() {
    lock.lock();
    try {
      return syncedSequence;
    } finally {
      lock.unlock();
    }
  }

  /** Takes out the waiters who have what they wait for. */
  private List<Waiter> takeServed() {
    List<Waiter> served = new ArrayList<>();
    Iterator<Waiter> each = waiters.iterator();
    while (each.hasNext()) {
      Waiter waiter = each.next();
      boolean waitsForRoom = waiter.sequence == Long.MAX_VALUE;
      if (failure != null || waitsForRoom || waiter.sequence <= durableSequence) {
        served.add(waiter);
        each.remove();
      }
    }
    return served;
  }

  /** Takes out one waiter if there is something to lead and a stripe for it. */
  private List<Waiter> nextLeader() {
    return queued.isEmpty() || idle.isEmpty() || waiters.isEmpty() || held
        ? List.of()
        : List.of(waiters.remove(0));
  }

  private static void wake(List<Waiter> waiters) {
    for (Waiter waiter : waiters) {
      waiter.woken = true;
      LockSupport.unpark(waiter.thread);
    }
  }

  /** Nothing will become durable any more; the first failure counts. */
  void fail(Throwable cause) {
    List<Waiter> toWake;
    lock.lock();
    try {
      noteFailure(cause);
      toWake = takeServed();
    } finally {
      lock.unlock();
    }
    wake(toWake);
  }

  private void noteFailure(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
    queued.clear();
    queuedBytes = 0;
  }

  @Nullable Throwable failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }

  /** The number up to which all records are acknowledged. */
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

  /** Groups begun. */
  long groups() {
    lock.lock();
    try {
      return groups;
    } finally {
      lock.unlock();
    }
  }

  /** What a group's commit takes lately, 0 before the first. */
  long syncNanos() {
    lock.lock();
    try {
      return (long) syncNanos;
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
            + (cause.getMessage() == null ? cause : cause.getMessage())
            + ")",
        cause);
  }
}
