package io.proximadb.wal;

import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Drops all that a log has up to now, segments and objects of the mirror alike, when the tables
 * have it. One thread at a time.
 */
public final class LogErasure {
  /** How long a mirror that is stored to in the background may take to catch up. */
  private static final long MIRROR_NANOS = TimeUnit.MINUTES.toNanos(2);

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** Tries to delete objects of a store that fails now and then. */
  private static final int DELETE_ATTEMPTS = 5;

  private final Disk disk;
  private final Path folder;
  private final LogDirectories directories;
  private final LogRetention retention;
  private final CommitQueue queue;
  private final List<LogStripe> stripes;
  private final @Nullable LogMirror mirror;

  /**
   * What the log had at a moment.
   *
   * @param last the number of its last record
   * @param segments the files in which its records are; none of them is written to any more
   */
  public record Marked(long last, List<Path> segments) {}

  /**
   * What went.
   *
   * @param segments files that were deleted
   * @param objects objects of the mirror that were deleted
   * @param holders tables whose records keep segments; if there are any, nothing of the mirror went
   */
  public record Dropped(List<Path> segments, List<String> objects, Set<UUID> holders) {}

  LogErasure(
      Disk disk,
      Path folder,
      LogDirectories directories,
      LogRetention retention,
      CommitQueue queue,
      List<LogStripe> stripes,
      @Nullable LogMirror mirror) {
    this.disk = disk;
    this.folder = folder;
    this.directories = directories;
    this.retention = retention;
    this.queue = queue;
    this.stripes = stripes;
    this.mirror = mirror;
  }

  /**
   * Ends the segments that are written to, so that all records up to now can go.
   *
   * @throws UnavailableException if the disk fails; the log is read-only then
   */
  public Marked mark() {
    try {
      long[] last = new long[1];
      List<Path> segments = new ArrayList<>();
      queue.whileIdle(
          (next, watermark) -> {
            for (LogStripe stripe : stripes) {
              stripe.roll(next, watermark);
            }
            last[0] = next - 1;
            segments.addAll(retention.filesUpTo(next - 1));
          });
      return new Marked(last[0], List.copyOf(segments));
    } catch (IOException e) {
      throw failed("end segments of the log", e);
    }
  }

  /**
   * Deletes what was marked; the caller has released it for the tables that have it.
   *
   * @param note a record that changes nothing, for the mirror to end with
   * @throws UnavailableException if the disk or the mirror's store fails
   */
  public Dropped drop(Marked marked, WalRecord note) {
    try {
      retention.deleteReleased();
      Set<UUID> holders = retention.holders(marked.last());
      Set<Path> left = new HashSet<>(retention.filesUpTo(marked.last()));
      List<Path> segments =
          marked.segments().stream().filter(segment -> !left.contains(segment)).toList();
      List<String> objects =
          holders.isEmpty() && mirror != null ? drop(mirror, marked.last(), note) : List.of();
      return new Dropped(segments, objects, holders);
    } catch (IOException e) {
      throw failed("delete segments of the log, or objects of its mirror", e);
    }
  }

  /**
   * An object may go when a later one says so, and the last one never does: the note becomes both.
   */
  private List<String> drop(LogMirror store, long last, WalRecord note) throws IOException {
    awaitStored(store, last);
    long oldest = retention.oldestSequence();
    List<String> before = store.heldBelow(last + 1);
    if (before.isEmpty()) {
      return List.of();
    }
    store.release(oldest);
    long noted = queue.add(LogUnit.encode(List.of(note), Integer.MAX_VALUE));
    queue.awaitDurable(noted);
    awaitStored(store, noted);
    List<String> left = before;
    for (int attempt = 0; attempt < DELETE_ATTEMPTS && !left.isEmpty(); attempt++) {
      store.release(oldest);
      left = store.heldBelow(last + 1);
    }
    if (!left.isEmpty()) {
      throw new UnavailableException(
          "Cannot delete objects of the log's mirror: the store did not delete "
              + left.size()
              + " of them, the first is "
              + left.get(0)
              + "; see that the engine may delete there, and erase again");
    }
    return before;
  }

  private static void awaitStored(LogMirror store, long sequence) {
    long start = System.nanoTime();
    while (store.storedSequence() < sequence) {
      if (System.nanoTime() - start > MIRROR_NANOS) {
        throw new UnavailableException(
            "Cannot drop what the log's mirror has: it is at record "
                + store.storedSequence()
                + " and was waited for to reach "
                + sequence
                + " for "
                + TimeUnit.NANOSECONDS.toSeconds(MIRROR_NANOS)
                + " s; erase again when its store answers");
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Hands out all records that the log's segments have now; some may be added meanwhile. */
  public void forEachRecord(Consumer<WalRecord> consumer) {
    WalInspector.records(disk, folder, List.of(), 1, Long.MAX_VALUE, consumer);
  }

  /** Files in the log's folders that are no part of the log: those that a repair has kept. */
  public List<Path> kept() {
    try {
      List<Path> found = new ArrayList<>();
      for (Path directory : directories.all()) {
        for (Path file : disk.list(directory)) {
          String name = String.valueOf(file.getFileName());
          if (name.startsWith("wal-") && LogFormat.firstSequence(file).isEmpty()) {
            found.add(file);
          }
        }
      }
      return found;
    } catch (IOException e) {
      throw failed("list the log's folders", e);
    }
  }

  private UnavailableException failed(String what, IOException e) {
    return new UnavailableException(
        "Cannot " + what + " (folder=" + folder + ", cause=" + e.getMessage() + ")", e);
  }
}
