package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.SnapshotCommits;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;

/**
 * Merges small manifests of data files, of which every commit adds one: whoever plans a read reads
 * them all. Manifests of deletes are left to Iceberg, which merges them at a hundred while it
 * commits.
 */
public final class ManifestRewrite extends PeriodicWork {
  /** A look costs reading one manifest list. */
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  @Override
  public Kind kind() {
    return Kind.MANIFEST_REWRITE;
  }

  @Override
  long intervalMs(MaintenanceSettings settings) {
    return INTERVAL.toMillis();
  }

  @Override
  MaintenanceResult step(MaintenanceScope scope, MaintenanceSettings settings, boolean planOnly) {
    CollectionTable table = scope.table();
    Snapshot current = table.table().currentSnapshot();
    if (current == null) {
      return MaintenanceResult.NOTHING;
    }
    List<ManifestFile> small =
        current.dataManifests(table.table().io()).stream()
            .filter(manifest -> manifest.length() < settings.smallManifestBytes())
            .toList();
    if (small.size() < settings.manifestMinCount()) {
      return MaintenanceResult.NOTHING;
    }
    String what = small.size() + " manifests of data files";
    if (planOnly) {
      return new MaintenanceResult(true, false, 0, 0, 0, 0, "would merge " + what);
    }
    Set<String> paths = small.stream().map(ManifestFile::path).collect(Collectors.toSet());
    scope.failPoints().reached("manifest-rewrite.found");
    SnapshotCommits.mergeManifests(
        table, manifest -> paths.contains(manifest.path()), TtlSweep.SUMMARY, "manifest-rewrite");
    scope.failPoints().reached("manifest-rewrite.committed");
    return new MaintenanceResult(true, false, 0, 0, 0, 0, "merged " + what);
  }
}
