package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.ProximaException;
import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All that is in a log, read without changing anything.
 *
 * @param stripes the segments of each stripe in order
 * @param damagedHeaders files whose headers are damaged in every copy
 * @param damagedCopies files with damaged headers that another folder has whole
 * @param durable all records up to it were durable
 * @param last the highest number there is
 * @param gaps numbers that should be there and are not; those in no frame of a log that recovery
 *     accepts were never acknowledged
 * @param refusal why recovery refuses the log, or null
 * @param examined what recovery reads, or null if it refuses
 */
record LogSurvey(
    WalLocation location,
    @Nullable EngineIdentity identity,
    LogDirectories directories,
    List<List<SegmentSurvey>> stripes,
    List<Path> damagedHeaders,
    List<Path> damagedCopies,
    long first,
    long durable,
    long last,
    List<SequenceRange> gaps,
    @Nullable ProximaException refusal,
    LogRecovery.@Nullable Examined examined) {

  /** Reads a log; the consumer gets the records of each segment in turn. */
  static LogSurvey read(Disk disk, WalLocation location, Consumer<WalRecord> consumer)
      throws IOException {
    ProximaException refusal = null;
    EngineIdentity identity = null;
    try {
      identity = location.identity(disk);
    } catch (CorruptFileException e) {
      refusal = e;
    }
    LogDirectories directories = location.directories(disk);
    LogCatalogue catalogue = LogCatalogue.survey(disk, directories);
    List<List<SegmentSurvey>> stripes = new ArrayList<>();
    SequenceRanges numbers = new SequenceRanges();
    long durable = 0;
    for (List<SegmentSource> stripe : catalogue.stripes()) {
      List<SegmentSurvey> surveys = new ArrayList<>();
      for (SegmentSource source : stripe) {
        SegmentSurvey survey = SegmentSurvey.read(disk, source, consumer);
        surveys.add(survey);
        numbers.addAll(survey.numbers());
        durable = Math.max(durable, survey.highestWatermark());
      }
      stripes.add(surveys);
    }
    List<Path> gone = new ArrayList<>();
    List<Path> copies = new ArrayList<>();
    for (Path file : catalogue.damagedHeaders()) {
      (hasCopy(file, catalogue, directories) ? copies : gone).add(file);
    }
    long first = catalogue.all().isEmpty() ? Long.MAX_VALUE : catalogue.solidFrom();
    long last = numbers.last();
    for (Path file : gone) {
      long named = LogFormat.firstSequence(file).orElseThrow();
      if (named > directories.released()) {
        first = Math.min(first, named);
      }
      // All records below a segment's first were given numbers.
      durable = Math.max(durable, stripes.size() < 2 ? named - 1 : 0);
      last = Math.max(last, UncheckedFrames.lastSequence(disk, file, named));
    }
    first = first == Long.MAX_VALUE ? catalogue.oldestSequence() : first;
    LogRecovery.Examined examined = null;
    if (refusal == null) {
      try {
        examined = examine(disk, directories, identity, catalogue);
      } catch (ProximaException e) {
        refusal = e;
      }
    }
    return new LogSurvey(
        location,
        identity,
        directories,
        stripes,
        gone,
        copies,
        first,
        durable,
        last,
        numbers.gaps(first, Math.max(last, durable)),
        refusal,
        examined);
  }

  private static boolean hasCopy(Path file, LogCatalogue catalogue, LogDirectories directories) {
    return directories.mirrorInUse().contains(file.getParent())
        && catalogue.all().stream()
            .flatMap(source -> source.files().stream())
            .anyMatch(
                other ->
                    directories.mirrorInUse().contains(other.getParent())
                        && other.endsWith(file.getFileName()));
  }

  /** Reads the log as its engine would. */
  private static LogRecovery.Examined examine(
      Disk disk,
      LogDirectories directories,
      @Nullable EngineIdentity identity,
      LogCatalogue catalogue)
      throws IOException {
    UUID engine =
        identity != null
            ? identity.engineId()
            : catalogue.all().isEmpty()
                ? new UUID(0, 0)
                : catalogue.all().get(0).header().owner().engineId();
    long incarnation = identity == null ? Long.MAX_VALUE : identity.incarnation() + 1;
    return new LogRecovery(
            disk,
            directories,
            new LogOwner(engine, incarnation, 0),
            WalOptions.DEFAULT,
            new LogRetention(disk, directories),
            null,
            record -> {})
        .examine();
  }

  List<SegmentSurvey> segments() {
    return stripes.stream().flatMap(List::stream).toList();
  }

  /** The header that tells most: of the newest segment; null if there is none. */
  @Nullable LogHeader newestHeader() {
    return segments().stream()
        .map(survey -> survey.source().header())
        .max(
            Comparator.comparingLong((LogHeader header) -> header.owner().incarnation())
                .thenComparingLong(LogHeader::firstSequence))
        .orElse(null);
  }
}
