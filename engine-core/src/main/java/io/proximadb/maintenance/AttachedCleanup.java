package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexFiles;
import io.proximadb.model.IndexDefinition;
import io.proximadb.storage.AttachedFiles;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * Removes indexes of an attached table that nothing needs any more: of files that its owner has
 * replaced, and of definitions that were dropped. All that it looks at is in a folder of our own.
 */
final class AttachedCleanup extends PeriodicWork {
  /*
   * Concurrency: index files are listed first, and the table's files are read afterwards, so that
   * the index of a file that was committed in between is seen as needed. One that a search has
   * loaded stays in memory; one that is built for a file which is gone is a stray of the next look.
   */

  /** Files removed in one step. */
  private static final int MAX_REMOVED = 10_000;

  /** Tables whose last look is remembered; one that is forgotten is looked at once more. */
  private static final int MAX_TABLES = 10_000;

  /** What a table was like when nothing was left to remove. */
  private record Look(OptionalLong snapshotId, List<IndexDefinition> definitions) {
    static Look of(CollectionTable table) {
      return new Look(table.snapshotId(), IndexDefinitions.of(table.context()));
    }
  }

  private final Map<String, Look> looks = new ConcurrentHashMap<>();

  @Override
  public Kind kind() {
    return Kind.ORPHAN_CLEANUP;
  }

  @Override
  public boolean isFor(CollectionTable table) {
    return table.isAttached();
  }

  @Override
  CollectionTable table(MaintenanceScope scope) {
    return scope.tableToRead();
  }

  @Override
  long intervalMs(MaintenanceSettings settings) {
    return settings.orphanIntervalMs();
  }

  /** After every commit of the table's owner: what it replaced may be large. */
  @Override
  boolean isUrgent(CollectionTable table) {
    return !Look.of(table).equals(looks.get(SideFiles.folder(table.context())));
  }

  @Override
  MaintenanceResult step(MaintenanceScope scope, MaintenanceSettings settings, boolean planOnly) {
    CollectionTable table = scope.tableToRead();
    TableContext context = table.context();
    if (!context.properties().containsKey(AttachedFiles.OWN_FOLDER)
        || !(context.io() instanceof SupportsPrefixOperations files)) {
      return MaintenanceResult.NOTHING;
    }
    String folder = SideFiles.folder(context);
    List<FileInfo> found = new ArrayList<>();
    Listing.forEach(files, folder, found::add);
    table.refresh();
    Look look = Look.of(table);
    FileRemoval removal =
        new FileRemoval(files, scope.failPoints(), "attached-cleanup.delete", planOnly);
    boolean more = false;
    if (!found.isEmpty()) {
      Set<String> needed = needed(scope, table);
      long nowMs = scope.clock().nowMicros() / 1_000;
      for (FileInfo file : found) {
        if (isStray(table.context(), file, needed, nowMs - settings.orphanMinAgeMs())) {
          more = removal.count() == MAX_REMOVED;
          if (more) {
            break;
          }
          removal.add(file.location());
        }
      }
    }
    removal.flush();
    if (!planOnly && !more) {
      if (looks.size() >= MAX_TABLES) {
        looks.clear();
      }
      looks.put(folder, look);
    }
    if (removal.count() == 0) {
      return MaintenanceResult.NOTHING;
    }
    String what =
        (planOnly ? "would remove " : "removed ")
            + removal.count()
            + " files of indexes ("
            + removal.examples()
            + ")";
    return new MaintenanceResult(true, more, 0, 0, 0, removal.count(), what);
  }

  /** What the names of indexes begin with that are of files of the table as it is read. */
  private static Set<String> needed(MaintenanceScope scope, CollectionTable table) {
    Set<Long> snapshots = new HashSet<>(scope.pinned().get());
    table.snapshotId().ifPresent(snapshots::add);
    Set<String> needed = new HashSet<>();
    for (long snapshot : snapshots) {
      if (table.table().snapshot(snapshot) != null) {
        for (LiveFile file : table.liveFiles(snapshot)) {
          needed.add(IndexFiles.prefix(table.context(), file.location()));
        }
      }
    }
    return needed;
  }

  private static boolean isStray(
      TableContext table, FileInfo file, Set<String> needed, long writtenBeforeMs) {
    String name = NameSet.nameOf(file.location());
    if (name.startsWith(".")) {
      // A file that is being written, or was when a process died.
      return file.createdAtMillis() <= writtenBeforeMs;
    }
    return !SideFiles.belongsToAny(name, needed::contains)
        || IndexFiles.isDropped(table, file.location());
  }
}
