package io.proximadb.core;

import io.proximadb.api.Collection;
import io.proximadb.api.VersionedWrite;
import io.proximadb.api.WriteResult;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.maintenance.MaintenanceSettings;
import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.Row;
import io.proximadb.model.VectorRecord;
import io.proximadb.mvcc.Pin;
import io.proximadb.query.LiveRows;
import io.proximadb.query.PointReader;
import io.proximadb.storage.IdKeys;
import io.proximadb.wal.WalRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Accepts writes: checks them whole, numbers and logs them as one unit, applies them in memory, and
 * returns when the log is durable.
 */
final class WritePath {
  private static final long MICROS_PER_MILLISECOND = 1_000;

  private final Surroundings engine;
  private final CollectionTable table;
  private final CollectionStore store;

  // Under the lock: the properties that were parsed last, and what they said; 0 for no default.
  private @Nullable Map<String, String> parsedProperties;
  private long defaultTtlMicros;

  /** What must hold of the ids of a write. */
  private enum Condition {
    NONE_LIVE,
    ALL_LIVE,
    ANY
  }

  WritePath(Surroundings engine, CollectionTable table, CollectionStore store) {
    this.engine = engine;
    this.table = table;
    this.store = store;
  }

  WriteResult insert(List<VectorRecord> records) {
    return write(records, Condition.NONE_LIVE);
  }

  WriteResult update(List<VectorRecord> records) {
    return write(records, Condition.ALL_LIVE);
  }

  WriteResult upsert(List<VectorRecord> records) {
    return write(records, Condition.ANY);
  }

  private static List<Row> check(SchemaTools schema, List<VectorRecord> records) {
    checkSize(records.size());
    List<Row> rows = new ArrayList<>(records.size());
    Set<String> ids = new HashSet<>();
    for (VectorRecord record : records) {
      rows.add(schema.validator().toRow(record, 0, 0));
      checkDistinct(ids, record.id());
    }
    return rows;
  }

  private static void checkDistinct(Set<String> ids, String id) {
    if (!ids.add(id)) {
      throw new InvalidArgumentException(
          "Invalid records: id '" + id + "' stands twice in one write");
    }
  }

  private static void checkSize(int size) {
    if (size > Collection.MAX_WRITE_RECORDS) {
      throw new InvalidArgumentException(
          "Invalid number of records in one write: "
              + size
              + " (expected at most "
              + Collection.MAX_WRITE_RECORDS
              + ")");
    }
  }

  private static List<String> checkIds(List<String> ids) {
    checkSize(ids.size());
    ids.forEach(RecordValidator::checkId);
    return List.copyOf(new LinkedHashSet<>(ids));
  }

  private WriteResult write(List<VectorRecord> records, Condition condition) {
    while (true) {
      SchemaTools schema = store.schemaTools();
      List<Row> rows = check(schema, records);
      if (rows.isEmpty()) {
        return nothing();
      }
      store.own();
      engine.reached("write.checked");
      IdKeys keys = store.keys(rows.stream().map(Row::id).toList());
      Unit unit;
      long last;
      synchronized (store.lock()) {
        if (!store.currentSchemaTools().fits(schema)) {
          // The schema changed since the records were checked.
          continue;
        }
        unit = new Unit(store.ownership().epoch(), engine.nowMicros());
        int[][] found = store.find(keys);
        for (int i = 0; i < found.length; i++) {
          Row row = rows.get(i);
          int[] positions = found[i];
          boolean live = PointReader.isLive(store.current(), row.id(), positions, unit.now);
          check(condition, row.id(), live);
          Row version =
              withDefaultExpiry(row, unit.now).withVersion(engine.versions().next(), unit.now);
          unit.add(schema.codec().row(version, live, unit.epoch), version, keys.hash(i), positions);
        }
        last = unit.apply();
      }
      return acknowledge(unit, last);
    }
  }

  /**
   * What the table's property says for records that have no expiry of their own. Under the lock.
   */
  private Row withDefaultExpiry(Row row, long now) {
    Map<String, String> properties = table.properties();
    if (properties != parsedProperties) {
      defaultTtlMicros =
          MaintenanceSettings.defaultTtlMs(properties).orElse(0) * MICROS_PER_MILLISECOND;
      parsedProperties = properties;
    }
    return defaultTtlMicros == 0 || row.expiresAtMicros() != Row.NO_EXPIRY
        ? row
        : row.withExpiry(now + defaultTtlMicros);
  }

  private void check(Condition condition, String id, boolean live) {
    if (live && condition == Condition.NONE_LIVE) {
      throw new AlreadyExistsException(
          "Cannot insert record '" + id + "' into '" + table.name() + "': the id is live");
    }
    if (!live && condition == Condition.ALL_LIVE) {
      throw new NotFoundException(
          "Cannot update record '" + id + "' of '" + table.name() + "': the id is not live");
    }
  }

  WriteResult delete(List<String> ids) {
    List<String> distinct = checkIds(ids);
    if (distinct.isEmpty()) {
      return nothing();
    }
    store.own();
    Unit unit;
    long last;
    synchronized (store.lock()) {
      unit = new Unit(store.ownership().epoch(), engine.nowMicros());
      for (String id : distinct) {
        unit.add(deletion(id, unit), null);
      }
      last = unit.apply();
    }
    return acknowledge(unit, last);
  }

  private WalRecord deletion(String id, Unit unit) {
    return store
        .currentSchemaTools()
        .codec()
        .delete(id, engine.versions().next(), unit.now, unit.epoch);
  }

  WriteResult compareAndSet(List<VersionedWrite> writes) {
    checkSize(writes.size());
    Set<String> ids = new LinkedHashSet<>();
    for (VersionedWrite write : writes) {
      RecordValidator.checkId(write.id());
      checkDistinct(ids, write.id());
    }
    List<String> ordered = List.copyOf(ids);
    while (true) {
      SchemaTools schema = store.schemaTools();
      Map<String, Row> puts = new HashMap<>();
      for (VersionedWrite write : writes) {
        write
            .newRecord()
            .ifPresent(record -> puts.put(record.id(), schema.validator().toRow(record, 0, 0)));
      }
      if (writes.isEmpty()) {
        return nothing();
      }
      LiveRows rows = readAhead(schema, ordered);
      store.own();
      Unit unit;
      long last;
      synchronized (store.lock()) {
        if (!store.currentSchemaTools().fits(schema)) {
          continue;
        }
        unit = new Unit(store.ownership().epoch(), engine.nowMicros());
        Map<String, Row> live = rows.find(store.current(), ordered, unit.now);
        for (VersionedWrite write : writes) {
          addIfExpected(write, live.get(write.id()), puts.get(write.id()), schema, unit);
        }
        last = unit.apply();
      }
      return acknowledge(unit, last);
    }
  }

  private void addIfExpected(
      VersionedWrite write, @Nullable Row found, @Nullable Row put, SchemaTools schema, Unit unit) {
    long version = found == null ? VersionedWrite.ABSENT : found.version();
    if (version != write.expectedVersion()) {
      throw new ConflictException(
          "Cannot write record '"
              + write.id()
              + "' of '"
              + table.name()
              + "': "
              + describe(version)
              + " (expected "
              + describe(write.expectedVersion())
              + "); read it again");
    }
    // Above the version it replaces, also if another writer's clock is ahead.
    engine.versions().observe(version);
    if (put != null) {
      Row row = withDefaultExpiry(put, unit.now).withVersion(engine.versions().next(), unit.now);
      unit.add(schema.codec().row(row, found != null, unit.epoch), row);
    } else if (found != null) {
      unit.add(deletion(write.id(), unit), null);
    }
  }

  private static String describe(long version) {
    return version == VersionedWrite.ABSENT ? "no live record" : "version " + version;
  }

  /** Reads rows that are in files before the lock is taken; the same look under it finds them. */
  private LiveRows readAhead(SchemaTools schema, List<String> ids) {
    try (Pin pin = store.pin()) {
      LiveRows rows = new LiveRows(schema.columns());
      if (store.schemaTools(pin.state()).fits(schema)) {
        rows.find(pin.state(), ids, pin.readMicros());
      }
      return rows;
    }
  }

  WriteResult setTtl(List<String> ids, Duration ttl) {
    if (ttl.isZero() || ttl.isNegative() || ttl.compareTo(Collection.MAX_TTL) > 0) {
      throw new InvalidArgumentException(
          "Invalid time to live: "
              + ttl
              + " (expected above zero and at most "
              + Collection.MAX_TTL
              + ")");
    }
    long micros = Math.max(1, ttl.toSeconds() * 1_000_000 + ttl.toNanosPart() / 1_000);
    return changeExpiry(ids, micros);
  }

  WriteResult removeTtl(List<String> ids) {
    return changeExpiry(ids, Row.NO_EXPIRY);
  }

  /** Gives live rows another expiry, that many microseconds from now, or none. */
  private WriteResult changeExpiry(List<String> ids, long ttlMicros) {
    List<String> distinct = checkIds(ids);
    if (distinct.isEmpty()) {
      return nothing();
    }
    SchemaTools ahead = store.schemaTools();
    LiveRows read = readAhead(ahead, distinct);
    store.own();
    Unit unit;
    long last;
    synchronized (store.lock()) {
      SchemaTools schema = store.currentSchemaTools();
      LiveRows rows = schema.fits(ahead) ? read : new LiveRows(schema.columns());
      unit = new Unit(store.ownership().epoch(), engine.nowMicros());
      long expiry = ttlMicros == Row.NO_EXPIRY ? Row.NO_EXPIRY : unit.now + ttlMicros;
      Map<String, Row> live = rows.find(store.current(), distinct, unit.now);
      for (String id : distinct) {
        Row row = live.get(id);
        if (row == null || (row.expiresAtMicros() == expiry && expiry == Row.NO_EXPIRY)) {
          continue;
        }
        engine.versions().observe(row.version());
        Row version = row.withExpiry(expiry).withVersion(engine.versions().next(), unit.now);
        // A row with an expiry may be swept from the table before the log is replayed: the log
        // must then hold all of it. One without stays where it is, and its id is enough.
        WalRecord record =
            row.expiresAtMicros() == Row.NO_EXPIRY
                ? schema.codec().expiry(version, unit.epoch)
                : schema.codec().row(version, true, unit.epoch);
        unit.add(record, version);
      }
      last = unit.apply();
    }
    return acknowledge(unit, last);
  }

  private WriteResult nothing() {
    return new WriteResult(0, engine.wal().durableSequence());
  }

  private WriteResult acknowledge(Unit unit, long last) {
    engine.wal().awaitDurable(last);
    return new WriteResult(unit.records.size(), last);
  }

  /** A write being put together, under the lock. */
  private final class Unit {
    private final long epoch;
    private final long now;
    private final List<WalRecord> records = new ArrayList<>();
    private final List<@Nullable Row> rows = new ArrayList<>();
    private final List<Long> idHashes = new ArrayList<>();
    private final List<int[]> replaced = new ArrayList<>();

    Unit(long epoch, long now) {
      this.epoch = epoch;
      this.now = now;
    }

    /** Adds a change; the row is what it leaves, or null for a deletion. */
    void add(WalRecord record, @Nullable Row row) {
      IdKeys key = store.keys(List.of(record.id()));
      add(record, row, key.hash(0), store.find(key)[0]);
    }

    /** The same with what {@link CollectionStore#find} gave for its id since the lock was taken. */
    void add(WalRecord record, @Nullable Row row, long idHash, int[] positions) {
      store.checkNotErased(record.id());
      replaced.add(positions);
      records.add(record);
      rows.add(row);
      idHashes.add(idHash);
    }

    /** Logs and applies what was added; returns the number to wait for. */
    long apply() {
      if (records.isEmpty()) {
        // What made there be nothing to do may not be durable yet.
        return store.appliedSequence();
      }
      long first = engine.wal().append(records);
      for (int i = 0; i < records.size(); i++) {
        store.apply(
            new MemtableEntry(records.get(i).id(), idHashes.get(i), first + i, rows.get(i)),
            replaced.get(i),
            now);
      }
      long last = first + records.size() - 1;
      store.applied(last);
      return last;
    }
  }
}
