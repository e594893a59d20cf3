package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.index.IndexFiles;
import io.proximadb.storage.TableContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * Removes files in a table's folders that nothing names and that are old: what crashes, refused
 * commits and interrupted deletions left. Only {@code data}, {@code metadata} and, of our own
 * folder, staging and side files are looked at; whatever else stands there stays.
 */
public final class OrphanCleanup extends PeriodicWork {
  /*
   * Concurrency: files are listed first, and what is reachable is read afterwards, so a file that
   * was committed in between is seen as reachable. A file that is listed and not committed yet is
   * protected by its age: its time is that of its last byte, or of its move from staging
   * (LocalFileIO), and a commit follows within minutes; a flush or compaction writes its staged
   * files within minutes as well, while jobs of Spark and Flink may keep theirs for days.
   *
   * Reachability goes by names without folders: names hold random numbers, and a location that
   * is written in two ways (file:/x and /x, s3 and s3a) cannot make a live file look dead. A side
   * file goes only if its data file is neither reachable nor there to be committed, or if it is an
   * index that was dropped.
   */

  /** Staged files of other writers than engines: a Flink job may be restored days later. */
  static final Duration FOREIGN_STAGING_MIN_AGE = Duration.ofDays(7);

  /** Listed files held before they are compared with the metadata: about 30 MB. */
  private static final int MAX_LISTED = 100_000;

  /** Files removed in one step. */
  private static final int MAX_REMOVED = 10_000;

  @Override
  public Kind kind() {
    return Kind.ORPHAN_CLEANUP;
  }

  @Override
  long intervalMs(MaintenanceSettings settings) {
    return settings.orphanIntervalMs();
  }

  @Override
  MaintenanceResult step(MaintenanceScope scope, MaintenanceSettings settings, boolean planOnly) {
    CollectionTable table = scope.table();
    if (!settings.collectsGarbage()
        || !(table.context().io() instanceof SupportsPrefixOperations files)) {
      return MaintenanceResult.NOTHING;
    }
    Look look = new Look(scope, settings, files, planOnly);
    TableContext context = table.context();
    // In the order in which a file moves: one that moves meanwhile is seen at least once.
    look.take(SideFiles.ownFolder(context));
    look.take(context.location() + "/data/");
    look.take(context.location() + "/metadata/");
    look.takeSideFiles(SideFiles.folder(context));
    look.takeStatistics();
    look.removal.flush();
    scope.failPoints().reached("orphan-cleanup.deleted");
    long count = look.removal.count();
    if (count == 0) {
      return MaintenanceResult.NOTHING;
    }
    String what =
        (planOnly ? "would remove " : "removed ")
            + count
            + " stray files ("
            + look.removal.examples()
            + ")";
    return new MaintenanceResult(true, look.more, 0, 0, 0, count, what);
  }

  /** One look through a table's folders. */
  private static final class Look {
    private final CollectionTable table;
    private final SupportsPrefixOperations files;
    private final MaintenanceSettings settings;
    private final long nowMs;
    private final boolean planOnly;
    private final ReachableFiles reachable;
    private final FileRemoval removal;
    private final List<String> old = new ArrayList<>();
    private boolean more;

    Look(
        MaintenanceScope scope,
        MaintenanceSettings settings,
        SupportsPrefixOperations files,
        boolean planOnly) {
      this.table = scope.table();
      this.files = files;
      this.settings = settings;
      this.nowMs = scope.clock().nowMicros() / 1_000;
      this.planOnly = planOnly;
      this.reachable = new ReachableFiles(scope);
      this.removal = new FileRemoval(files, scope.failPoints(), "orphan-cleanup.delete", planOnly);
    }

    void take(String folder) {
      boolean inOwn = folder.equals(SideFiles.ownFolder(table.context()));
      Listing.forEach(
          files,
          folder,
          file -> {
            if (!inOwn || isStaged(file.location())) {
              take(file, inOwn);
            }
          });
      removeOld();
    }

    private void take(FileInfo file, boolean staged) {
      long minAge = staged ? stagingMinAge(file.location()) : settings.orphanMinAgeMs();
      if (nowMs - file.createdAtMillis() >= minAge) {
        old.add(file.location());
      } else {
        // Its side files wait for it to be committed.
        reachable.add(file.location());
      }
      if (old.size() == MAX_LISTED) {
        removeOld();
      }
    }

    void takeSideFiles(String folder) {
      Listing.forEach(
          files,
          folder,
          file -> {
            if (nowMs - file.createdAtMillis() >= settings.orphanMinAgeMs()) {
              old.add(file.location());
            }
            if (old.size() == MAX_LISTED) {
              removeOldSideFiles();
            }
          });
      removeOldSideFiles();
    }

    /** Those of the current snapshot stay; it is read after the listing. */
    void takeStatistics() {
      List<String> found = new ArrayList<>();
      Listing.forEach(
          files,
          StatisticsFile.folder(table.context()),
          file -> {
            if (nowMs - file.createdAtMillis() >= settings.orphanMinAgeMs()
                && found.size() < MAX_LISTED) {
              found.add(file.location());
            }
          });
      if (!found.isEmpty()) {
        table.refresh();
        OptionalLong current = table.snapshotId();
        found.removeIf(
            file -> {
              Long of = StatisticsFile.snapshotOf(file);
              return of != null && current.isPresent() && of == current.getAsLong();
            });
        found.forEach(this::remove);
      }
    }

    private void removeOld() {
      readMetadata();
      old.stream().filter(file -> !reachable.contains(file)).forEach(this::remove);
      old.clear();
    }

    private void removeOldSideFiles() {
      readMetadata();
      old.stream()
          .filter(
              file ->
                  !SideFiles.belongsToAny(file, reachable::contains)
                      || IndexFiles.isDropped(table.context(), file))
          .forEach(this::remove);
      old.clear();
    }

    /** After the listing, never before it. */
    private void readMetadata() {
      if (!old.isEmpty()) {
        table.refresh();
        reachable.addCurrent();
      }
    }

    private void remove(String file) {
      if (planOnly || removal.count() < MAX_REMOVED) {
        removal.add(file);
      } else {
        more = true;
      }
    }

    /** The purpose of a staging folder follows two underscores. */
    private static boolean isStaged(String location) {
      return location.contains("/" + TableContext.OWN_FOLDER + "/__");
    }

    private long stagingMinAge(String location) {
      boolean ofEngine =
          location.contains(TableContext.OWN_FOLDER + "/__flush/")
              || location.contains(TableContext.OWN_FOLDER + "/__compaction/");
      return ofEngine
          ? settings.stagingMinAgeMs()
          : Math.max(settings.orphanMinAgeMs(), FOREIGN_STAGING_MIN_AGE.toMillis());
    }
  }
}
