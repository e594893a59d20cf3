package io.proximadb.wal;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log in folders of segments; {@code docs/format/wal.md} tells what is in them.
 *
 * <p>Appenders encode their records side by side and queue them; one of those who wait writes all
 * that is queued, syncs once, and so acknowledges a whole group of writes for the price of one.
 */
public final class FileWal implements Wal {
  /*
   * Concurrency: CommitQueue is what appenders share; a LogStripe is used by the one thread that
   * leads a group on it. A thread of our own syncs in intervals if the policy says so, and writes
   * what was appended and is not waited for.
   *
   * Recovery: see LogRecovery. The log never writes to a segment of an earlier incarnation.
   */
  private static final Logger LOG = LoggerFactory.getLogger(FileWal.class);

  /** How long an append that nobody waits for may stay in memory. */
  private static final long LEFTOVERS_NANOS = 20_000_000;

  /**
   * Looks in a row without a new unit before the log's thread rests until there is one: a second,
   * so that busy writers, who commit for themselves, do not wake it with each unit.
   */
  private static final int LOOKS_BEFORE_REST = 50;

  private final Path folder;
  private final WalOptions options;
  private final LogRetention retention;
  private final List<LogStripe> stripes;
  private final CodecChooser codecs;
  private final CommitQueue queue;
  private final WalRecovery recovery;
  private final @Nullable LogMirror mirror;
  private final LogErasure erasure;
  private final Thread thread;
  private final AtomicLong records = new AtomicLong();
  private final AtomicLong plainBytes = new AtomicLong();
  private final AtomicLong storedBytes = new AtomicLong();
  private volatile boolean closing;

  private FileWal(
      Disk disk,
      Path folder,
      LogDirectories directories,
      WalOptions options,
      LogRetention retention,
      List<LogStripe> stripes,
      CodecChooser codecs,
      WalRecovery recovery,
      @Nullable LogMirror mirror) {
    this.folder = folder;
    this.options = options;
    this.retention = retention;
    this.stripes = stripes;
    this.codecs = codecs;
    this.recovery = recovery;
    this.mirror = mirror;
    this.queue = new CommitQueue(folder, options, recovery.nextSequence(), stripes, this::commit);
    this.erasure = new LogErasure(disk, folder, directories, retention, queue, stripes, mirror);
    this.thread = new Thread(this::background, "proximadb-wal");
    this.thread.setDaemon(true);
    queue.helper(thread);
  }

  /** Opens a log with default options, see the other method of this name. */
  public static FileWal open(
      Disk disk, Path folder, UUID engineId, long incarnation, Consumer<WalRecord> replay) {
    return open(disk, folder, engineId, incarnation, WalOptions.DEFAULT, replay);
  }

  /** Opens a log without a mirror on an object store, see the other method of this name. */
  public static FileWal open(
      Disk disk,
      Path folder,
      UUID engineId,
      long incarnation,
      WalOptions options,
      Consumer<WalRecord> replay) {
    return open(disk, folder, engineId, incarnation, options, null, replay);
  }

  /**
   * Opens a log, replays what is in it and makes it ready for more. The caller sees to it that no
   * other process has it open, see {@link EngineHome}.
   *
   * @param folder of the log, made if there is none; its segments are there unless the options name
   *     other directories
   * @param engineId whose log it is
   * @param incarnation higher than at each open before, or the same
   * @param mirrored a second place on an object store, or null
   * @param replay gets each record with its number, in order, before this method returns; what is
   *     thrown by it is thrown on. It may have got records when this method fails
   * @throws io.proximadb.error.CorruptFileException if records that were durable are damaged or
   *     missing; nothing was changed on disk
   * @throws io.proximadb.error.UnsupportedVersionException if a newer release wrote the log
   * @throws InvalidArgumentException if the log is of another engine
   * @throws io.proximadb.error.FencedException if another engine took the mirror over and wrote the
   *     numbers that this log has too
   * @throws UnavailableException if the disk or the mirror fails
   */
  public static FileWal open(
      Disk disk,
      Path folder,
      UUID engineId,
      long incarnation,
      WalOptions options,
      @Nullable MirroredLog mirrored,
      Consumer<WalRecord> replay) {
    LogMirror mirror = mirrored == null ? null : mirrored.mirror();
    List<LogStripe> stripes = new ArrayList<>();
    try {
      disk.createDirectories(folder);
      LogDirectories directories = LogDirectories.open(disk, folder, options);
      LogRetention retention = new LogRetention(disk, directories);
      long epoch = mirror == null ? 0 : mirror.takeOver();
      LogOwner owner = new LogOwner(engineId, incarnation, epoch);
      WalRecovery recovery =
          new LogRecovery(disk, directories, owner, options, retention, mirrored, replay).run();
      CodecChooser codecs = new CodecChooser(options.compression());
      List<List<Path>> places = directories.stripesInUse();
      for (int i = 0; i < places.size(); i++) {
        LogStripe stripe =
            new LogStripe(disk, places.get(i), owner, i, places.size(), options, retention, codecs);
        stripes.add(stripe);
        stripe.begin(recovery.nextSequence());
      }
      directories.use();
      FileWal wal =
          new FileWal(
              disk,
              folder,
              directories,
              options,
              retention,
              List.copyOf(stripes),
              codecs,
              recovery,
              mirror);
      wal.thread.start();
      LOG.info("Opened log in {}: {}", folder, recovery);
      return wal;
    } catch (RuntimeException e) {
      closeAll(stripes, mirror, e);
      throw e;
    } catch (IOException e) {
      closeAll(stripes, mirror, e);
      throw new UnavailableException(
          "Cannot open log: the disk or the mirror failed (folder="
              + folder
              + ", cause="
              + e.getMessage()
              + ")",
          e);
    }
  }

  private static void closeAll(
      List<LogStripe> stripes, @Nullable LogMirror mirror, Exception cause) {
    if (mirror != null) {
      try {
        mirror.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
    for (LogStripe stripe : stripes) {
      try {
        stripe.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
      stripe.shutDown();
    }
  }

  /**
   * Whose log the directories hold that options name, from the headers of their segments: what is
   * left when the engine's home is lost.
   *
   * @throws io.proximadb.error.CorruptFileException if a header is damaged
   * @throws InvalidArgumentException if they are of several engines
   */
  public static Optional<LogIdentity> identity(Disk disk, WalOptions options) {
    try {
      return LogCatalogue.identity(disk, options.directories());
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot read the log's directories (directories="
              + options.directories()
              + ", cause="
              + e.getMessage()
              + ")",
          e);
    }
  }

  /** What opening the log found. */
  public WalRecovery recovery() {
    return recovery;
  }

  /** What the log did since it was opened. */
  public WalStats stats() {
    Throwable failure = queue.failure();
    return new WalStats(
        records.get(),
        queue.groups(),
        plainBytes.get(),
        storedBytes.get(),
        queue.syncNanos(),
        codecs.current(),
        codecs.frames(),
        codecs.deviceBytesPerSecond(),
        Math.max(0, queue.durableSequence() - queue.syncedSequence()),
        mirror == null ? -1 : mirror.storedSequence(),
        failure == null ? "" : String.valueOf(failure.getMessage()));
  }

  @Override
  public long append(List<WalRecord> appended) {
    return queue.add(LogUnit.encode(appended, options.maxUnitBytes()));
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
      if (mirror != null) {
        mirror.release(retention.oldestSequence());
      }
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

  /**
   * Ends the segments that are written to and deletes all, if the tables have every record: a log
   * at rest then takes no room but for the marks. Does nothing while a record is needed, or after a
   * failure. A segment that cannot be deleted goes with the next release.
   *
   * @param marks of the flushes so far, one for each table: they go on in the log, since an older
   *     copy of a table is known by them; asked for only if segments go
   * @throws UnavailableException if the disk fails; no segment goes then
   */
  public void rest(Supplier<List<WalRecord>> marks) {
    if (queue.failure() != null || !retention.hasOnlyReleased()) {
      return;
    }
    erasure.mark();
    keep(marks.get());
    try {
      retention.deleteReleased();
      if (mirror != null) {
        mirror.release(retention.oldestSequence());
      }
    } catch (IOException e) {
      LOG.warn("Cannot delete segments of the log in {} that no table needs", folder, e);
    }
  }

  /**
   * Makes marks of flushes durable, before the segments go that have them.
   *
   * @param marks of tables, each of the last flush that the log knows
   * @throws UnavailableException if the disk fails
   */
  public void keep(List<WalRecord> marks) {
    if (!marks.isEmpty()) {
      awaitDurable(append(marks) + marks.size() - 1);
    }
  }

  /** Drops for good what the log has. */
  public LogErasure erasure() {
    return erasure;
  }

  /** How many segments there are; the newest of each stripe is being written. */
  public int segments() {
    return retention.segments();
  }

  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        // What is queued becomes durable all the same; the caller finds the interrupt afterwards.
        interrupted = true;
      }
    }
    queue.close();
    end();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void end() {
    try {
      if (queue.failure() == null) {
        syncAll();
        for (LogStripe stripe : stripes) {
          stripe.seal(queue.durableSequence());
        }
      }
    } catch (IOException e) {
      LOG.error("Cannot end the log in {} in order; all that it acknowledged is in it", folder, e);
    } finally {
      for (LogStripe stripe : stripes) {
        close(stripe);
      }
      closeMirror();
    }
  }

  private void close(LogStripe stripe) {
    try {
      stripe.close();
    } catch (IOException e) {
      LOG.warn("Cannot close a file of the log in {}", folder, e);
    }
    stripe.shutDown();
  }

  private void closeMirror() {
    if (mirror != null) {
      try {
        mirror.close();
      } catch (IOException e) {
        LOG.error("The mirror of the log in {} lacks its end", folder, e);
      }
    }
  }

  /** Makes a group as durable as the policy asks for; by the thread that leads it. */
  private void commit(LogStripe stripe, List<LogUnit> group, long bytes, long watermark)
      throws IOException {
    try {
      long start = System.nanoTime();
      int stored = stripe.write(group, bytes, watermark);
      if (options.sync() == SyncPolicy.ALWAYS) {
        stripe.sync();
      }
      codecs.wrote(stored, (double) (System.nanoTime() - start));
      if (mirror != null) {
        ByteBuffer frames = stripe.lastFrames();
        mirror.write(
            group.get(0).firstSequence(),
            group.get(group.size() - 1).lastSequence(),
            stripe.header(),
            frames);
      }
      plainBytes.addAndGet(bytes);
      storedBytes.addAndGet(stored);
      for (LogUnit unit : group) {
        records.addAndGet(unit.records());
      }
    } catch (IOException e) {
      LOG.error("The log in {} is read-only from now on: a write or sync failed", folder, e);
      throw e;
    }
  }

  /** Syncs all that is acknowledged. */
  private void syncAll() throws IOException {
    long acknowledged = queue.durableSequence();
    if (acknowledged > queue.syncedSequence()) {
      for (LogStripe stripe : stripes) {
        stripe.syncBeside();
      }
      queue.synced(acknowledged);
    }
  }

  /** The life of the log's own thread. */
  private void background() {
    long interval = options.syncInterval().toNanos();
    boolean syncs = options.sync() == SyncPolicy.INTERVAL;
    long pause = syncs ? Math.min(interval, LEFTOVERS_NANOS) : LEFTOVERS_NANOS;
    long lastSync = System.nanoTime();
    long seen = -1;
    int quiet = 0;
    try {
      while (!closing) {
        LockSupport.parkNanos(this, pause);
        queue.writeLeftovers();
        long next = queue.nextSequence();
        quiet = next == seen ? quiet + 1 : 0;
        seen = next;
        if (quiet >= LOOKS_BEFORE_REST && queue.rest(next, syncs)) {
          while (queue.isResting() && !closing) {
            LockSupport.park(this);
          }
          quiet = 0;
        }
        if (syncs && System.nanoTime() - lastSync >= interval) {
          lastSync = System.nanoTime();
          syncAll();
        }
      }
    } catch (IOException e) {
      LOG.error("The log in {} is read-only from now on: a sync failed", folder, e);
      queue.fail(e);
    } catch (RuntimeException | Error e) {
      // Nobody must wait for a thread that is gone.
      queue.fail(e);
      throw e;
    }
  }
}
