package io.proximadb.testkit;

import io.proximadb.catalog.CollectionTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ReachableFileUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.io.CloseableIterable;

/** The files of a table, and an account of what is reachable that is not the engine's own. */
public final class TableFiles {
  private TableFiles() {}

  /** All files under a table's location. */
  public static List<Path> all(CollectionTable table) {
    try (Stream<Path> walk = Files.walk(Path.of(table.context().location()))) {
      return walk.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the table's snapshots and metadata name, found by reading them in Iceberg's own way. */
  public static Set<Path> reachable(CollectionTable table) {
    table.refresh();
    Set<String> found =
        new TreeSet<>(ReachableFileUtil.metadataFileLocations(table.table(), false));
    found.addAll(ReachableFileUtil.statisticsFilesLocations(table.table()));
    if (table.snapshotId().isPresent()) {
      // As docs/format/statistics.md has it; there need not be one.
      Path statistics =
          Path.of(table.context().location(), "_proximadb", "statistics")
              .resolve(table.snapshotId().getAsLong() + ".json");
      if (Files.exists(statistics)) {
        found.add(statistics.toString());
      }
    }
    for (Snapshot snapshot : table.table().snapshots()) {
      found.add(snapshot.manifestListLocation());
      for (ManifestFile manifest : snapshot.allManifests(table.table().io())) {
        found.add(manifest.path());
      }
      try (CloseableIterable<FileScanTask> tasks =
          table.table().newScan().useSnapshot(snapshot.snapshotId()).planFiles()) {
        for (FileScanTask task : tasks) {
          String location = task.file().location();
          found.add(location);
          sideFiles(table, location).forEach(file -> found.add(file.toString()));
          task.deletes().stream().map(DeleteFile::location).forEach(found::add);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    Set<Path> paths = new TreeSet<>();
    found.forEach(location -> paths.add(Path.of(location)));
    return paths;
  }

  /** Our own files about a data file: they have its name, and a suffix for each kind. */
  private static List<Path> sideFiles(CollectionTable table, String location) {
    String name = location.substring(location.lastIndexOf('/') + 1);
    Path folder = Path.of(table.context().idIndexLocation(name)).getParent();
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith(name + ".")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Files that nothing names; an engine's lock is none. */
  public static List<Path> strays(CollectionTable table) {
    Set<Path> reachable = reachable(table);
    return all(table).stream()
        .filter(file -> !reachable.contains(file) && !file.endsWith("owner.lock"))
        .toList();
  }
}
