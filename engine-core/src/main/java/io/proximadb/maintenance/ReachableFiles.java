package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.UnavailableException;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.io.CloseableIterable;

/**
 * The names of all files that a table's metadata reaches: metadata files, manifest lists,
 * manifests, data files, deletes, statistics. It only grows: what was reachable once counts as
 * reachable, so that a table that goes on is read anew in its new parts alone.
 */
final class ReachableFiles {
  private final MaintenanceScope scope;
  private final CollectionTable table;
  private final NameSet names = new NameSet();
  private final Set<Long> snapshotsRead = new HashSet<>();
  private final Set<String> manifestsRead = new HashSet<>();

  ReachableFiles(MaintenanceScope scope) {
    this.scope = scope;
    this.table = scope.table();
  }

  /**
   * Adds what the table reaches by the metadata it was last refreshed to.
   *
   * @throws UnavailableException if a manifest cannot be read; the set must not be used then
   */
  void addCurrent() {
    Table iceberg = table.table();
    addMetadata(iceberg);
    for (Snapshot snapshot : iceberg.snapshots()) {
      if (!snapshotsRead.contains(snapshot.snapshotId())) {
        if (snapshot.manifestListLocation() != null) {
          names.add(snapshot.manifestListLocation());
        }
        for (ManifestFile manifest : snapshot.allManifests(iceberg.io())) {
          if (!manifestsRead.contains(manifest.path())) {
            scope.checkNotStopped();
            names.add(manifest.path());
            forEachFile(iceberg, manifest, names::add);
            manifestsRead.add(manifest.path());
          }
        }
        snapshotsRead.add(snapshot.snapshotId());
      }
    }
  }

  private void addMetadata(Table iceberg) {
    TableOperations operations = ((HasTableOperations) iceberg).operations();
    TableMetadata metadata = operations.current();
    names.add(metadata.metadataFileLocation());
    metadata.previousFiles().forEach(entry -> names.add(entry.file()));
    metadata.statisticsFiles().forEach(file -> names.add(file.path()));
    metadata.partitionStatisticsFiles().forEach(file -> names.add(file.path()));
    names.add(operations.metadataFileLocation("version-hint.text"));
  }

  /** Counts a file as reachable though no metadata names it yet. */
  void add(String location) {
    names.add(location);
  }

  /** True for the location of a file of a reachable name, whatever folder it is in. */
  boolean contains(String location) {
    return names.contains(location);
  }

  /** Whether a manifest is among those that were read. */
  boolean hasManifest(ManifestFile manifest) {
    return names.contains(manifest.path());
  }

  /** The locations of the files that a manifest lists as live. */
  static void forEachFile(Table table, ManifestFile manifest, Consumer<String> action) {
    try (CloseableIterable<String> paths =
        ManifestFiles.readPaths(manifest, table.io(), table.specs())) {
      paths.forEach(action);
    } catch (IOException e) {
      throw new UnavailableException("Cannot read manifest " + manifest.path(), e);
    }
  }
}
