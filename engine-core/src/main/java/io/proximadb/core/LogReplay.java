package io.proximadb.core;

import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.Row;
import io.proximadb.query.LiveRows;
import io.proximadb.storage.IdKeys;
import io.proximadb.wal.WalRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts records of the log back into memory, before the collection is used. */
final class LogReplay {
  /** Records replayed at a time, so that a batch's rows fit into memory beside what is replayed. */
  private static final int REPLAY_BATCH = 1_000;

  private final Surroundings engine;
  private final CollectionStore store;

  LogReplay(Surroundings engine, CollectionStore store) {
    this.engine = engine;
    this.store = store;
  }

  /** Replays records, in order. */
  void run(List<WalRecord> records) {
    synchronized (store.lock()) {
      for (int from = 0; from < records.size(); from += REPLAY_BATCH) {
        List<WalRecord> batch =
            records.subList(from, Math.min(records.size(), from + REPLAY_BATCH));
        LiveRows rows = rowsToChange(batch);
        batch.forEach(record -> replay(record, rows));
      }
    }
  }

  private void replay(WalRecord record, LiveRows rows) {
    if (record.sequence() <= store.current().flushedSequence()) {
      return;
    }
    MemtableEntry entry = entry(record, rows);
    if (entry != null) {
      IdKeys key = IdKeys.of(List.of(entry.id()), new long[] {entry.idHash()});
      store.apply(entry, store.find(key)[0], engine.nowMicros());
      store.applied(record.sequence());
    }
    engine.versions().observe(record.version());
  }

  /** Reads what changes of expiry will want to see of files, a page once for all its rows. */
  private LiveRows rowsToChange(List<WalRecord> records) {
    LiveRows rows = new LiveRows(store.currentSchemaTools().columns());
    List<WalRecord> changes =
        records.stream()
            .filter(
                record ->
                    record.operation() == WalRecord.Operation.SET_TTL
                        || record.operation() == WalRecord.Operation.REMOVE_TTL)
            .toList();
    // As of the earliest change: who is not live then is not read ahead, that is all.
    changes.stream()
        .mapToLong(WalRecord::updatedAtMicros)
        .min()
        .ifPresent(
            micros ->
                rows.find(store.current(), changes.stream().map(WalRecord::id).toList(), micros));
    return rows;
  }

  /** What a record does to memory; null if it does nothing. */
  private @Nullable MemtableEntry entry(WalRecord record, LiveRows rows) {
    return switch (record.operation()) {
      case INSERT, UPDATE, SOFT_DELETE -> store.currentSchemaTools().codec().entry(record);
      case SET_TTL, REMOVE_TTL -> {
        // Live then, not now: an expiry that was taken back must not have its effect.
        Row row =
            rows.find(store.current(), List.of(record.id()), record.updatedAtMicros())
                .get(record.id());
        yield row == null
            ? null
            : new MemtableEntry(
                record.id(),
                store.keys(List.of(record.id())).hash(0),
                record.sequence(),
                row.withExpiry(record.expiresAtMicros())
                    .withVersion(record.version(), record.updatedAtMicros()));
      }
      case FLUSH -> null;
    };
  }
}
