package io.proximadb.core;

import io.proximadb.api.EraseReceipt;
import io.proximadb.api.EraseReceipt.Kind;
import io.proximadb.api.EraseRequest;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.ReadCache;
import io.proximadb.maintenance.EraseNotes;
import io.proximadb.maintenance.Erasure;
import io.proximadb.maintenance.MaintenanceScheduler;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.wal.WalRecord;
import java.io.IOException;
import java.util.Set;
import java.util.function.Supplier;

/** Erases records of one collection: from memory into the table, from the table, from the log. */
final class EngineErasure {
  private final Surroundings engine;
  private final CollectionTable table;
  private final CollectionStore store;
  private final Flush flush;
  private final Object commits;
  private final MaintenanceScheduler.Registration maintenance;
  private final LogEraser log;
  private final Supplier<Set<Long>> openViews;

  /**
   * Of one collection.
   *
   * @param table the handle of its maintenance
   * @param commits held while a flush or a change of the schema commits
   * @param openViews the snapshots of open views
   */
  EngineErasure(
      Surroundings engine,
      CollectionTable table,
      CollectionStore store,
      Flush flush,
      Object commits,
      MaintenanceScheduler.Registration maintenance,
      LogEraser log,
      Supplier<Set<Long>> openViews) {
    this.engine = engine;
    this.table = table;
    this.store = store;
    this.flush = flush;
    this.commits = commits;
    this.maintenance = maintenance;
    this.log = log;
    this.openViews = openViews;
  }

  /** Erases, while no other erasure, maintenance, flush or change of the schema runs. */
  EraseReceipt run(EraseRequest request) {
    synchronized (log) {
      return maintenance.alone(
          () -> {
            synchronized (commits) {
              store.own();
              store.refuse(request.ids());
              try {
                return erase(new EraseNotes(request));
              } finally {
                store.refuse(Set.of());
              }
            }
          });
    }
  }

  private EraseReceipt erase(EraseNotes notes) {
    MaintenanceScope scope =
        new MaintenanceScope(table, engine.options().clock(), engine.options().failPoints());
    Erasure erasure = new Erasure(scope, notes, openViews.get());
    erasure.check();
    flush.run();
    engine.reached("erase.flushed");
    try {
      erasure.run();
    } finally {
      // Also after a failure reads see what was committed.
      store.refresh();
    }
    log.erase(table.name(), table.uuid(), note(), notes, () -> engine.reached("erase.log-dropped"));
    clearCache(notes);
    sayWhatIsOutOfReach(notes);
    engine.reached("erase.done");
    return notes.receipt(table.name(), table.uuid());
  }

  /** A mark of the last flush, made again. */
  private WalRecord note() {
    LogPosition position = store.position();
    long epoch;
    synchronized (store.lock()) {
      epoch = store.ownership().epoch();
    }
    return position.mark(table.uuid(), epoch, engine.versions().next());
  }

  private void clearCache(EraseNotes notes) {
    try {
      long blocks = ReadCache.clear(table.table().io());
      for (long i = 0; i < blocks; i++) {
        notes.removed(Kind.CACHED_BLOCK, "");
      }
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot clear the read cache (cause=" + e.getMessage() + "); erase again", e);
    }
  }

  private static void sayWhatIsOutOfReach(EraseNotes notes) {
    notes.outOfReach(
        "backups, copies, and versions that a store or file system keeps of deleted files");
    notes.outOfReach("blocks of disks until they are overwritten");
    notes.outOfReach(
        "reads that were under way, in this process or others, until they end: memory, mapped"
            + " files");
    notes.outOfReach("logs of other engines that owned the collection before, and their mirrors");
    notes.outOfReach("read caches of other processes that run, until their blocks are pushed out");
    notes.outOfReach(
        "aggregates: cluster models (centroids are means of many vectors) and counts in summaries");
  }
}
