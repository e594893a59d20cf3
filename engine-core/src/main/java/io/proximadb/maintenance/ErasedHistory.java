package io.proximadb.maintenance;

import io.proximadb.api.EraseReceipt.Kind;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.HistoryCommits;
import io.proximadb.catalog.SnapshotCommits;
import io.proximadb.error.ConflictException;
import io.proximadb.io.DurableDeletes;
import io.proximadb.maintenance.EraseJournal.Entry;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * The part of an erasure that lets go of everything a table was before: snapshots, references, the
 * files that only they reach, old metadata files.
 */
final class ErasedHistory {
  /** Files deleted and made durable together. */
  private static final int BATCH = 1_000;

  /** Tries against writers who tag earlier snapshots at the same time. */
  private static final int MAX_ATTEMPTS = 10;

  private final MaintenanceScope scope;
  private final CollectionTable table;
  private final EraseNotes notes;
  private final Set<Long> openViews;

  ErasedHistory(MaintenanceScope scope, EraseNotes notes, Set<Long> openViews) {
    this.scope = scope;
    this.table = scope.table();
    this.notes = notes;
    this.openViews = openViews;
  }

  /**
   * Looks who needs an earlier snapshot; the table is refreshed.
   *
   * @param kept the one that stays, or null if the current one will not
   * @throws ConflictException naming them, if the request does not say to go on
   */
  void checkNotHeld(@org.jspecify.annotations.Nullable Long kept) {
    if (notes.request().endsPins()) {
      return;
    }
    List<String> holders = new ArrayList<>();
    Set<String> over =
        new HashSet<>(SnapshotPins.over(table.table(), scope.clock().nowMicros() / 1_000));
    new TreeMap<>(table.table().refs())
        .forEach(
            (name, reference) -> {
              if (SnapshotPins.isPin(name)
                  && !over.contains(name)
                  && (kept == null || reference.snapshotId() != kept)) {
                holders.add("pin " + name + " of snapshot " + reference.snapshotId());
              }
            });
    openViews.stream()
        .filter(id -> kept == null || !id.equals(kept))
        .sorted()
        .forEach(id -> holders.add("an open view of snapshot " + id));
    if (!holders.isEmpty()) {
      throw new ConflictException(
          "Cannot erase from '"
              + table.name()
              + "': earlier snapshots are held by "
              + String.join(", ", holders)
              + "; close or release them, wait until they are over, or ask to go on all the same,"
              + " whereupon their readers fail");
    }
  }

  /** Removes all snapshots but the current one, and what only they reach. */
  void forget() {
    Snapshot current = table.table().currentSnapshot();
    if (current != null) {
      checkNotHeld(current.snapshotId());
    }
    List<Long> earlier = earlier(current);
    List<Entry> entries = entries(current, earlier);
    EraseJournal.write(table.context(), entries);
    scope.failPoints().reached("erase.noted");
    expire(current, earlier);
    notes.expired(earlier.size());
    scope.failPoints().reached("erase.expired");
    HistoryCommits.cutMetadataLog(table);
    scope.failPoints().reached("erase.cut");
    workOff();
  }

  private List<Long> earlier(@org.jspecify.annotations.Nullable Snapshot current) {
    List<Long> ids = new ArrayList<>();
    for (Snapshot snapshot : table.table().snapshots()) {
      if (current == null || snapshot.snapshotId() != current.snapshotId()) {
        ids.add(snapshot.snapshotId());
      }
    }
    return ids;
  }

  private void expire(@org.jspecify.annotations.Nullable Snapshot current, List<Long> earlier) {
    Set<Long> gone = new HashSet<>(earlier);
    for (int attempt = 1; ; attempt++) {
      Map<String, SnapshotRef> references = new LinkedHashMap<>();
      new TreeMap<>(table.table().refs())
          .forEach(
              (name, reference) -> {
                if (gone.contains(reference.snapshotId())
                    && !name.equals(SnapshotRef.MAIN_BRANCH)) {
                  references.put(name, reference);
                }
              });
      if (!references.isEmpty()) {
        HistoryCommits.removeReferences(table, references.keySet());
        references.forEach(
            (name, reference) ->
                notes.reference(
                    (reference.isBranch() ? "branch " : "tag ")
                        + name
                        + " of snapshot "
                        + reference.snapshotId()));
        scope.failPoints().reached("erase.unreferenced");
      }
      if (earlier.isEmpty()) {
        return;
      }
      try {
        SnapshotCommits.expire(table, earlier);
        return;
      } catch (ConflictException e) {
        if (attempt == MAX_ATTEMPTS) {
          throw e;
        }
        table.refresh();
        checkNotHeld(current == null ? null : current.snapshotId());
      }
    }
  }

  /** What will be reachable no more. */
  private List<Entry> entries(
      @org.jspecify.annotations.Nullable Snapshot current, List<Long> earlier) {
    Table iceberg = table.table();
    NameSet names = new NameSet();
    Set<String> manifests = new HashSet<>();
    if (current != null) {
      names.add(String.valueOf(current.manifestListLocation()));
      for (ManifestFile manifest : current.allManifests(iceberg.io())) {
        manifests.add(manifest.path());
        ReachableFiles.forEachFile(iceberg, manifest, names::add);
      }
    }
    List<Entry> entries = new ArrayList<>();
    NameSet data = new NameSet();
    for (long id : earlier) {
      Snapshot snapshot = iceberg.snapshot(id);
      if (snapshot.manifestListLocation() != null && names.add(snapshot.manifestListLocation())) {
        entries.add(new Entry(Kind.MANIFEST, snapshot.manifestListLocation()));
      }
      for (ManifestFile manifest : snapshot.allManifests(iceberg.io())) {
        if (manifests.add(manifest.path())) {
          scope.checkNotStopped();
          boolean isData = manifest.content() == ManifestContent.DATA;
          entries.add(new Entry(Kind.MANIFEST, manifest.path()));
          ReachableFiles.forEachFile(
              iceberg,
              manifest,
              file -> {
                if (names.add(file)) {
                  entries.add(new Entry(isData ? Kind.DATA_FILE : Kind.DELETE_FILE, file));
                  if (isData) {
                    data.add(file);
                  }
                }
              });
        }
      }
    }
    addSideFiles(data, entries);
    addStatistics(new HashSet<>(earlier), entries);
    HistoryCommits.metadataFiles(table)
        .forEach(file -> entries.add(new Entry(Kind.METADATA_FILE, file)));
    return entries;
  }

  /** Of each data file whatever is called after it. */
  private void addSideFiles(NameSet data, List<Entry> entries) {
    TableContext context = table.context();
    if (context.io() instanceof SupportsPrefixOperations files) {
      Listing.forEach(
          files,
          SideFiles.folder(context),
          file -> {
            if (SideFiles.belongsToAny(file.location(), data::contains)) {
              entries.add(new Entry(Kind.SIDE_FILE, file.location()));
            }
          });
      return;
    }
    for (Entry entry : List.copyOf(entries)) {
      if (entry.kind() == Kind.DATA_FILE) {
        SideFiles.of(context, entry.location())
            .forEach(file -> entries.add(new Entry(Kind.SIDE_FILE, file)));
      }
    }
  }

  private void addStatistics(Set<Long> earlier, List<Entry> entries) {
    table.table().statisticsFiles().stream()
        .filter(file -> earlier.contains(file.snapshotId()))
        .forEach(file -> entries.add(new Entry(Kind.STATISTICS_FILE, file.path())));
    table.table().partitionStatisticsFiles().stream()
        .filter(file -> earlier.contains(file.snapshotId()))
        .forEach(file -> entries.add(new Entry(Kind.STATISTICS_FILE, file.path())));
  }

  /** Deletes what journals name and nothing reaches, those of earlier erasures too. */
  void workOff() {
    List<String> journals = EraseJournal.pending(table.context());
    if (journals.isEmpty()) {
      return;
    }
    table.refresh();
    ReachableFiles reachable = new ReachableFiles(scope);
    reachable.addCurrent();
    for (String journal : journals) {
      List<Entry> unreachable =
          EraseJournal.read(table.context(), journal).stream()
              .filter(entry -> !isReachable(reachable, entry))
              .toList();
      for (int from = 0; from < unreachable.size(); from += BATCH) {
        delete(unreachable.subList(from, Math.min(unreachable.size(), from + BATCH)));
      }
      scope.failPoints().reached("erase.removed");
      deleteDurably(List.of(journal));
    }
  }

  private static boolean isReachable(ReachableFiles reachable, Entry entry) {
    return entry.kind() == Kind.SIDE_FILE
        ? SideFiles.belongsToAny(entry.location(), reachable::contains)
        : reachable.contains(entry.location());
  }

  private void delete(List<Entry> entries) {
    scope.checkNotStopped();
    scope.failPoints().reached("erase.delete");
    deleteDurably(entries.stream().map(Entry::location).toList());
    for (Entry entry : entries) {
      if (table.table().io().newInputFile(entry.location()).exists()) {
        notes.remaining(
            entry.location() + " is still there although it was deleted; delete it by hand");
      } else {
        notes.removed(entry.kind(), entry.location());
      }
    }
  }

  private void deleteDurably(List<String> locations) {
    deleteDurably(table, locations);
  }

  /** Deletes files; on a local disk so that a power cut does not bring them back. */
  static void deleteDurably(CollectionTable table, List<String> locations) {
    if (table.table().io() instanceof DurableDeletes files) {
      files.deleteDurably(locations);
    } else {
      locations.forEach(table.table().io()::deleteFile);
    }
  }
}
