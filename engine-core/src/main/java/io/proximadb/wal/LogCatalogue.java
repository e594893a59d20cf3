package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.io.Disk;
import io.proximadb.wal.LogDirectories.DirectorySet;
import io.proximadb.wal.StripeReader.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The segments of a log, found by their headers. */
final class LogCatalogue {
  private final LogDirectories directories;

  /** Of each folder, its segments in order; a copy is with the first folder that has it. */
  private final Map<Path, List<SegmentSource>> byFolder = new LinkedHashMap<>();

  private final List<SegmentSource> all = new ArrayList<>();

  /** Folders without any segment. */
  private final Set<Path> empty = new HashSet<>();

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
    return catalogue;
  }

  private void readFolder(Disk disk, Path folder, LogOwner owner) throws IOException {
    List<Path> files =
        disk.list(folder).stream()
            .filter(file -> LogFormat.firstSequence(file).isPresent())
            .toList();
    if (files.isEmpty()) {
      empty.add(folder);
    }
    SegmentSource before = null;
    for (Path file : files) {
      LogHeader header;
      try (LogReader reader = LogReader.open(disk, file)) {
        header = reader.header();
      } catch (CorruptFileException e) {
        if (!directories.mirrorInUse().contains(folder)) {
          throw e;
        }
        damagedHeaders.add(file);
        continue;
      }
      LogRecovery.checkHeader(header, file, owner);
      if (before != null) {
        before.notNewest();
      }
      long lowest = before == null ? 0 : before.header().owner().incarnation();
      long incarnation = header.owner().incarnation();
      if (incarnation < lowest || incarnation > owner.incarnation()) {
        throw LogHeader.corrupt(
            file,
            LogFormat.HEADER_INCARNATION_OFFSET,
            "incarnation of the engine is out of order",
            lowest + " to " + owner.incarnation(),
            incarnation);
      }
      before = add(folder, file, header);
    }
  }

  private SegmentSource add(Path folder, Path file, LogHeader header) {
    for (SegmentSource known : all) {
      if (known.isCopy(header)) {
        known.files().add(file);
        return known;
      }
    }
    SegmentSource source = new SegmentSource(header, file);
    all.add(source);
    byFolder.computeIfAbsent(folder, key -> new ArrayList<>()).add(source);
    return source;
  }

  /** A damaged header does no harm if another folder of the mirror has the segment. */
  private void checkDamagedHeaders() {
    for (Path file : damagedHeaders) {
      boolean copied =
          all.stream()
              .flatMap(source -> source.files().stream())
              .anyMatch(
                  other ->
                      directories.mirrorInUse().contains(other.getParent())
                          && other.endsWith(file.getFileName()));
      if (!copied) {
        throw LogHeader.corrupt(
            file, 0, "header is damaged, and no other folder has the segment", "one", "none");
      }
    }
  }

  /** The segments of each folder, to be read side by side. */
  List<List<SegmentSource>> stripes() {
    return List.copyOf(byFolder.values());
  }

  List<SegmentSource> all() {
    return all;
  }

  List<Path> damagedHeaders() {
    return damagedHeaders;
  }

  /** No record of the log has a lower number. */
  long oldestSequence() {
    return all.stream().mapToLong(source -> source.header().firstSequence()).min().orElse(1);
  }

  /** The number that a log without records goes on with. */
  long newestStart() {
    return all.stream().mapToLong(source -> source.header().firstSequence()).max().orElse(1);
  }

  /**
   * The number from which on none was released. Segments go oldest first, so only those of the
   * oldest incarnation may lack some: what its stripes do not have from their beginning on.
   */
  long solidFrom() {
    TreeMap<Long, Map<Integer, Long>> starts = new TreeMap<>();
    int stripes = 1;
    for (SegmentSource source : all) {
      starts
          .computeIfAbsent(source.header().owner().incarnation(), key -> new TreeMap<>())
          .merge(source.header().stripe(), source.header().firstSequence(), Math::min);
    }
    if (starts.isEmpty()) {
      return 1;
    }
    long oldest = starts.firstKey();
    for (SegmentSource source : all) {
      if (source.header().owner().incarnation() == oldest) {
        stripes = Math.max(stripes, source.header().stripes());
      }
    }
    Map<Integer, Long> first = starts.firstEntry().getValue();
    long solid = first.values().stream().mapToLong(Long::longValue).max().orElse(1);
    Map.Entry<Long, Map<Integer, Long>> next = starts.higherEntry(oldest);
    if (first.size() < stripes && next != null) {
      // A stripe has nothing left of the incarnation.
      return Math.max(
          solid, next.getValue().values().stream().mapToLong(Long::longValue).min().orElse(1));
    }
    return solid;
  }

  /**
   * Stops if a folder that was in use is not there, and no other one has the same.
   *
   * @param last the last good number
   * @param behindGap the numbers that are there behind it
   */
  void checkDirectories(List<Result> results, long last, SequenceRanges behindGap) {
    List<Path> missing = new ArrayList<>();
    for (DirectorySet set : directories.listed()) {
      List<Path> gone = set.directories().stream().filter(empty::contains).toList();
      if (set.layout() == DirectoryLayout.STRIPE || gone.size() == set.directories().size()) {
        missing.addAll(gone);
      }
    }
    long durable = results.stream().mapToLong(Result::highestWatermark).max().orElse(0);
    if (!missing.isEmpty()) {
      throw new CorruptFileException(
          "Cannot read the log: a directory of it is missing or empty (directories="
              + missing
              + ", sequences="
              + behindGap.missingAfter(last, durable)
              + ", and any written after the last that is known); bring it back, or give its"
              + " records up with './proximadb wal repair'");
    }
    results.stream()
        .filter(result -> result.counted().records() > 0)
        .map(result -> result.source().header())
        .max(Comparator.comparingLong(header -> header.owner().incarnation()))
        .ifPresent(newest -> checkStripes(newest, last, durable, behindGap));
  }

  /** The newest incarnation that wrote something began a segment in each of its stripes. */
  private void checkStripes(LogHeader newest, long last, long durable, SequenceRanges behindGap) {
    Set<Integer> seen = new HashSet<>();
    for (SegmentSource source : all) {
      if (source.header().owner().incarnation() == newest.owner().incarnation()) {
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
