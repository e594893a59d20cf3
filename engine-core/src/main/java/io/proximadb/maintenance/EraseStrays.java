package io.proximadb.maintenance;

import io.proximadb.api.EraseReceipt.Kind;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * The part of an erasure that looks at files which nothing names: crashes left them, or another
 * writer is about to commit them, and any of them may hold the records. Old ones are removed, as
 * {@link OrphanCleanup} does it; young ones too if nobody else writes, and are else named.
 */
final class EraseStrays {
  /** Listed files held before they are compared with the metadata: about 30 MB. */
  private static final int MAX_LISTED = 100_000;

  private final MaintenanceScope scope;
  private final CollectionTable table;
  private final EraseNotes notes;
  private final MaintenanceSettings settings;
  private final long nowMs;

  EraseStrays(MaintenanceScope scope, EraseNotes notes) {
    this.scope = scope;
    this.table = scope.table();
    this.notes = notes;
    this.settings = MaintenanceSettings.of(table.properties());
    this.nowMs = scope.clock().nowMicros() / 1_000;
  }

  /** Looks through the table's folders; flushes and maintenance of this process must rest. */
  void remove() {
    TableContext context = table.context();
    if (!(context.io() instanceof SupportsPrefixOperations files)) {
      notes.outOfReach(
          "files that crashes left below "
              + context.location()
              + ": its FileIO cannot list them (remove what no snapshot names by other means)");
      return;
    }
    List<FileInfo> listed = new ArrayList<>();
    // In the order in which a file moves, and before the metadata is read: see OrphanCleanup.
    for (String folder :
        List.of(
            SideFiles.ownFolder(context),
            context.location() + "/data/",
            context.location() + "/metadata/")) {
      Listing.forEach(
          files,
          folder,
          file -> {
            if (isOfTable(file.location()) && listed.size() < MAX_LISTED) {
              listed.add(file);
            }
          });
    }
    table.refresh();
    ReachableFiles reachable = new ReachableFiles(scope);
    reachable.addCurrent();
    List<FileInfo> strays =
        listed.stream().filter(file -> !isReachable(reachable, file.location())).toList();
    List<String> removed = new ArrayList<>();
    for (FileInfo file : strays) {
      if (notes.request().isAlone() || isOld(file)) {
        removed.add(file.location());
      } else {
        notes.remaining(
            file.location()
                + ": no snapshot names it, and it is too young to be removed (a crash left it, or"
                + " another writer is about to commit it); erase again when it is "
                + settings.orphanMinAgeMs() / 1_000
                + " s old, or say that nobody else is writing");
      }
    }
    if (listed.size() == MAX_LISTED) {
      notes.remaining(
          "there are more than "
              + MAX_LISTED
              + " files, of which the others were not looked at; run maintenance and erase again");
    }
    if (!removed.isEmpty()) {
      scope.failPoints().reached("erase.strays");
      ErasedHistory.deleteDurably(table, removed);
      removed.forEach(file -> notes.removed(Kind.STRAY_FILE, file));
    }
    notes.verified(
        listed.size() + " files of the table were listed, and compared with its metadata");
  }

  /** Not what ProximaDB does not know, nor its locks and models. */
  private boolean isOfTable(String location) {
    String own = "/" + TableContext.OWN_FOLDER + "/";
    return !location.contains(own)
        || location.contains(own + "__")
        || location.contains(own + "index/");
  }

  private boolean isReachable(ReachableFiles reachable, String location) {
    return location.contains("/" + TableContext.OWN_FOLDER + "/index/")
        ? SideFiles.belongsToAny(location, reachable::contains)
        : reachable.contains(location);
  }

  private boolean isOld(FileInfo file) {
    boolean staged = file.location().contains("/" + TableContext.OWN_FOLDER + "/__");
    long minAge =
        staged
            ? Math.max(settings.orphanMinAgeMs(), OrphanCleanup.FOREIGN_STAGING_MIN_AGE.toMillis())
            : settings.orphanMinAgeMs();
    return nowMs - file.createdAtMillis() >= minAge;
  }
}
