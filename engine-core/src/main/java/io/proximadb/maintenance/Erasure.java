package io.proximadb.maintenance;

import io.proximadb.api.EraseReceipt.Kind;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.HistoryCommits;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.BulkDeletionFailureException;

/**
 * Takes records out of a table so that none of its files holds them: deletes them, rewrites the
 * files that hold their rows, makes manifests anew that tell of such files, then lets go of all
 * earlier snapshots and deletes what only those reached. Logs, caches and memory are not its
 * business. {@code docs/erase.md} has the argument.
 */
public final class Erasure {
  /*
   * Recovery: rows go by ordinary commits, each of which leaves a readable table without the
   * records; until the expiry nothing is physically gone, and from it on the journal knows what is
   * to be deleted. An erasure that died is asked for again: it finds less to do.
   *
   * Concurrency: other writers may commit at any time. Files that came since the last look are
   * looked through before anything is expired; the expiry names the snapshots that it has looked
   * at, so what is committed during it stays. A row of an erased id that is committed after that is a
   * new record.
   */

  /** Passes over the table until no other writer has interfered: each is one commit of theirs. */
  private static final int MAX_PASSES = 100;

  private final MaintenanceScope scope;
  private final CollectionTable table;
  private final EraseNotes notes;
  private final Set<Long> openViews;
  private final ErasedRows rows;
  private final ErasedHistory history;

  /**
   * Of a table, whose handle nobody else uses meanwhile.
   *
   * @param openViews snapshots that readers of this process have open for longer
   */
  public Erasure(MaintenanceScope scope, EraseNotes notes, Set<Long> openViews) {
    this.scope = scope;
    this.table = scope.table();
    this.notes = notes;
    this.openViews = Set.copyOf(openViews);
    this.rows = new ErasedRows(scope, notes);
    this.history = new ErasedHistory(scope, notes, this.openViews);
  }

  /**
   * Refuses, before anything is changed, what would be refused later.
   *
   * @throws ConflictException if the table keeps its files for good, or a pin or view is in the way
   */
  public void check() {
    guarded(
        () -> {
          table.refresh();
          if (!MaintenanceSettings.of(table.properties()).collectsGarbage()) {
            throw new ConflictException(
                "Cannot erase from '"
                    + table.name()
                    + "': its property gc.enabled is false, so none of its files may be deleted;"
                    + " set it to true");
          }
          history.checkNotHeld(null);
        });
  }

  /** Does it. When this returns, no file of the table holds the records but those noted. */
  public void run() {
    guarded(this::erase);
  }

  private void erase() {
    table.refresh();
    notes.snapshotBefore(table.snapshotId());
    history.workOff();
    scope.failPoints().reached("erase.started");
    settle();
    history.forget();
    new EraseStrays(scope, notes).remove();
    ManifestFiles.dropCache(table.table().io());
    verify();
    openViews.stream()
        .sorted()
        .forEach(
            id ->
                notes.outOfReach(
                    "an open view of snapshot " + id + ", which may go on reading mapped files"));
  }

  /** Until neither files nor manifests of the current snapshot tell of the records. */
  private void settle() {
    for (int pass = 0; pass < MAX_PASSES; pass++) {
      boolean changed = rows.step();
      if (!changed) {
        changed = !HistoryCommits.removeEqualityDeletes(table).isEmpty();
      }
      if (!changed && HistoryCommits.hasTraces(table)) {
        HistoryCommits.removeTraces(table)
            .forEach(manifest -> notes.rewritten(Kind.MANIFEST, manifest));
        scope.failPoints().reached("erase.manifests");
        changed = true;
      }
      if (!changed && rows.lookedAt().equals(table.snapshotId())) {
        return;
      }
    }
    throw new ConflictException(
        "Cannot erase from '"
            + table.name()
            + "': other writers committed faster, "
            + MAX_PASSES
            + " times; stop them, and erase again");
  }

  private void verify() {
    Set<String> holding = rows.holdingNow();
    notes.snapshotAfter(table.snapshotId());
    if (holding.isEmpty()) {
      notes.verified(
          "no data file of the current snapshot holds an id: all were looked through, those"
              + " rewritten row by row");
    } else {
      holding.forEach(
          file ->
              notes.remaining(
                  file + " holds an id: another writer wrote it anew meanwhile; erase again"));
    }
    boolean clean = true;
    for (DeleteFile file : HistoryCommits.deleteFiles(table)) {
      if (file.content() == FileContent.EQUALITY_DELETES) {
        clean = false;
        notes.remaining(
            file.location()
                + " deletes by equality: another engine committed it meanwhile; erase"
                + " again");
      } else if (file.format() != FileFormat.PUFFIN && holdsRows(file)) {
        clean = false;
        notes.remaining(
            file.location()
                + " has whole rows beside the positions that it deletes; let the engine that wrote"
                + " it rewrite its position deletes, and erase again");
      }
    }
    if (clean) {
      notes.verified("no delete file of the current snapshot holds ids or rows");
    }
    scope.failPoints().reached("erase.verified");
  }

  /** Iceberg once let position deletes carry the deleted rows. */
  private static boolean holdsRows(DeleteFile file) {
    Map<Integer, Long> counts = file.valueCounts();
    return counts != null
        && counts.keySet().stream()
            .anyMatch(
                id ->
                    id != MetadataColumns.DELETE_FILE_PATH.fieldId()
                        && id != MetadataColumns.DELETE_FILE_POS.fieldId());
  }

  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (NoSuchTableException e) {
      throw new NotFoundException("Cannot erase from '" + table.name() + "': it was dropped", e);
    } catch (UncheckedIOException
        | BulkDeletionFailureException
        | org.apache.iceberg.exceptions.NotFoundException e) {
      throw new UnavailableException(
          "Cannot erase from '" + table.name() + "' now, erase again: " + e.getMessage(), e);
    }
  }
}
