package io.proximadb.core;

import io.proximadb.api.EraseReceipt.Kind;
import io.proximadb.error.ProximaException;
import io.proximadb.error.UnavailableException;
import io.proximadb.maintenance.EraseNotes;
import io.proximadb.model.CollectionName;
import io.proximadb.wal.FileWal;
import io.proximadb.wal.LogErasure;
import io.proximadb.wal.WalRecord;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The part of an erasure that drops the engine's log up to now. The log is that of all collections,
 * so all of them are flushed. Its monitor lets one erasure of an engine run at a time.
 */
final class LogEraser {
  private final FileWal wal;
  private final Supplier<List<EngineCollection>> collections;

  /**
   * Drops nothing yet.
   *
   * @param collections those that are open: a log has no records of others that count
   */
  LogEraser(FileWal wal, Supplier<List<EngineCollection>> collections) {
    this.wal = wal;
    this.collections = collections;
  }

  /**
   * Drops what the log has, and looks into what it has afterwards.
   *
   * @param note a record that changes nothing
   */
  void erase(CollectionName name, UUID table, WalRecord note, EraseNotes notes, Runnable dropped) {
    LogErasure log = wal.erasure();
    LogErasure.Marked marked = log.mark();
    for (EngineCollection collection : collections.get()) {
      try {
        collection.flush();
      } catch (ProximaException e) {
        throw new UnavailableException(
            "Cannot erase from '"
                + name
                + "' all that the log has: '"
                + collection.name()
                + "', whose records are in the same log, cannot be flushed ("
                + e.getMessage()
                + ")",
            e);
      }
      // What it had up to there is in its table now, or did nothing.
      wal.release(collection.uuid(), marked.last());
    }
    LogErasure.Dropped result = log.drop(marked, note);
    dropped.run();
    if (!result.holders().isEmpty()) {
      throw new UnavailableException(
          "Cannot erase from '"
              + name
              + "' all that the log has: tables that this engine does not serve have records in it"
              + " (tables="
              + result.holders()
              + "); open them, and erase again");
    }
    result.segments().forEach(file -> notes.removed(Kind.LOG_SEGMENT, file.toString()));
    result.objects().forEach(object -> notes.removed(Kind.MIRROR_OBJECT, object));
    verify(log, table, notes);
  }

  private static void verify(LogErasure log, UUID table, EraseNotes notes) {
    Set<String> ids = notes.request().ids();
    AtomicLong read = new AtomicLong();
    AtomicLong found = new AtomicLong();
    log.forEachRecord(
        record -> {
          read.incrementAndGet();
          if (record.tableUuid().equals(table) && ids.contains(record.id())) {
            found.incrementAndGet();
          }
        });
    if (found.get() > 0) {
      notes.remaining("the log has " + found + " records of the ids after all; erase again");
    } else {
      notes.verified(
          "no record of the ids is in the log: its "
              + read
              + " remaining records were read, which came after it was dropped");
    }
    log.kept()
        .forEach(
            file ->
                notes.remaining(
                    file
                        + " was kept by a repair of the log, or by an opening that died, and may"
                        + " have any record; delete it when it is not needed"));
  }
}
