package io.proximadb.wal;

import io.proximadb.io.Disk;
import io.proximadb.wal.StripeReader.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Leaves the folders of a log that was read as the next incarnation can go on with them: cuts what
 * was not acknowledged, ends segments that a crash left open, brings copies up to date.
 *
 * <p>A segment without its end is written anew, not cut in place: the copy is atomic by its rename,
 * and it brings to the disk what is only in the page cache, which a sync cannot be trusted with
 * once one has failed (the kernel marks such pages clean).
 */
final class LogTidying {
  private final Disk disk;
  private final LogDirectories directories;
  private final LogRetention retention;
  private final List<String> notes;
  private final List<WalRecovery.TornTail> tornTails;

  /** The segments that stay, with what is in them. */
  private final Map<SegmentSource, LogFooter> kept = new LinkedHashMap<>();

  LogTidying(
      Disk disk,
      LogDirectories directories,
      LogRetention retention,
      List<String> notes,
      List<WalRecovery.TornTail> tornTails) {
    this.disk = disk;
    this.directories = directories;
    this.retention = retention;
    this.notes = notes;
    this.tornTails = tornTails;
  }

  /** Deletes segments that were never finished. */
  void deleteTemporary() throws IOException {
    for (Path folder : directories.all()) {
      for (Path file : disk.list(folder)) {
        if (LogFormat.isTemporary(file)) {
          disk.delete(file);
        }
      }
    }
  }

  /**
   * Deletes segments that are no part of the log, before their folder becomes one of it, and
   * damaged copies that are not made anew as their folder is no longer in use.
   */
  void deleteStrays(LogCatalogue catalogue) throws IOException {
    List<Path> files = new ArrayList<>(catalogue.strays());
    for (Path file : catalogue.damagedHeaders()) {
      if (!directories.mirrorInUse().contains(LogFormat.folder(file))) {
        files.add(file);
        notes.add("Damaged copy deleted: " + file);
      }
    }
    for (Path file : files) {
      disk.delete(file);
      disk.syncDirectory(LogFormat.folder(file));
    }
  }

  /**
   * Cuts the segments behind the last good number, and ends those that are open; the newest first,
   * so that a crash meanwhile leaves a log that reads the same.
   */
  void settle(List<Result> results, long last) throws IOException {
    List<Result> newestFirst = new ArrayList<>(results);
    newestFirst.sort(
        Comparator.comparingLong((Result result) -> result.source().header().firstSequence())
            .reversed());
    for (Result result : newestFirst) {
      settle(result, last);
    }
  }

  private void settle(Result result, long last) throws IOException {
    SegmentSource source = result.source();
    noteTornTail(result);
    boolean open = source.newest() && !(result.sealed() && result.wholeFile());
    boolean reachesTooFar = result.counted().lastSequence() > last;
    boolean beginsTooLate = source.header().firstSequence() > last + 1;
    LogFooter counted = result.counted();
    if (beginsTooLate) {
      delete(source);
      return;
    }
    Set<Path> targets = new LinkedHashSet<>(result.damagedFiles());
    if (open || reachesTooFar) {
      targets.addAll(source.files());
    }
    if (!targets.isEmpty()) {
      boolean isReplaced = source.header().firstSequence() == last + 1 && isInUse(source);
      if (isReplaced) {
        return; // the next segment has its name
      }
      counted = write(source, List.copyOf(targets), last);
      result.damagedFiles().forEach(file -> notes.add("Damaged copy made anew: " + file));
    } else if (counted.records() == 0
        && source.header().firstSequence() == last + 1
        && isInUse(source)) {
      return;
    }
    kept.put(source, counted);
  }

  private boolean isInUse(SegmentSource source) {
    Set<Path> written = new LinkedHashSet<>();
    directories.stripesInUse().forEach(written::addAll);
    return source.files().stream().allMatch(file -> written.contains(file.getParent()));
  }

  private void noteTornTail(Result result) {
    LogReader.Damage damage = result.damage();
    if (damage != null) {
      tornTails.add(
          new WalRecovery.TornTail(
              result.source().file(),
              result.position(),
              result.size() - result.position(),
              damage.what()));
    }
  }

  private void delete(SegmentSource source) throws IOException {
    for (Path file : source.files()) {
      disk.delete(file);
      disk.syncDirectory(LogFormat.folder(file));
    }
  }

  /**
   * Gives each folder of a mirror the segments that it lacks, and tells retention of all segments.
   * Those of stripes stay where they are: in one folder their names would be the same.
   */
  void keep() throws IOException {
    retention.deletedUpTo(directories.released());
    Set<Path> taken = new HashSet<>();
    kept.keySet().forEach(source -> taken.addAll(source.files()));
    for (Map.Entry<SegmentSource, LogFooter> segment : kept.entrySet()) {
      SegmentSource source = segment.getKey();
      Set<Path> files = new LinkedHashSet<>(source.files());
      if (source.header().stripes() == 1) {
        List<Path> lacking = new ArrayList<>();
        for (Path folder : directories.mirrorInUse()) {
          Path file = LogFormat.segment(folder, source.header().firstSequence());
          if (taken.add(file)) {
            lacking.add(file);
          }
        }
        if (!lacking.isEmpty()) {
          write(source, lacking, Long.MAX_VALUE);
          lacking.forEach(file -> notes.add("Missing copy made anew: " + file));
          files.addAll(lacking);
        }
      }
      LogFooter counted = segment.getValue();
      retention.add(
          List.copyOf(files),
          source.header().firstSequence(),
          source.header().stripes() > 1,
          counted.lastSequence(),
          counted.lastByTable());
    }
  }

  /** Writes the good frames of a segment up to a number, and a footer, to files. */
  private LogFooter write(SegmentSource source, List<Path> files, long last) throws IOException {
    LogHeader header = source.header();
    List<Disk.Output> outputs = new ArrayList<>();
    LogFooter footer = new LogFooter();
    try (SegmentScanner scanner = new SegmentScanner(disk, source)) {
      for (Path file : files) {
        disk.delete(LogFormat.temporary(file));
        outputs.add(disk.create(LogFormat.temporary(file)));
      }
      writeAll(outputs, ByteBuffer.wrap(LogHeader.bytesOf(disk, source.file(), header)));
      FrameRecords decoder = new FrameRecords(header);
      for (LogFrame frame = scanner.next();
          frame != null && frame.lastSequence() <= last;
          frame = scanner.next()) {
        decoder.decode(frame, scanner.payload(), scanner.payloadOffset(), scanner.file(), footer);
        footer.add(frame);
        writeAll(outputs, ByteBuffer.wrap(scanner.frameBytes(frame)));
      }
      if (header.version() > 1) {
        GroupEncoder encoder = new GroupEncoder(new CodecChooser(Compression.NONE));
        encoder.begin(header.salt());
        long watermark = footer.records() == 0 ? header.firstSequence() - 1 : footer.lastSequence();
        writeAll(outputs, encoder.encodeFooter(footer, header.firstSequence(), watermark));
      }
      for (Disk.Output output : outputs) {
        output.sync();
      }
    } finally {
      closeAll(outputs);
    }
    for (Path file : files) {
      disk.move(LogFormat.temporary(file), file);
      disk.syncDirectory(LogFormat.folder(file));
    }
    return footer;
  }

  private static void writeAll(List<Disk.Output> outputs, ByteBuffer bytes) throws IOException {
    for (Disk.Output output : outputs) {
      output.write(bytes.duplicate());
    }
  }

  private static void closeAll(List<Disk.Output> outputs) throws IOException {
    for (Disk.Output output : outputs) {
      output.close();
    }
  }
}
