package io.proximadb.core;

import io.proximadb.api.Collection;
import io.proximadb.api.WriteResult;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.Row;
import io.proximadb.model.VectorRecord;
import io.proximadb.query.PointReader;
import io.proximadb.wal.WalRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Accepts writes: checks them whole, numbers and logs them as one unit, applies them in memory, and
 * returns when the log is durable.
 */
final class WritePath {
  private final Surroundings engine;
  private final CollectionTable table;
  private final CollectionStore store;
  private final RecordValidator validator;
  private final LogCodec codec;

  WritePath(Surroundings engine, CollectionTable table, CollectionStore store) {
    this.engine = engine;
    this.table = table;
    this.store = store;
    this.validator = new RecordValidator(table.schema());
    this.codec = new LogCodec(table.context());
  }

  WriteResult insert(List<VectorRecord> records) {
    return write(check(records), true);
  }

  WriteResult upsert(List<VectorRecord> records) {
    return write(check(records), false);
  }

  private List<Row> check(List<VectorRecord> records) {
    checkSize(records.size());
    List<Row> rows = new ArrayList<>(records.size());
    Set<String> ids = new HashSet<>();
    for (VectorRecord record : records) {
      rows.add(validator.toRow(record, 0, 0));
      if (!ids.add(record.id())) {
        throw new InvalidArgumentException(
            "Invalid records: id '" + record.id() + "' stands twice in one write");
      }
    }
    return rows;
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

  private WriteResult write(List<Row> rows, boolean mustBeNew) {
    if (rows.isEmpty()) {
      return new WriteResult(0, engine.wal().durableSequence());
    }
    long last;
    synchronized (store.lock()) {
      long epoch = store.ownership().epoch();
      long now = engine.nowMicros();
      if (mustBeNew) {
        checkNew(rows, now);
      }
      List<Row> versioned = new ArrayList<>(rows.size());
      List<WalRecord> records = new ArrayList<>(rows.size());
      List<int[]> replaced = new ArrayList<>(rows.size());
      for (Row row : rows) {
        replaced.add(store.find(row.id()));
        Row version = row.withVersion(engine.versions().next(), now);
        versioned.add(version);
        records.add(codec.row(version, PointReader.isLive(store.current(), row.id(), now), epoch));
      }
      long first = engine.wal().append(records);
      for (int i = 0; i < versioned.size(); i++) {
        Row row = versioned.get(i);
        store.apply(new MemtableEntry(row.id(), first + i, row), replaced.get(i), now);
      }
      last = first + rows.size() - 1;
      store.applied(last);
    }
    engine.wal().awaitDurable(last);
    return new WriteResult(rows.size(), last);
  }

  private void checkNew(List<Row> rows, long nowMicros) {
    for (Row row : rows) {
      if (PointReader.isLive(store.current(), row.id(), nowMicros)) {
        throw new AlreadyExistsException(
            "Cannot insert record '" + row.id() + "' into '" + table.name() + "': the id is live");
      }
    }
  }

  WriteResult delete(List<String> ids) {
    checkSize(ids.size());
    ids.forEach(RecordValidator::checkId);
    List<String> distinct = List.copyOf(new LinkedHashSet<>(ids));
    if (distinct.isEmpty()) {
      return new WriteResult(0, engine.wal().durableSequence());
    }
    long last;
    synchronized (store.lock()) {
      long epoch = store.ownership().epoch();
      long now = engine.nowMicros();
      List<WalRecord> records = new ArrayList<>(distinct.size());
      List<int[]> replaced = new ArrayList<>(distinct.size());
      for (String id : distinct) {
        replaced.add(store.find(id));
        records.add(codec.delete(id, engine.versions().next(), now, epoch));
      }
      long first = engine.wal().append(records);
      for (int i = 0; i < distinct.size(); i++) {
        store.apply(new MemtableEntry(distinct.get(i), first + i, null), replaced.get(i), now);
      }
      last = first + distinct.size() - 1;
      store.applied(last);
    }
    engine.wal().awaitDurable(last);
    return new WriteResult(distinct.size(), last);
  }
}
