package io.proximadb.maintenance;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.HistoryEntry;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;

/**
 * Decides which snapshots of a table may go. Those that a tag or a branch names stay, and of each
 * branch the newest few. Of the others a snapshot's age counts from when it was superseded, not
 * from when it was made: until then every new read took it.
 */
final class ExpirableSnapshots {
  /** Most snapshots that a table keeps: each is in every metadata file that a commit writes. */
  static final int MAX_LIVE_SNAPSHOTS = 1_000;

  /**
   * A snapshot superseded less long ago stays though there are too many: a commit whose outcome is
   * unknown is looked for among the snapshots, for half a minute.
   */
  static final Duration MIN_AGE_OVER_LIMIT = Duration.ofMinutes(2);

  private ExpirableSnapshots() {}

  /**
   * The snapshots that may go, oldest first.
   *
   * @param released references that are about to be removed, and keep nothing
   * @param pinned snapshots that readers have open
   * @param limit most snapshots to keep, see {@link #MAX_LIVE_SNAPSHOTS}
   */
  static List<Snapshot> of(
      Table table,
      MaintenanceSettings settings,
      Set<String> released,
      Set<Long> pinned,
      int limit,
      long nowMs) {
    Set<Long> kept = kept(table, settings, released, nowMs);
    kept.addAll(pinned);
    Map<Long, Long> supersededAt = supersededAt(table);
    List<Snapshot> oldestFirst = new java.util.ArrayList<>();
    table.snapshots().forEach(oldestFirst::add);
    int total = oldestFirst.size();
    oldestFirst.removeIf(snapshot -> kept.contains(snapshot.snapshotId()));
    oldestFirst.sort(
        Comparator.comparingLong(
                (Snapshot snapshot) -> supersededAt.getOrDefault(snapshot.snapshotId(), 0L))
            .thenComparingLong(Snapshot::sequenceNumber));
    List<Snapshot> expirable = new java.util.ArrayList<>();
    for (Snapshot snapshot : oldestFirst) {
      long age = nowMs - supersededAt.getOrDefault(snapshot.snapshotId(), nowMs);
      boolean tooMany = total - expirable.size() > limit;
      long minAge =
          tooMany
              ? Math.min(settings.snapshotMinAgeMs(), MIN_AGE_OVER_LIMIT.toMillis())
              : settings.snapshotMinAgeMs();
      if (age >= minAge) {
        expirable.add(snapshot);
      }
    }
    return expirable;
  }

  private static Set<Long> kept(
      Table table, MaintenanceSettings settings, Set<String> released, long nowMs) {
    Set<Long> kept = new HashSet<>();
    Snapshot current = table.currentSnapshot();
    if (current != null) {
      kept.add(current.snapshotId());
    }
    table
        .refs()
        .forEach(
            (name, reference) -> {
              if (!released.contains(name)) {
                kept.add(reference.snapshotId());
                if (reference.isBranch()) {
                  keepNewest(table, reference, settings, nowMs, kept);
                }
              }
            });
    return kept;
  }

  private static void keepNewest(
      Table table, SnapshotRef branch, MaintenanceSettings settings, long nowMs, Set<Long> kept) {
    Integer ownCount = branch.minSnapshotsToKeep();
    Long ownAge = branch.maxSnapshotAgeMs();
    int count = ownCount == null ? settings.snapshotsToKeep() : ownCount;
    Snapshot snapshot = table.snapshot(branch.snapshotId());
    for (int i = 0; snapshot != null; i++) {
      boolean young = ownAge != null && nowMs - snapshot.timestampMillis() <= ownAge;
      if (i < count || young) {
        kept.add(snapshot.snapshotId());
      } else {
        return;
      }
      Long parent = snapshot.parentId();
      snapshot = parent == null ? null : table.snapshot(parent);
    }
  }

  /** When a later snapshot took a snapshot's place, or its own time if none did. */
  private static Map<Long, Long> supersededAt(Table table) {
    Map<Long, Long> times = new HashMap<>();
    for (Snapshot snapshot : table.snapshots()) {
      times.merge(snapshot.snapshotId(), snapshot.timestampMillis(), Math::max);
      Long parent = snapshot.parentId();
      if (parent != null) {
        times.merge(parent, snapshot.timestampMillis(), Math::max);
      }
    }
    List<HistoryEntry> history = table.history();
    for (int i = 1; i < history.size(); i++) {
      times.merge(history.get(i - 1).snapshotId(), history.get(i).timestampMillis(), Math::max);
    }
    return times;
  }
}
