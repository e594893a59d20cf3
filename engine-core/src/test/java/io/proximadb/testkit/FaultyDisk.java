package io.proximadb.testkit;

import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/**
 * A disk that fails when told to: at the n-th operation of a kind, or at random from a seed. A
 * failed operation has no effect, but for a torn write, of which a random first part arrives. What
 * comes after a fault works, so that a test sees who tries again what must not be.
 */
public final class FaultyDisk extends ForwardingDisk {
  /** What can fail. */
  public enum Step {
    CREATE,
    WRITE,
    SYNC,
    TRUNCATE,
    MOVE,
    DELETE,
    SYNC_DIRECTORY,
    /** Opening a file for reading. */
    READ,
    /** Reading bytes of an open file. */
    READ_BYTES
  }

  /** How it fails. */
  public enum Fault {
    /** The disk answers with an error (EIO). */
    IO_ERROR("Input/output error"),
    /** The disk is full (ENOSPC). */
    NO_SPACE("No space left on device"),
    /** Of a write only a first part arrives, then an error. */
    TORN_WRITE("Input/output error"),
    /**
     * A sync fails, and the system takes what it could not write for written: the next sync says
     * that all is well.
     */
    DROPPED_PAGES("Input/output error");

    private final String message;

    Fault(String message) {
      this.message = message;
    }
  }

  /** Done at some operation in place of a fault. */
  @FunctionalInterface
  public interface Crash {
    void run() throws IOException;
  }

  private final Random random;
  private final Map<Step, Integer> counts = new EnumMap<>(Step.class);
  private final Map<Step, Integer> failAt = new EnumMap<>(Step.class);
  private final Map<Step, Fault> faults = new EnumMap<>(Step.class);
  private final Map<Step, Integer> failFrom = new EnumMap<>(Step.class);
  private final Map<Step, Integer> failures = new EnumMap<>(Step.class);
  private final Map<Step, Double> probabilities = new EnumMap<>(Step.class);
  private boolean shortReads;
  private int operations;
  private int crashAt;
  private Crash crash = () -> {};

  /** Wraps a disk; no fault is planned yet. */
  public FaultyDisk(Disk disk, long seed) {
    super(disk);
    this.random = new Random(seed);
  }

  /** The n-th operation of a kind from now on, counted from 1, fails. */
  public synchronized FaultyDisk failAt(Step step, int nth, Fault fault) {
    failAt.put(step, count(step) + nth);
    faults.put(step, fault);
    return this;
  }

  /** The n-th operation of a kind from now on, counted from 1, and all after it fail. */
  public synchronized FaultyDisk failFrom(Step step, int nth, Fault fault) {
    failFrom.put(step, count(step) + nth);
    faults.put(step, fault);
    return this;
  }

  /** Reads answer with fewer bytes than asked for, at random, as they may. */
  public synchronized FaultyDisk shortenReads() {
    shortReads = true;
    return this;
  }

  /** Each operation of a kind fails with a probability. */
  public synchronized FaultyDisk failRandomly(Step step, double probability, Fault fault) {
    probabilities.put(step, probability);
    faults.put(step, fault);
    return this;
  }

  /** Before the n-th operation of any kind from now on, counted from 1, something is done. */
  public synchronized FaultyDisk crashAt(int nth, Crash action) {
    crashAt = operations + nth;
    crash = action;
    return this;
  }

  /** How many operations of a kind there were, failed ones included. */
  public synchronized int count(Step step) {
    return counts.getOrDefault(step, 0);
  }

  /** How many operations of a kind failed. */
  public synchronized int failures(Step step) {
    return failures.getOrDefault(step, 0);
  }

  /** How many operations failed. */
  public synchronized int failures() {
    return failures.values().stream().mapToInt(Integer::intValue).sum();
  }

  private void reach(Step step) throws IOException {
    Fault fault = next(step);
    if (fault != null) {
      throw new IOException(fault.message);
    }
  }

  private synchronized Fault next(Step step) throws IOException {
    operations++;
    if (operations == crashAt) {
      crash.run();
    }
    int count = counts.merge(step, 1, Integer::sum);
    boolean fails =
        count == failAt.getOrDefault(step, 0)
            || count >= failFrom.getOrDefault(step, Integer.MAX_VALUE)
            || random.nextDouble() < probabilities.getOrDefault(step, 0.0);
    if (!fails) {
      return null;
    }
    failures.merge(step, 1, Integer::sum);
    return faults.get(step);
  }

  private synchronized int firstPart(int length) {
    return random.nextInt(length + 1);
  }

  @Override
  public Output create(Path file) throws IOException {
    reach(Step.CREATE);
    return super.create(file);
  }

  @Override
  public SeekableByteChannel read(Path file) throws IOException {
    reach(Step.READ);
    SeekableByteChannel channel = super.read(file);
    return watchesReads() ? new FaultyChannel(this, channel) : channel;
  }

  /** Only then is a channel wrapped: what is not a file's own cannot be mapped. */
  private synchronized boolean watchesReads() {
    return shortReads
        || failAt.containsKey(Step.READ_BYTES)
        || failFrom.containsKey(Step.READ_BYTES)
        || probabilities.containsKey(Step.READ_BYTES);
  }

  /** Called before bytes are read; tells how many of so many there may be. */
  int beforeRead(int wanted) throws IOException {
    reach(Step.READ_BYTES);
    synchronized (this) {
      return shortReads && wanted > 1 && random.nextInt(3) > 0
          ? 1 + random.nextInt(wanted)
          : wanted;
    }
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    reach(Step.MOVE);
    super.move(from, to);
  }

  @Override
  public boolean delete(Path file) throws IOException {
    reach(Step.DELETE);
    return super.delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    reach(Step.SYNC_DIRECTORY);
    super.syncDirectory(directory);
  }

  @Override
  protected Output wrap(Path file, Output output) {
    return new ForwardingOutput(output) {
      @Override
      public void write(ByteBuffer bytes) throws IOException {
        Fault fault = next(Step.WRITE);
        if (fault == Fault.TORN_WRITE) {
          ByteBuffer part = bytes.duplicate();
          super.write(part.limit(part.position() + firstPart(bytes.remaining())));
        }
        if (fault != null) {
          throw new IOException(fault.message);
        }
        super.write(bytes);
      }

      @Override
      public void reserve(long bytes) throws IOException {
        reach(Step.WRITE);
        super.reserve(bytes);
      }

      @Override
      public void truncate(long size) throws IOException {
        reach(Step.TRUNCATE);
        super.truncate(size);
      }

      @Override
      public void sync() throws IOException {
        Fault fault = next(Step.SYNC);
        if (fault == Fault.DROPPED_PAGES && output instanceof DroppingOutput dropping) {
          dropping.dropUnsynced();
        }
        if (fault != null) {
          throw new IOException(fault.message);
        }
        super.sync();
      }
    };
  }
}
