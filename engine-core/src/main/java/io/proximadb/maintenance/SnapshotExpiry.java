package io.proximadb.maintenance;

import com.google.common.collect.Iterables;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.SnapshotCommits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StatisticsFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.FileIO;

/**
 * Removes old snapshots and pins whose time is over, then the files that no remaining snapshot
 * reaches: data files, deletes, manifests, manifest lists, statistics, and our own side files.
 */
public final class SnapshotExpiry extends PeriodicWork {
  /*
   * Recovery: the commit comes first and is the switch. A crash between it and the last deletion
   * leaves files that nothing names, for OrphanCleanup. Nothing is deleted if the commit fails, or
   * if it is not known how it ended.
   *
   * What can be deleted is compared with what is reachable in the metadata after the commit. A
   * later commit cannot reach what this one let go: it is made from metadata that does not have it.
   * Iceberg's own clean-up is not used: our side files go with their data files.
   */

  /** Snapshots removed in one step: bounds what is read between commit and deletion. */
  private static final int MAX_PER_STEP = 200;

  private final int maxSnapshots;

  public SnapshotExpiry() {
    this(ExpirableSnapshots.MAX_LIVE_SNAPSHOTS);
  }

  /** With another limit; for tests. */
  SnapshotExpiry(int maxSnapshots) {
    this.maxSnapshots = maxSnapshots;
  }

  @Override
  public Kind kind() {
    return Kind.SNAPSHOT_EXPIRY;
  }

  @Override
  long intervalMs(MaintenanceSettings settings) {
    return settings.expiryIntervalMs();
  }

  @Override
  boolean isUrgent(CollectionTable table) {
    return Iterables.size(table.table().snapshots()) > maxSnapshots;
  }

  @Override
  MaintenanceResult step(MaintenanceScope scope, MaintenanceSettings settings, boolean planOnly) {
    CollectionTable table = scope.table();
    if (!settings.collectsGarbage()) {
      return MaintenanceResult.NOTHING;
    }
    long nowMs = scope.clock().nowMicros() / 1_000;
    List<String> pins = SnapshotPins.over(table.table(), nowMs);
    List<Snapshot> all =
        ExpirableSnapshots.of(
            table.table(),
            settings,
            new HashSet<>(pins),
            scope.pinned().get(),
            maxSnapshots,
            nowMs);
    List<Snapshot> expired = all.subList(0, Math.min(all.size(), MAX_PER_STEP));
    if (pins.isEmpty() && expired.isEmpty()) {
      return MaintenanceResult.NOTHING;
    }
    String what =
        expired.size() + " snapshots" + (pins.isEmpty() ? "" : " and " + pins.size() + " pins");
    if (planOnly) {
      return new MaintenanceResult(
          true, false, 0, 0, 0, 0, "would expire " + all.size() + what(pins));
    }
    // Read before the commit: if that fails, nothing has happened.
    Candidates candidates = Candidates.of(table.table(), expired);
    if (!pins.isEmpty()) {
      SnapshotCommits.untag(table, pins);
      scope.failPoints().reached("snapshot-expiry.untagged");
    }
    if (expired.isEmpty()) {
      return new MaintenanceResult(true, false, 0, 0, 0, 0, "dropped " + pins.size() + " pins");
    }
    SnapshotCommits.expire(table, expired.stream().map(Snapshot::snapshotId).toList());
    scope.failPoints().reached("snapshot-expiry.committed");
    long files = candidates.delete(scope);
    scope.failPoints().reached("snapshot-expiry.deleted");
    boolean more = all.size() > expired.size();
    return new MaintenanceResult(
        true, more, 0, 0, 0, files, "expired " + what + ", removed " + files + " files");
  }

  private static String what(List<String> pins) {
    return " snapshots" + (pins.isEmpty() ? "" : " and drop " + pins.size() + " pins");
  }

  /** What expired snapshots reached, and others may, too. */
  private record Candidates(
      List<String> lists, Map<String, ManifestFile> manifests, List<String> statistics) {
    static Candidates of(Table table, List<Snapshot> expired) {
      Set<Long> ids = new HashSet<>();
      expired.forEach(snapshot -> ids.add(snapshot.snapshotId()));
      Map<String, ManifestFile> manifests = new LinkedHashMap<>();
      List<String> lists = new ArrayList<>();
      for (Snapshot snapshot : expired) {
        if (snapshot.manifestListLocation() != null) {
          lists.add(snapshot.manifestListLocation());
        }
        snapshot.allManifests(table.io()).forEach(file -> manifests.put(file.path(), file));
      }
      for (Snapshot snapshot : table.snapshots()) {
        if (!ids.contains(snapshot.snapshotId())) {
          snapshot.allManifests(table.io()).forEach(file -> manifests.remove(file.path()));
        }
      }
      List<String> statistics = new ArrayList<>();
      for (StatisticsFile file : table.statisticsFiles()) {
        if (ids.contains(file.snapshotId())) {
          statistics.add(file.path());
        }
      }
      table.partitionStatisticsFiles().stream()
          .filter(file -> ids.contains(file.snapshotId()))
          .forEach(file -> statistics.add(file.path()));
      return new Candidates(lists, manifests, statistics);
    }

    /** Deletes those that the table, as it is after the commit, does not reach. */
    long delete(MaintenanceScope scope) {
      CollectionTable table = scope.table();
      FileIO io = table.table().io();
      FileRemoval removal =
          new FileRemoval(io, scope.failPoints(), "snapshot-expiry.delete", false);
      if (!manifests.isEmpty() || !statistics.isEmpty()) {
        ReachableFiles reachable = new ReachableFiles(scope);
        reachable.addCurrent();
        for (ManifestFile manifest : manifests.values()) {
          if (!reachable.hasManifest(manifest)) {
            deleteFiles(table, manifest, reachable, removal);
          }
        }
        statistics.stream().filter(file -> !reachable.contains(file)).forEach(removal::add);
      }
      removal.flush();
      // The way to what is deleted goes last.
      Set<String> live = new HashSet<>();
      for (Snapshot snapshot : table.table().snapshots()) {
        if (snapshot.manifestListLocation() != null) {
          live.add(snapshot.manifestListLocation());
        }
      }
      lists.stream().filter(list -> !live.contains(list)).forEach(removal::add);
      removal.flush();
      return removal.count();
    }

    private static void deleteFiles(
        CollectionTable table,
        ManifestFile manifest,
        ReachableFiles reachable,
        FileRemoval removal) {
      boolean isData = manifest.content() == ManifestContent.DATA;
      ReachableFiles.forEachFile(
          table.table(),
          manifest,
          file -> {
            if (!reachable.contains(file)) {
              removal.add(file);
              if (isData) {
                SideFiles.of(table.context(), file).forEach(removal::add);
              }
            }
          });
      removal.add(manifest.path());
    }
  }
}
