package io.proximadb.wal.mirror;

import io.proximadb.wal.MirrorFencedException;
import io.proximadb.wal.mirror.StoreAccess.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Groups on their way to the store, and the threads that take them there, several groups as one
 * object. Safe for use by several threads.
 */
final class UploadQueue {
  /** Bytes of groups that are not stored yet: heap. A write waits above it. */
  static final long QUEUE_BYTES = 64L << 20;

  /** Bytes at which an object is made without waiting for more: a request is cheap against it. */
  static final long OBJECT_BYTES = 8L << 20;

  /** Objects stored at the same time, so that one slow answer does not stop all. */
  static final int UPLOADERS = 4;

  /**
   * How long a write waits for room before the mirror is given up, and with it the log: long enough
   * for a store's outage, short enough to be noticed.
   */
  static final Duration ROOM_LIMIT = Duration.ofMinutes(5);

  /** Failures in a row after which closing leaves the rest to the local log. */
  static final int CLOSE_ATTEMPTS = 6;

  private static final Logger LOG = LoggerFactory.getLogger(UploadQueue.class);

  private final MirrorWriter writer;
  private final long periodNanos;
  private final Duration roomLimit;
  private final long queueBytes;
  private final List<Thread> threads = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();

  /** Groups without gap behind what was taken. Guarded by lock, as is all below. */
  private final ArrayDeque<Group> ready = new ArrayDeque<>();

  /** Groups with a gap before them, by first number. */
  private final NavigableMap<Long, Group> early = new TreeMap<>();

  /** The number that the last ready group leaves off at, plus one. */
  private long next;

  private long readyBytes;
  private long queuedBytes;
  private int inFlight;
  private int waiting;
  private boolean closing;
  private volatile @Nullable IOException failure;

  /** What one write brought. */
  private static final class Group {
    final long first;
    final long last;

    /** The caller's array, which says by its identity which segment it is of. */
    final byte[] header;

    final ByteBuffer frames;
    final long atNanos = System.nanoTime();

    Group(long first, long last, byte[] header, ByteBuffer frames) {
      this.first = first;
      this.last = last;
      this.header = header;
      this.frames = frames;
    }

    long bytes() {
      return (long) header.length + frames.remaining();
    }
  }

  /**
   * A queue whose threads run.
   *
   * @param next the first number it will get
   * @param period how long groups wait for others; zero: until a thread is free
   */
  UploadQueue(
      MirrorWriter writer, long next, Duration period, Duration roomLimit, long queueBytes) {
    this.writer = writer;
    this.next = next;
    this.periodNanos = period.toNanos();
    this.roomLimit = roomLimit;
    this.queueBytes = queueBytes;
    for (int i = 0; i < UPLOADERS; i++) {
      Thread thread = new Thread(this::upload, "proximadb-wal-mirror-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
  }

  /** Bytes that are not stored yet. */
  long queuedBytes() {
    lock.lock();
    try {
      return queuedBytes;
    } finally {
      lock.unlock();
    }
  }

  /** Queues a copy of a group; waits while too much is queued. */
  void add(long first, long last, byte[] header, ByteBuffer frames) throws IOException {
    ByteBuffer copy = ByteBuffer.allocate(frames.remaining()).put(frames.duplicate()).flip();
    Group group = new Group(first, last, header, copy);
    lock.lock();
    try {
      awaitRoom(group);
      queuedBytes += group.bytes();
      early.put(first, group);
      for (Group following = early.get(next); following != null; following = early.get(next)) {
        early.remove(following.first);
        ready.addLast(following);
        readyBytes += following.bytes();
        next = following.last + 1;
      }
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom(Group group) throws IOException {
    long left = roomLimit.toNanos();
    waiting++;
    try {
      while (true) {
        checkWritable();
        boolean fits = queuedBytes == 0 || queuedBytes + group.bytes() <= queueBytes;
        // The one that all others wait for comes in, or nothing would ever leave.
        boolean needed = group.first == next && ready.isEmpty() && inFlight == 0;
        if (fits || needed) {
          return;
        }
        work.signalAll();
        if (left <= 0) {
          fail(
              new IOException(
                  "Cannot write to mirror of the log: its queue was full for "
                      + roomLimit.toSeconds()
                      + " s, the store does not keep up or does not answer (queued bytes="
                      + queuedBytes
                      + ")"));
        } else {
          left = room.awaitNanos(left);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while waiting for room in the mirror's queue", e);
    } finally {
      waiting--;
    }
  }

  private void checkWritable() throws IOException {
    throwFailure();
    if (closing) {
      throw new IOException("Cannot write to mirror of the log: it is closed");
    }
  }

  /** Stores what waits, then ends the threads. */
  void close() throws IOException {
    lock.lock();
    try {
      closing = true;
      work.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    throwFailure();
  }

  /** A new exception for each who gets it: one is not for several threads. */
  private void throwFailure() throws IOException {
    IOException cause = failure;
    if (cause instanceof MirrorFencedException) {
      throw new MirrorFencedException(String.valueOf(cause.getMessage()));
    }
    if (cause != null) {
      throw new IOException(cause.getMessage(), cause);
    }
  }

  /** A thread's life. */
  private void upload() {
    try {
      for (List<Group> groups = take(); !groups.isEmpty(); groups = take()) {
        ObjectContent content = new ObjectContent();
        long bytes = 0;
        for (Group group : groups) {
          content.add(group.header, group.frames);
          bytes += group.bytes();
        }
        writer.store(
            groups.get(0).first, groups.get(groups.size() - 1).last, content, new UntilFull());
        stored(bytes);
      }
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      // Nobody must wait for a thread that is gone.
      fail(new IOException("The mirror of the log failed", e));
      throw e;
    }
  }

  /** Waits for groups and takes an object's worth; none when there is nothing left to do. */
  private List<Group> take() {
    lock.lock();
    try {
      while (failure == null) {
        Group oldest = ready.peekFirst();
        if (oldest == null) {
          if (closing) {
            return List.of();
          }
          work.awaitUninterruptibly();
          continue;
        }
        long left = periodNanos - (System.nanoTime() - oldest.atNanos);
        if (left <= 0 || closing || waiting > 0 || readyBytes >= OBJECT_BYTES) {
          return takeObject();
        }
        work.awaitNanos(left);
      }
      return List.of();
    } catch (InterruptedException e) {
      // Nobody interrupts these threads.
      throw new IllegalStateException(e);
    } finally {
      lock.unlock();
    }
  }

  private List<Group> takeObject() {
    List<Group> taken = new ArrayList<>();
    long bytes = 0;
    for (Group group = ready.peekFirst();
        group != null && (taken.isEmpty() || bytes + group.bytes() <= OBJECT_BYTES);
        group = ready.peekFirst()) {
      taken.add(ready.removeFirst());
      bytes += group.bytes();
    }
    readyBytes -= bytes;
    inFlight++;
    return taken;
  }

  private void stored(long bytes) {
    lock.lock();
    try {
      inFlight--;
      queuedBytes -= bytes;
      room.signalAll();
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void fail(IOException cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
        LOG.error("The mirror of the log takes nothing any more", cause);
      }
      room.signalAll();
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** As long as nobody has to wait, the store has all the time it wants. */
  private final class UntilFull implements Patience {
    private int whileClosing;

    @Override
    public boolean isOver(int failures, boolean permanent) {
      if (failure != null) {
        return true;
      }
      lock.lock();
      try {
        return closing && ++whileClosing >= CLOSE_ATTEMPTS;
      } finally {
        lock.unlock();
      }
    }
  }
}
