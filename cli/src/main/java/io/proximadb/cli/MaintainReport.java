package io.proximadb.cli;

import io.proximadb.api.CollectionStatistics;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.maintenance.MaintenanceWork.Kind;
import io.proximadb.model.CollectionName;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Counts what maintenance did, for the table at the end. */
final class MaintainReport {
  private static final String COLUMNS = "%-32s %-17s %7s %12s %10s %12s %12s %8s %8s";

  private record Key(CollectionName name, Kind kind) {}

  private static final class Counts {
    private long steps;
    private long rows;
    private long files;
    private long bytesRead;
    private long bytesWritten;
    private long nanos;
    private long failures;
  }

  private final Map<Key, Counts> counts =
      new TreeMap<>(
          Comparator.comparing((Key key) -> key.name().toString()).thenComparing(Key::kind));

  private Counts counts(CollectionName name, Kind kind, long nanos) {
    Counts found = counts.computeIfAbsent(new Key(name, kind), key -> new Counts());
    found.nanos += nanos;
    return found;
  }

  /** Counts a step that did something. */
  void add(CollectionName name, Kind kind, MaintenanceResult result, long nanos) {
    Counts found = counts(name, kind, nanos);
    found.steps++;
    found.rows += result.rowsRemoved();
    found.files += result.filesRemoved();
    found.bytesRead += result.bytesRead();
    found.bytesWritten += result.bytesWritten();
  }

  /** Counts a step that failed. */
  void addFailure(CollectionName name, Kind kind, long nanos) {
    counts(name, kind, nanos).failures++;
  }

  long failures() {
    return counts.values().stream().mapToLong(found -> found.failures).sum();
  }

  /** Prints a line for each collection and kind of work. */
  void print(PrintWriter out, boolean dryRun) {
    if (counts.isEmpty()) {
      out.println("Nothing to do.");
      return;
    }
    out.println();
    out.println(
        String.format(
            Locale.ROOT,
            COLUMNS,
            "collection",
            dryRun ? "work to do" : "work done",
            "steps",
            "rows",
            "files",
            "MB read",
            "MB written",
            "seconds",
            "failed"));
    counts.forEach(
        (key, found) ->
            out.println(
                String.format(
                    Locale.ROOT,
                    COLUMNS,
                    key.name(),
                    key.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                    found.steps,
                    found.rows,
                    found.files,
                    megabytes(found.bytesRead),
                    megabytes(found.bytesWritten),
                    String.format(Locale.ROOT, "%.1f", found.nanos / 1e9),
                    found.failures)));
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / 1e6);
  }

  /** Prints how a collection stands. */
  static void print(PrintWriter out, CollectionStatistics found) {
    out.println();
    out.println(found.name() + ":");
    out.println(
        String.format(
            Locale.ROOT,
            "  rows        %,d live, %,d deleted, %,d expired",
            found.liveRows(),
            found.deletedRows(),
            found.expiredRows()));
    out.println(
        String.format(
            Locale.ROOT,
            "  MB          %s data in %,d files, %s deletes, %s indexes, %s metadata",
            megabytes(found.dataBytes()),
            found.dataFiles(),
            megabytes(found.deleteBytes()),
            megabytes(found.indexBytes()),
            megabytes(found.metadataBytes())));
    out.println(String.format(Locale.ROOT, "  snapshots   %,d", found.snapshots()));
    out.println(
        "  last flush  "
            + found.lastFlush().map(Instant::toString).orElse("none")
            + ", last compaction "
            + found.lastCompaction().map(Instant::toString).orElse("none"));
    out.println(
        "  clusters    "
            + (found.clusterGeneration() == 0
                ? "none"
                : "generation " + found.clusterGeneration()));
  }
}
