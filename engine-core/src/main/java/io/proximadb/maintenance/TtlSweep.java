package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowLevelCommit;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.roaringbitmap.RoaringBitmap;

/**
 * Deletes expired rows by deletion vectors, so that engines that know nothing of expiry do not see
 * them either. ProximaDB's own reads never show them, swept or not.
 */
public final class TtlSweep extends PeriodicWork {
  /*
   * Concurrency: an expired row stays expired, since files never change. A newer version of its
   * record that lies in an engine's memory is a row of its own, which its flush adds; after a crash
   * the log gives it back without the row that was swept (WritePath logs a change of a finite expiry
   * as a whole row).
   */

  /** Snapshot summary key that says which work made a snapshot. */
  public static final String SUMMARY = "proximadb.maintenance";

  /** Files in one commit: bounds the deletion vectors that it writes. */
  private static final int MAX_FILES = 64;

  /** Rows from which on a commit takes no further file. */
  private static final long MAX_ROWS = 1_000_000;

  /** How often the table's property is looked at: the shortest interval of an engine's sweeps. */
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(10);

  private final ExpiredRows expired = new ExpiredRows();
  private final int maxFiles;

  public TtlSweep() {
    this(MAX_FILES);
  }

  /** With another bound of a step; for tests. */
  TtlSweep(int maxFiles) {
    this.maxFiles = maxFiles;
  }

  @Override
  public Kind kind() {
    return Kind.TTL_SWEEP;
  }

  @Override
  public Duration interval() {
    return LOOK_INTERVAL;
  }

  @Override
  long intervalMs(MaintenanceSettings settings) {
    return settings.sweepIntervalMs();
  }

  @Override
  MaintenanceResult step(MaintenanceScope scope, MaintenanceSettings settings, boolean planOnly) {
    CollectionTable table = scope.table();
    long now = scope.clock().nowMicros();
    Map<String, RoaringBitmap> found = new LinkedHashMap<>();
    long rows = 0;
    boolean more = false;
    for (LiveFile file : table.liveFiles()) {
      scope.checkNotStopped();
      RoaringBitmap inFile = expired.in(table, file, now);
      if (!inFile.isEmpty()) {
        more = !planOnly && (found.size() >= maxFiles || rows >= MAX_ROWS);
        if (more) {
          break;
        }
        found.put(file.location(), inFile);
        rows += inFile.getLongCardinality();
      }
    }
    if (found.isEmpty()) {
      return MaintenanceResult.NOTHING;
    }
    if (planOnly) {
      return new MaintenanceResult(
          true, false, 0, 0, rows, 0, "would delete " + words(rows, found.size()));
    }
    scope.failPoints().reached("ttl-sweep.found");
    RoaringBitmap none = new RoaringBitmap();
    long deleted =
        RowLevelCommit.on(table)
            .delete(file -> found.getOrDefault(file.location(), none))
            .summary(SUMMARY, "ttl-sweep")
            .commit()
            .rowsDeleted();
    scope.failPoints().reached("ttl-sweep.committed");
    // Fewer than were found: a writer deleted some, or a compaction moved them to another file.
    more |= deleted < rows;
    return new MaintenanceResult(
        true, more, 0, 0, deleted, 0, "deleted " + words(deleted, found.size()));
  }

  private static String words(long rows, int files) {
    return rows + " expired rows of " + files + " files";
  }
}
