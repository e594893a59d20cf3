package io.proximadb.maintenance;

import java.util.List;

/** The works that keep a table in order, in the one place to which others are added. */
public final class MaintenanceWorks {
  private MaintenanceWorks() {}

  /** New works, in the order in which they go first; they remember when they last looked. */
  public static List<MaintenanceWork> standard() {
    return List.of(
        new TtlSweep(),
        new Normalisation(),
        new Reclustering(),
        new Compaction(),
        new IndexBuilding(),
        new ManifestRewrite(),
        new SnapshotExpiry(),
        new OrphanCleanup(),
        new AttachedCleanup(),
        new StatisticsWriting());
  }
}
