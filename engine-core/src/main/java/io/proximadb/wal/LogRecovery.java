package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.io.Disk;
import io.proximadb.wal.StripeReader.DecodedFrame;
import io.proximadb.wal.StripeReader.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log, hands out its records in the order of their numbers, and leaves the folders as a new
 * incarnation can go on with them. Used once.
 */
final class LogRecovery {
  /*
   * What is a torn tail and what is damage? A frame's watermark says what was durable before it was
   * written, so bytes in front of a good frame that covers them were durable, and their damage is
   * damage. Bytes that nothing behind covers belong to a group that was not acknowledged, or to the
   * last one that was, which cannot be told apart after a crash. An older segment is complete, and
   * says so in its footer.
   *
   * With several stripes the frames are merged by number. Where the numbers end, the frames of
   * faster stripes behind the gap were not acknowledged, unless a watermark says otherwise.
   */
  private final Disk disk;
  private final LogDirectories directories;
  private final LogOwner owner;
  private final WalOptions options;
  private final LogRetention retention;
  private final @Nullable MirrorFeed feed;
  private final @Nullable MirroredLog mirrored;
  private final Consumer<WalRecord> consumer;

  private final List<WalRecovery.TornTail> tornTails = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final SequenceRanges behindGap = new SequenceRanges();
  private long frames;
  private long records;
  private long bytes;

  /** The number that the next frame must begin with; -1 before the first. */
  private long expected = -1;

  /** Numbers from here on are without gap. */
  private long solidFrom = 1;

  LogRecovery(
      Disk disk,
      LogDirectories directories,
      LogOwner owner,
      WalOptions options,
      LogRetention retention,
      @Nullable MirroredLog mirrored,
      Consumer<WalRecord> consumer) {
    this.disk = disk;
    this.directories = directories;
    this.owner = owner;
    this.options = options;
    this.retention = retention;
    this.mirrored = mirrored;
    this.feed = mirrored == null ? null : new MirrorFeed(disk, mirrored.mirror());
    this.consumer = consumer;
  }

  /**
   * What reading found.
   *
   * @param next the number that the next record gets
   */
  record Examined(LogCatalogue catalogue, List<Result> results, long next) {}

  /**
   * Replays, and finds out whether the log is sound; changes nothing on disk.
   *
   * @throws CorruptFileException if records that were durable are damaged or missing
   */
  Examined examine() throws IOException {
    LogCatalogue catalogue = LogCatalogue.read(disk, directories, owner);
    solidFrom = catalogue.solidFrom();
    if (feed != null) {
      feed.expectLocalEpoch(catalogue.newestEpoch());
    }
    List<Result> results = readAll(catalogue);
    long next = Math.max(expected, solidFrom);
    checkNothingDurableIsMissing(results, next - 1, catalogue);
    return new Examined(catalogue, results, next);
  }

  /**
   * Replays and repairs.
   *
   * @throws CorruptFileException if records that were durable are damaged or missing; nothing was
   *     changed on disk
   */
  WalRecovery run() throws IOException {
    long start = System.nanoTime();
    Examined examined = examine();
    LogCatalogue catalogue = examined.catalogue();
    List<Result> results = examined.results();
    long firstSequence = catalogue.oldestSequence();
    long next = examined.next();
    boolean closedInOrder =
        results.stream().allMatch(result -> !result.source().newest() || result.sealed());
    LogTidying tidying = new LogTidying(disk, directories, retention, notes, tornTails);
    tidying.deleteTemporary();
    tidying.deleteStrays(catalogue);
    tidying.settle(results, next - 1);
    tidying.keep();
    long restored = 0;
    if (mirrored != null && feed != null) {
      MirrorReplay replay =
          new MirrorReplay(
              disk, directories, owner, options, retention, mirrored, results.isEmpty(), consumer);
      restored = replay.run(next);
      next = replay.nextSequence();
      records += restored;
      notes.addAll(replay.notes());
      feed.begin(next);
    }
    return new WalRecovery(
        results.size(),
        frames,
        records,
        bytes,
        records == 0 ? next : firstSequence,
        next,
        closedInOrder && tornTails.isEmpty(),
        List.copyOf(tornTails),
        restored,
        List.copyOf(notes),
        Duration.ofNanos(System.nanoTime() - start));
  }

  private List<Result> readAll(LogCatalogue catalogue) throws IOException {
    List<StripeReader> readers = new ArrayList<>();
    List<Result> results = new ArrayList<>();
    try {
      for (List<SegmentSource> stripe : catalogue.stripes()) {
        readers.add(new StripeReader(disk, stripe, feed != null, readers.size()));
      }
      merge(readers);
      for (StripeReader reader : readers) {
        for (DecodedFrame frame = reader.peek(); frame != null; frame = reader.peek()) {
          // What is behind a gap is read for its watermarks only.
          behindGap.add(frame.frame().firstSequence(), frame.frame().lastSequence());
          reader.take();
        }
        results.addAll(reader.results());
      }
    } finally {
      readers.forEach(StripeReader::close);
    }
    results.forEach(result -> bytes += result.size());
    return results;
  }

  private void merge(List<StripeReader> readers) throws IOException {
    while (true) {
      StripeReader best = null;
      DecodedFrame first = null;
      for (StripeReader reader : readers) {
        DecodedFrame frame = reader.peek();
        if (frame != null
            && (first == null || frame.frame().firstSequence() < first.frame().firstSequence())) {
          best = reader;
          first = frame;
        }
      }
      if (best == null || first == null || !follows(first.frame())) {
        return;
      }
      best.take();
      deliver(first);
    }
  }

  private boolean follows(LogFrame frame) {
    if (expected < 0 || expected < solidFrom) {
      return frame.firstSequence() <= Math.max(solidFrom, expected)
          && frame.firstSequence() >= expected;
    }
    return frame.firstSequence() == expected;
  }

  private void deliver(DecodedFrame decoded) throws IOException {
    LogFrame frame = decoded.frame();
    frames++;
    records += decoded.records().size();
    decoded.records().forEach(consumer);
    expected = frame.lastSequence() + 1;
    if (frame.lost()) {
      notes.add(
          "Records "
              + frame.firstSequence()
              + " to "
              + frame.lastSequence()
              + " were given up by an earlier repair");
    } else if (feed != null) {
      feed.send(decoded);
    }
  }

  /**
   * Stops if a watermark says that a record was durable which is not there.
   *
   * @param last the last good number
   */
  private void checkNothingDurableIsMissing(
      List<Result> results, long last, LogCatalogue catalogue) {
    catalogue.checkDirectories(results, last, behindGap);
    Result witness = null;
    for (Result result : results) {
      if (witness == null || result.highestWatermark() > witness.highestWatermark()) {
        witness = result;
      }
    }
    if (witness == null || witness.highestWatermark() <= last) {
      return;
    }
    String durable =
        "record "
            + (last + 1)
            + " was durable, says a frame of "
            + witness.source().file()
            + " (durable up to "
            + witness.highestWatermark()
            + ")";
    for (Result result : results) {
      LogReader.Damage damage = result.damage();
      if (damage != null) {
        throw new CorruptFileException(
            damage.toException(result.source().file()).getMessage() + ": " + durable);
      }
    }
    throw new CorruptFileException(
        "Cannot read the log: records are missing (sequences="
            + behindGap.missingAfter(last, witness.highestWatermark())
            + "): "
            + durable);
  }

  /** Stops at a segment of another engine, or one that is not where it belongs. */
  static void checkHeader(LogHeader header, Path file, LogOwner owner) {
    checkEngine(header, file, owner);
    long named = LogFormat.firstSequence(file).orElseThrow();
    if (header.firstSequence() != named) {
      throw LogHeader.corrupt(
          file,
          LogFormat.HEADER_FIRST_SEQUENCE_OFFSET,
          "first sequence is not that of the file's name",
          named,
          header.firstSequence());
    }
  }

  /** Stops at a segment of another engine. */
  static void checkEngine(LogHeader header, Path file, LogOwner owner) {
    if (!header.owner().engineId().equals(owner.engineId())) {
      throw new InvalidArgumentException(
          "Cannot open log: a segment is of another engine (file="
              + file
              + ", expected="
              + owner.engineId()
              + ", found="
              + header.owner().engineId()
              + ")");
    }
  }
}
