package io.proximadb.wal;

import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disk;
import io.proximadb.wal.StripeReader.Result;
import io.proximadb.wal.WalInspection.Damage;
import io.proximadb.wal.WalInspection.Directory;
import io.proximadb.wal.WalInspection.Segment;
import io.proximadb.wal.WalInspection.State;
import io.proximadb.wal.WalInspection.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells what is in a log, sound or damaged, without changing anything and without a lock. While an
 * engine writes to the log, what it writes may be seen in part.
 */
public final class WalInspector {
  private WalInspector() {}

  /**
   * Reads all of a log.
   *
   * @param location an engine's home or a log's folder; null if directories are named
   * @param directories of the log, if their list is lost; else empty
   * @throws io.proximadb.error.InvalidArgumentException if the location does not exist
   * @throws io.proximadb.error.UnsupportedVersionException if a newer release wrote the log
   * @throws io.proximadb.error.CorruptFileException if the list of the log's directories is damaged
   * @throws UnavailableException if the disk fails
   */
  public static WalInspection inspect(Disk disk, @Nullable Path location, List<Path> directories) {
    try {
      WalLocation found = WalLocation.of(disk, location, directories);
      Map<UUID, TableCount> tables = new TreeMap<>();
      LogSurvey survey =
          LogSurvey.read(
              disk,
              found,
              record ->
                  tables.computeIfAbsent(record.tableUuid(), key -> new TableCount()).add(record));
      return describe(disk, survey, tables);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /**
   * Hands out all sound records of a log, in the order of their numbers, also those behind damage
   * and those that a recovery would cut.
   *
   * @param from lowest number wanted
   * @param to highest number wanted
   */
  public static void records(
      Disk disk,
      @Nullable Path location,
      List<Path> directories,
      long from,
      long to,
      Consumer<WalRecord> consumer) {
    try {
      LogDirectories found = WalLocation.of(disk, location, directories).directories(disk);
      try (SalvageMerge merge =
          new SalvageMerge(disk, LogCatalogue.survey(disk, found).stripes())) {
        for (List<WalRecord> records = merge.next(); records != null; records = merge.next()) {
          records.stream()
              .filter(record -> record.sequence() >= from && record.sequence() <= to)
              .forEach(consumer);
        }
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  static UnavailableException failed(IOException e) {
    return new UnavailableException(
        "Cannot read the log: the disk failed (cause=" + e.getMessage() + ")", e);
  }

  /** Counts what the log has of a table. */
  private static final class TableCount {
    private final Map<WalRecord.Operation, Long> operations =
        new EnumMap<>(WalRecord.Operation.class);
    private long last;
    private long flushed;

    void add(WalRecord record) {
      operations.merge(record.operation(), 1L, Long::sum);
      last = Math.max(last, record.sequence());
      flushed = Math.max(flushed, record.flushedSequence());
    }
  }

  private static WalInspection describe(Disk disk, LogSurvey survey, Map<UUID, TableCount> counts)
      throws IOException {
    LogDirectories directories = survey.directories();
    List<Segment> segments = new ArrayList<>();
    SequenceRanges givenUp = new SequenceRanges();
    long lastSound = 0;
    for (SegmentSurvey one : survey.segments()) {
      segments.add(segment(disk, one));
      givenUp.addAll(one.lost());
      lastSound = Math.max(lastSound, one.counted().lastSequence());
    }
    List<Path> unreadable = new ArrayList<>(survey.damagedHeaders());
    unreadable.addAll(survey.damagedCopies());
    for (Path file : unreadable) {
      segments.add(unreadable(disk, file));
    }
    List<Table> tables = new ArrayList<>();
    counts.forEach(
        (uuid, count) ->
            tables.add(new Table(uuid, Map.copyOf(count.operations), count.last, count.flushed)));
    LogHeader newest = survey.newestHeader();
    EngineIdentity identity = survey.identity();
    String holder = survey.location().holder();
    return new WalInspection(
        survey.location().folder(),
        survey.location().home(),
        identity != null ? identity.engineId() : newest == null ? null : newest.owner().engineId(),
        identity == null ? -1 : identity.incarnation(),
        holder == null ? "" : holder,
        directories(directories),
        directories.released(),
        List.copyOf(segments),
        survey.first(),
        lastSound,
        survey.durable(),
        survey.refusal() == null ? List.of() : survey.gaps(),
        givenUp.toList(),
        List.copyOf(tables),
        survey.refusal() == null ? null : survey.refusal().getMessage(),
        actions(survey),
        notes(survey));
  }

  private static List<Directory> directories(LogDirectories directories) {
    List<Directory> found = new ArrayList<>();
    for (LogDirectories.DirectorySet set : directories.listed()) {
      for (Path path : set.directories()) {
        found.add(new Directory(path, set.layout(), true, directories.isMissing(path)));
      }
    }
    for (Path path : directories.inUse().directories()) {
      if (found.stream().noneMatch(directory -> directory.path().equals(path))) {
        found.add(new Directory(path, directories.inUse().layout(), false, false));
      }
    }
    return found;
  }

  private static Segment segment(Disk disk, SegmentSurvey survey) throws IOException {
    LogHeader header = survey.source().header();
    List<Damage> damage = survey.allDamage();
    boolean tornTail =
        survey.isOpen()
            && survey.isAccepted()
            && damage.size() == survey.damage().size() * survey.source().files().size();
    long lost = survey.lost().toList().stream().mapToLong(SequenceRange::count).sum();
    return new Segment(
        List.copyOf(survey.source().files()),
        disk.size(survey.source().file()),
        header.version(),
        header.owner().engineId(),
        header.owner().incarnation(),
        header.owner().epoch(),
        header.stripe(),
        header.stripes(),
        header.firstSequence(),
        survey.counted().lastSequence(),
        survey.counted().frames(),
        survey.counted().records() - lost,
        survey.codecs(),
        survey.state(),
        survey.highestWatermark(),
        tornTail,
        List.copyOf(damage));
  }

  private static Segment unreadable(Disk disk, Path file) throws IOException {
    String what = "header is damaged";
    try (LogReader reader = LogReader.open(disk, file)) {
      what = "header of format " + reader.header().version() + " was damaged";
    } catch (io.proximadb.error.CorruptFileException e) {
      what = String.valueOf(e.getMessage());
    }
    long size = disk.size(file);
    return new Segment(
        List.of(file),
        size,
        0,
        null,
        0,
        0,
        0,
        0,
        LogFormat.firstSequence(file).orElseThrow(),
        0,
        0,
        0,
        Map.of(),
        State.UNREADABLE,
        0,
        false,
        List.of(new Damage(file, 0, size, what, "a header", "none")));
  }

  /** What a recovery would change. */
  private static List<String> actions(LogSurvey survey) {
    LogRecovery.Examined examined = survey.examined();
    if (examined == null) {
      return List.of();
    }
    List<String> actions = new ArrayList<>();
    long last = examined.next() - 1;
    for (Result result : examined.results()) {
      Path file = result.source().file();
      LogReader.Damage damage = result.damage();
      if (damage != null) {
        actions.add(
            "cut "
                + (result.size() - result.position())
                + " bytes off "
                + file
                + " at offset "
                + result.position()
                + ", never acknowledged ("
                + damage.what()
                + ")");
      }
      if (result.counted().lastSequence() > last) {
        actions.add(
            "cut the records above "
                + last
                + " off "
                + file
                + ", never acknowledged (some before them are not there)");
      }
      if (result.source().newest() && !result.sealed() && result.counted().records() > 0) {
        actions.add("end " + file + " with a footer");
      }
      result.damagedFiles().forEach(copy -> actions.add("make the damaged copy " + copy + " anew"));
    }
    survey.damagedCopies().forEach(copy -> actions.add("make the damaged copy " + copy + " anew"));
    return List.copyOf(actions);
  }

  private static List<String> notes(LogSurvey survey) {
    List<String> notes = new ArrayList<>();
    for (Path missing : survey.directories().missing()) {
      notes.add("Listed directory is not there: " + missing);
    }
    for (Path file : survey.damagedHeaders()) {
      notes.add(
          "The header of "
              + file
              + " is damaged in every copy: its frames cannot be checked without the salt in it");
    }
    return List.copyOf(notes);
  }
}
