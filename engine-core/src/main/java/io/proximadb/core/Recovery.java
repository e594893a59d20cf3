package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.FencedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ProximaException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.CollectionName;
import io.proximadb.wal.WalRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sorts the records of a log by the tables they belong to, and drops those that are in a table. */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Warehouse warehouse;
  private final String engineId;
  private final Map<UUID, Pending> pending = new LinkedHashMap<>();
  private final Map<UUID, Long> orphans = new LinkedHashMap<>();
  private final Map<UUID, ProximaException> unreadable = new HashMap<>();
  private @Nullable Map<UUID, CollectionTable> tables;

  /** A collection that the log mentions, with the records that its table may not hold. */
  static final class Pending {
    private final CollectionTable table;
    private final LogPosition position;
    private final List<WalRecord> records = new ArrayList<>();
    private long marked;
    private long markedAtMicros;

    private Pending(CollectionTable table, LogPosition position) {
      this.table = table;
      this.position = position;
    }

    private void accept(WalRecord record) {
      if (record.operation() == WalRecord.Operation.FLUSH) {
        marked = Math.max(marked, record.flushedSequence());
        markedAtMicros = Math.max(markedAtMicros, record.updatedAtMicros());
      } else if (record.sequence() > position.sequence()) {
        records.add(record);
      }
    }

    CollectionTable table() {
      return table;
    }

    /** The number up to which the table has the log's records. */
    long flushed() {
      return isCollected() ? marked : position.sequence();
    }

    /**
     * What the log noted last of the table's flushes, to note again before its segments go; empty
     * if it noted none.
     */
    Optional<WalRecord> mark(long version) {
      return marked == 0
          ? Optional.empty()
          : Optional.of(WalRecord.flushMark(table.uuid(), 0, marked, version, markedAtMicros));
    }

    /** True if the table had a position of this engine that was removed, see {@link IdleLogs}. */
    private boolean isCollected() {
      OptionalLong until = IdleLogs.collectedUntilMillis(table.properties());
      return position.sequence() == 0
          && until.isPresent()
          && markedAtMicros <= endOfMilli(until.getAsLong());
    }

    /**
     * The records to replay: those that the table does not hold.
     *
     * @param logBegins the number of the log's oldest record
     * @throws CorruptFileException if the table was put back to a state before the log's beginning
     * @throws FencedException if it cannot be told whether the table holds a record
     */
    List<WalRecord> records(long logBegins) {
      if (isCollected()) {
        return recordsSinceCollected();
      }
      if (marked > position.sequence()) {
        if (logBegins > position.sequence() + 1) {
          throw LogGuard.tableIsOlder(table.name(), position.sequence(), marked, logBegins);
        }
        LOG.warn(
            "{} held this engine's writes up to {} and now up to {}: it was restored from a backup;"
                + " the log has what is missing",
            table.name(),
            marked,
            position.sequence());
      }
      return records;
    }

    private List<WalRecord> recordsSinceCollected() {
      List<WalRecord> unflushed =
          records.stream().filter(record -> record.sequence() > marked).toList();
      long until = IdleLogs.collectedUntilMillis(table.properties()).orElseThrow();
      List<WalRecord> unsure =
          unflushed.stream().filter(record -> record.version() <= endOfMilli(until)).toList();
      if (!unsure.isEmpty()) {
        throw LogGuard.collected(
            table.name(), unsure.size(), unsure.get(0).updatedAtMicros(), until);
      }
      return unflushed;
    }

    private static long endOfMilli(long millis) {
      return millis * 1_000 + 999;
    }
  }

  Recovery(Warehouse warehouse, String engineId) {
    this.warehouse = warehouse;
    this.engineId = engineId;
  }

  void accept(WalRecord record) {
    Pending known = pending.computeIfAbsent(record.tableUuid(), this::find);
    if (known == null) {
      long counts = record.operation() == WalRecord.Operation.FLUSH ? 0 : 1;
      orphans.merge(record.tableUuid(), counts, Long::sum);
    } else {
      known.accept(record);
    }
  }

  private Map<UUID, CollectionTable> tables() {
    Map<UUID, CollectionTable> known = tables;
    if (known == null) {
      known = allTables();
      tables = known;
    }
    return known;
  }

  /** The highest log position of this engine that any table holds, 0 if none does. */
  long highestFlushed() {
    return tables().values().stream()
        .mapToLong(table -> LogPosition.of(table.properties(), engineId).sequence())
        .max()
        .orElse(0);
  }

  private @Nullable Pending find(UUID uuid) {
    CollectionTable table = tables().get(uuid);
    ProximaException refused = unreadable.get(uuid);
    if (refused != null) {
      // Its records were acknowledged, and would be forgotten with those of dropped tables.
      throw refused;
    }
    if (table == null) {
      return null;
    }
    return new Pending(table, LogPosition.of(table.properties(), engineId));
  }

  private Map<UUID, CollectionTable> allTables() {
    Map<UUID, CollectionTable> all = new HashMap<>();
    for (String namespace : warehouse.namespaces()) {
      for (CollectionName name : warehouse.list(namespace)) {
        try {
          CollectionTable table = warehouse.load(name);
          all.put(table.uuid(), table);
        } catch (InvalidArgumentException | UnsupportedVersionException e) {
          // Another engine may have given a collection a column that it cannot have.
          warehouse.uuid(name).ifPresent(uuid -> unreadable.put(uuid, e));
          LOG.debug("Table {} cannot be opened: {}", name, e.getMessage());
        }
      }
    }
    return all;
  }

  /** The collections that the log mentions. */
  List<Pending> pending() {
    return List.copyOf(pending.values());
  }

  /** Tables that the log mentions and that are gone, with the number of records dropped, from 0. */
  Map<UUID, Long> orphans() {
    return orphans;
  }
}
