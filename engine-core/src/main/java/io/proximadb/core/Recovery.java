package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.TableProperties;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.CollectionName;
import io.proximadb.wal.WalRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private @Nullable Map<UUID, CollectionTable> tables;

  /**
   * A collection with records that its table does not hold.
   *
   * @param table the collection
   * @param flushed the log position that the table holds
   * @param records what comes after it
   */
  record Pending(CollectionTable table, long flushed, List<WalRecord> records) {}

  Recovery(Warehouse warehouse, String engineId) {
    this.warehouse = warehouse;
    this.engineId = engineId;
  }

  void accept(WalRecord record) {
    Pending known = pending.computeIfAbsent(record.tableUuid(), this::find);
    if (record.operation() == WalRecord.Operation.FLUSH) {
      if (known == null) {
        orphans.putIfAbsent(record.tableUuid(), 0L);
      }
      return;
    }
    if (known == null) {
      orphans.merge(record.tableUuid(), 1L, Long::sum);
    } else if (record.sequence() > known.flushed()) {
      known.records().add(record);
    }
  }

  private @Nullable Pending find(UUID uuid) {
    Map<UUID, CollectionTable> known = tables;
    if (known == null) {
      known = allTables();
      tables = known;
    }
    CollectionTable table = known.get(uuid);
    if (table == null) {
      return null;
    }
    String position = table.property(TableProperties.walPosition(engineId));
    return new Pending(table, position == null ? 0 : Long.parseLong(position), new ArrayList<>());
  }

  private Map<UUID, CollectionTable> allTables() {
    Map<UUID, CollectionTable> all = new HashMap<>();
    for (String namespace : warehouse.namespaces()) {
      for (CollectionName name : warehouse.list(namespace)) {
        try {
          CollectionTable table = warehouse.load(name);
          all.put(table.uuid(), table);
        } catch (InvalidArgumentException | UnsupportedVersionException e) {
          LOG.debug("Table {} is not a collection: {}", name, e.getMessage());
        }
      }
    }
    return all;
  }

  /** The collections that the log mentions. */
  List<Pending> pending() {
    return List.copyOf(pending.values());
  }

  /** Tables that the log mentions and that are gone, with the number of records dropped. */
  Map<UUID, Long> orphans() {
    return orphans;
  }
}
