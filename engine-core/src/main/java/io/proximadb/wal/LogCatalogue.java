package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.io.Disk;
import io.proximadb.wal.StripeReader.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The segments of a log, found by their headers. */
final class LogCatalogue {
  private final LogDirectories directories;

  private final List<SegmentSource> all = new ArrayList<>();

  /** Files of this engine that are no part of the log. */
  private final List<Path> strays = new ArrayList<>();

  /** Files of a mirror whose header is damaged. */
  private final List<Path> damagedHeaders = new ArrayList<>();

  private LogCatalogue(LogDirectories directories) {
    this.directories = directories;
  }

  /**
   * Reads the headers of all segments.
   *
   * @throws CorruptFileException if one is damaged and no copy of it is known
   */
  static LogCatalogue read(Disk disk, LogDirectories directories, LogOwner owner)
      throws IOException {
    LogCatalogue catalogue = new LogCatalogue(directories);
    for (Path folder : directories.all()) {
      catalogue.readFolder(disk, folder, owner);
    }
    catalogue.checkDamagedHeaders();
    catalogue.dropSuperseded();
    return catalogue;
  }

  /**
   * What a later incarnation began anew at the same number, or below it, is void: that incarnation
   * had found no record there.
   */
  private void dropSuperseded() {
    List<SegmentSource> superseded =
        all.stream()
            .filter(
                source ->
                    all.stream()
                        .anyMatch(
                            other ->
                                incarnation(other) > incarnation(source)
                                    && other.header().firstSequence()
                                        <= source.header().firstSequence()))
            .toList();
    all.removeAll(superseded);
    superseded.forEach(source -> strays.addAll(source.files()));
  }

  /** The engine that wrote the segments of some folders, and its highest incarnation. */
  static Optional<LogIdentity> identity(Disk disk, List<Path> folders) throws IOException {
    LogIdentity found = null;
    for (Path folder : folders) {
      for (Path file : disk.list(folder)) {
        if (LogFormat.firstSequence(file).isPresent()) {
          try (LogReader reader = LogReader.open(disk, file)) {
            LogOwner owner = reader.header().owner();
            if (found != null && !found.engineId().equals(owner.engineId())) {
              throw new InvalidArgumentException(
                  "Cannot tell whose log it is: segments are of several engines (file="
                      + file
                      + ", engines="
                      + found.engineId()
                      + ", "
                      + owner.engineId()
                      + ")");
            }
            long incarnation = found == null ? 0 : found.incarnation();
            found = new LogIdentity(owner.engineId(), Math.max(incarnation, owner.incarnation()));
          }
        }
      }
    }
    return Optional.ofNullable(found);
  }

  /** The highest epoch that a segment was written under. */
  long newestEpoch() {
    return all.stream().mapToLong(source -> source.header().owner().epoch()).max().orElse(0);
  }

  /** Reads the headers of all segments and checks none; the damaged ones are listed. */
  static LogCatalogue survey(Disk disk, LogDirectories directories) throws IOException {
    LogCatalogue catalogue = new LogCatalogue(directories);
    for (Path folder : directories.all()) {
      for (Path file : disk.list(folder)) {
        if (LogFormat.firstSequence(file).isPresent()) {
          try (LogReader reader = LogReader.open(disk, file)) {
            catalogue.add(file, reader.header());
          } catch (CorruptFileException e) {
            catalogue.damagedHeaders.add(file);
          }
        }
      }
    }
    catalogue.dropSuperseded();
    return catalogue;
  }

  private void readFolder(Disk disk, Path folder, LogOwner owner) throws IOException {
    List<Path> files =
        disk.list(folder).stream()
            .filter(file -> LogFormat.firstSequence(file).isPresent())
            .toList();
    LogHeader before = null;
    for (Path file : files) {
      LogHeader header;
      try (LogReader reader = LogReader.open(disk, file)) {
        header = reader.header();
      } catch (CorruptFileException e) {
        if (!directories.isMirrored(folder)) {
          throw e;
        }
        damagedHeaders.add(file);
        continue;
      }
      LogRecovery.checkHeader(header, file, owner);
      if (directories.isUnlisted(folder)) {
        strays.add(file);
        continue;
      }
      long lowest = before == null ? 0 : before.owner().incarnation();
      long incarnation = header.owner().incarnation();
      if (incarnation < lowest || incarnation > owner.incarnation()) {
        throw LogHeader.corrupt(
            file,
            LogFormat.HEADER_INCARNATION_OFFSET,
            "incarnation of the engine is out of order",
            lowest + " to " + owner.incarnation(),
            incarnation);
      }
      before = header;
      add(file, header);
    }
  }

  private void add(Path file, LogHeader header) {
    for (SegmentSource known : all) {
      if (known.isCopy(header)) {
        known.files().add(file);
        return;
      }
    }
    all.add(new SegmentSource(header, file));
  }

  /** A damaged header does no harm if another folder of the mirror has the segment. */
  private void checkDamagedHeaders() {
    for (Path file : damagedHeaders) {
      boolean copied =
          all.stream()
              .flatMap(source -> source.files().stream())
              .anyMatch(
                  other ->
                      directories.isMirrored(LogFormat.folder(other))
                          && other.endsWith(file.getFileName()));
      if (!copied) {
        throw LogHeader.corrupt(
            file, 0, "header is damaged, and no other folder has the segment", "one", "none");
      }
    }
  }

  /**
   * The segments of each stripe in the order they were written, to be read side by side. The last
   * one of a stripe of the newest incarnation may be open, and those of before that begin where the
   * newest does.
   */
  List<List<SegmentSource>> stripes() {
    Comparator<SegmentSource> order =
        Comparator.comparingLong(LogCatalogue::incarnation)
            .thenComparingLong(source -> source.header().firstSequence());
    TreeMap<Integer, List<SegmentSource>> byStripe = new TreeMap<>();
    all.stream()
        .sorted(order)
        .forEach(
            source ->
                byStripe
                    .computeIfAbsent(source.header().stripe(), key -> new ArrayList<>())
                    .add(source));
    long newest = all.stream().mapToLong(LogCatalogue::incarnation).max().orElse(0);
    long begins =
        all.stream()
            .filter(source -> incarnation(source) == newest)
            .mapToLong(source -> source.header().firstSequence())
            .min()
            .orElse(1);
    for (List<SegmentSource> stripe : byStripe.values()) {
      for (SegmentSource source : stripe) {
        boolean last = source == stripe.get(stripe.size() - 1);
        // What an older one left open where the newest begins was about to be replaced: the opening
        // died when only some stripes had begun.
        source.newest(
            incarnation(source) == newest ? last : source.header().firstSequence() >= begins);
      }
    }
    return List.copyOf(byStripe.values());
  }

  List<SegmentSource> all() {
    return all;
  }

  List<Path> strays() {
    return strays;
  }

  List<Path> damagedHeaders() {
    return damagedHeaders;
  }

  /** No record of the log has a lower number. */
  long oldestSequence() {
    return all.stream().mapToLong(source -> source.header().firstSequence()).min().orElse(1);
  }

  /**
   * The number from which on none was released: where the oldest incarnation begins, as segments go
   * oldest first; of its stripes, one may have let go of more than another.
   */
  long solidFrom() throws IOException {
    long oldest = all.stream().mapToLong(LogCatalogue::incarnation).min().orElse(0);
    long begins =
        all.stream()
            .filter(source -> incarnation(source) == oldest)
            .mapToLong(source -> source.header().firstSequence())
            .min()
            .orElse(1);
    boolean striped =
        all.stream()
            .anyMatch(source -> incarnation(source) == oldest && source.header().stripes() > 1);
    return striped ? Math.max(begins, directories.released() + 1) : begins;
  }

  private static long incarnation(SegmentSource source) {
    return source.header().owner().incarnation();
  }

  /**
   * Stops if a folder that was in use is not there, and no other one has the same.
   *
   * @param last the last good number
   * @param behindGap the numbers that are there behind it
   */
  void checkDirectories(List<Result> results, long last, SequenceRanges behindGap) {
    List<Path> missing = directories.missing();
    long durable = results.stream().mapToLong(Result::highestWatermark).max().orElse(0);
    if (!missing.isEmpty()) {
      throw new CorruptFileException(
          "Cannot read the log: a directory of it is missing (directories="
              + missing
              + ", sequences="
              + behindGap.missingAfter(last, durable)
              + ", and any written after the last that is known); bring it back, or give its"
              + " records up with './proximadb wal repair'");
    }
    if (!directories.listed().isEmpty()) {
      return;
    }
    // The list is lost with the home; the headers tell how many stripes there were.
    results.stream()
        .max(Comparator.comparingLong(result -> result.source().header().owner().incarnation()))
        .filter(result -> result.counted().records() > 0)
        .ifPresent(newest -> checkStripes(newest.source().header(), last, durable, behindGap));
  }

  /** An incarnation that wrote something had begun a segment in each of its stripes. */
  private void checkStripes(LogHeader newest, long last, long durable, SequenceRanges behindGap) {
    Set<Integer> seen = new HashSet<>();
    for (SegmentSource source : all) {
      if (incarnation(source) == newest.owner().incarnation()) {
        seen.add(source.header().stripe());
      }
    }
    if (seen.size() < newest.stripes()) {
      throw new CorruptFileException(
          "Cannot read the log: "
              + (newest.stripes() - seen.size())
              + " of its "
              + newest.stripes()
              + " directories are not known (found stripes="
              + seen
              + ", sequences="
              + behindGap.missingAfter(last, durable)
              + ", and any written after the last that is known); name all of them in the property "
              + WalOptions.DIRECTORIES_PROPERTY);
    }
  }
}
