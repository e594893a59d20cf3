package io.proximadb.wal;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log in a folder of segments; {@code docs/format/wal.md} tells what is in them.
 *
 * <p>Appenders encode their records side by side and queue them; one thread writes all that is
 * queued, syncs once, and so acknowledges a whole group of writes for the price of one.
 */
public final class FileWal implements Wal {
  /*
   * Concurrency: CommitQueue is the only thing that appenders and the writer thread share; LogWriter
   * is the writer thread's alone. The thread of its own has a reason beside grouping: an interrupt
   * closes a file channel under the thread that writes to it, and callers are interrupted at will.
   *
   * Recovery: see LogRecovery. The log never writes to a segment of an earlier incarnation.
   */
  private static final Logger LOG = LoggerFactory.getLogger(FileWal.class);

  private final Path folder;
  private final WalOptions options;
  private final LogRetention retention;
  private final LogWriter writer;
  private final CommitQueue queue;
  private final WalRecovery recovery;
  private final Thread thread;

  private FileWal(
      Path folder,
      WalOptions options,
      LogRetention retention,
      LogWriter writer,
      WalRecovery recovery) {
    this.folder = folder;
    this.options = options;
    this.retention = retention;
    this.writer = writer;
    this.recovery = recovery;
    this.queue = new CommitQueue(folder, options.maxQueuedBytes(), recovery.nextSequence());
    this.thread = new Thread(this::commitGroups, "proximadb-wal");
    this.thread.setDaemon(true);
  }

  /** Opens a log with default sizes, see the other method of this name. */
  public static FileWal open(
      Disk disk, Path folder, UUID engineId, long incarnation, Consumer<WalRecord> replay) {
    return open(disk, folder, engineId, incarnation, WalOptions.DEFAULT, replay);
  }

  /**
   * Opens a log, replays what is in it and makes it ready for more. The caller sees to it that no
   * other process has it open, see {@link EngineHome}.
   *
   * @param folder made if there is none
   * @param engineId whose log it is
   * @param incarnation higher than at each open before, or the same
   * @param replay gets each record with its number, in order, before this method returns; what is
   *     thrown by it is thrown on. It may have got records when this method fails
   * @throws io.proximadb.error.CorruptFileException if records that were durable are damaged or
   *     missing; nothing was changed on disk
   * @throws io.proximadb.error.UnsupportedVersionException if a newer release wrote the log
   * @throws InvalidArgumentException if the log is of another engine
   * @throws UnavailableException if the disk fails
   */
  public static FileWal open(
      Disk disk,
      Path folder,
      UUID engineId,
      long incarnation,
      WalOptions options,
      Consumer<WalRecord> replay) {
    LogRetention retention = new LogRetention(disk, folder);
    LogWriter writer =
        new LogWriter(disk, folder, engineId, incarnation, options.segmentBytes(), retention);
    try {
      disk.createDirectories(folder);
      WalRecovery recovery =
          new LogRecovery(disk, folder, engineId, incarnation, retention, replay).run();
      writer.begin(recovery.nextSequence());
      FileWal wal = new FileWal(folder, options, retention, writer, recovery);
      wal.thread.start();
      LOG.info("Opened log in {}: {}", folder, recovery);
      return wal;
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot open log: the disk failed (folder=" + folder + ", cause=" + e.getMessage() + ")",
          e);
    }
  }

  /** What opening the log found. */
  public WalRecovery recovery() {
    return recovery;
  }

  @Override
  public long append(List<WalRecord> records) {
    return queue.add(LogUnit.encode(records, options.maxUnitBytes()));
  }

  @Override
  public void awaitDurable(long sequence) {
    queue.awaitDurable(sequence);
  }

  @Override
  public long durableSequence() {
    return queue.durableSequence();
  }

  @Override
  public long nextSequence() {
    return queue.nextSequence();
  }

  @Override
  public void release(UUID tableUuid, long flushedSequence) {
    try {
      retention.release(tableUuid, flushedSequence);
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot delete log segments: the disk failed (folder="
              + folder
              + ", cause="
              + e.getMessage()
              + ")",
          e);
    }
  }

  @Override
  public void forget(UUID tableUuid) {
    release(tableUuid, Long.MAX_VALUE);
  }

  /** How many segments there are; the newest is being written. */
  public int segments() {
    return retention.segments();
  }

  @Override
  public void close() {
    queue.close();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        // What is queued becomes durable all the same; the caller finds the interrupt afterwards.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The writer thread's life. */
  private void commitGroups() {
    try (writer) {
      for (List<LogUnit> group = queue.take(); !group.isEmpty(); group = queue.take()) {
        writer.write(group, queue.durableSequence());
        writer.sync();
        queue.committed(group);
      }
      writer.seal(queue.durableSequence());
    } catch (IOException e) {
      LOG.error("The log in {} is read-only from now on: a write or sync failed", folder, e);
      queue.fail(e);
    } catch (RuntimeException | Error e) {
      // Nobody must wait for a thread that is gone.
      queue.fail(e);
      throw e;
    }
  }
}
