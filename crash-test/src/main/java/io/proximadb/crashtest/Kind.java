package io.proximadb.crashtest;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.VersionedWrite;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.model.FieldType;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.VectorRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** The operations of the crash test: what each asks of the engine, and what it changes. */
@SuppressWarnings("ImmutableEnumChecker") // functions that capture nothing
enum Kind {
  INSERT(20, Pick.ABSENT, (docs, unit) -> docs.insert(records(unit)), Kind::put),
  REFUSED_INSERT(2, Pick.LIVE, Kind::insertLive, Kind::keep),
  UPSERT(22, Pick.ANY, (docs, unit) -> docs.upsert(records(unit)), Kind::put),
  DELETE(18, Pick.ANY, (docs, unit) -> docs.delete(ids(unit)), Kind::remove),
  EXPIRE(8, Pick.ANY, (docs, unit) -> docs.upsert(expired(unit)), Kind::remove),
  UPDATE(10, Pick.LIVE, (docs, unit) -> docs.update(records(unit)), Kind::put),
  SET_TTL(
      9,
      Pick.SAME_WITH_EXPIRY,
      (docs, unit) -> docs.setTtl(ids(unit), Collection.MAX_TTL),
      Kind::put),
  REMOVE_TTL(6, Pick.SAME_WITHOUT_EXPIRY, (docs, unit) -> docs.removeTtl(ids(unit)), Kind::put),
  COMPARE_AND_SET(8, Pick.ANY, Kind::compareAndSet, Kind::put),
  ALTER(1, Pick.NONE, (docs, unit) -> addOrDrop(docs), Kind::keep),
  FLUSH(3, Pick.NONE, (docs, unit) -> docs.flush(), Kind::keep),
  DROP(2, Pick.NONE, (docs, unit) -> {}, Kind::keep),
  CREATE(0, Pick.NONE, (docs, unit) -> {}, Kind::keep);

  /** Which records an operation is about. */
  enum Pick {
    NONE,
    /** Ids that are not live, with new values. */
    ABSENT,
    /** Ids that are live, with new values. */
    LIVE,
    /** Any ids, with new values. */
    ANY,
    /** Live records as they are, but with an expiry. */
    SAME_WITH_EXPIRY,
    /** Live records as they are, but without an expiry. */
    SAME_WITHOUT_EXPIRY
  }

  private static final Object ALTERATIONS = new Object();
  private static final String EXTRA_COLUMN = "extra";

  private final int weight;
  private final Pick pick;
  private final BiConsumer<Collection, Map<String, Value>> call;
  private final BiConsumer<Map<String, Value>, Map<String, Value>> effect;

  /**
   * An operation on records.
   *
   * @param weight how often, against the sum of all weights
   * @param call asks the engine, and returns when it is acknowledged
   * @param effect changes the live records by the unit
   */
  Kind(
      int weight,
      Pick pick,
      BiConsumer<Collection, Map<String, Value>> call,
      BiConsumer<Map<String, Value>, Map<String, Value>> effect) {
    this.weight = weight;
    this.pick = pick;
    this.call = call;
    this.effect = effect;
  }

  int weight() {
    return weight;
  }

  Pick pick() {
    return pick;
  }

  void run(ProximaEngine engine, Operation operation) {
    switch (this) {
      case DROP -> engine.dropCollection(operation.name());
      case CREATE -> engine.createCollection(operation.name(), CrashRecords.schema());
      default -> call.accept(engine.collection(operation.name()), operation.unit());
    }
  }

  void apply(Operation operation, WriterState state) {
    switch (this) {
      case DROP -> state.collections().remove(operation.collection());
      case CREATE -> state.collections().put(operation.collection(), new java.util.TreeMap<>());
      default -> effect.accept(state.of(operation.collection()), operation.unit());
    }
  }

  private static List<VectorRecord> records(Map<String, Value> unit) {
    return unit.entrySet().stream()
        .map(
            entry ->
                CrashRecords.of(
                    entry.getKey(), entry.getValue().number(), entry.getValue().expiry()))
        .toList();
  }

  private static List<VectorRecord> expired(Map<String, Value> unit) {
    return unit.entrySet().stream()
        .map(entry -> CrashRecords.of(entry.getKey(), entry.getValue().number(), CrashRecords.PAST))
        .toList();
  }

  private static List<String> ids(Map<String, Value> unit) {
    return List.copyOf(unit.keySet());
  }

  private static void compareAndSet(Collection docs, Map<String, Value> unit) {
    Map<String, Long> versions = new HashMap<>();
    docs.get(ids(unit)).forEach(record -> versions.put(record.id(), record.version()));
    docs.compareAndSet(
        records(unit).stream()
            .map(
                record ->
                    new VersionedWrite(
                        record.id(),
                        record,
                        versions.getOrDefault(record.id(), VersionedWrite.ABSENT)))
            .toList());
  }

  /** A column that no record has a value of: what is found does not depend on it. */
  private static void addOrDrop(Collection docs) {
    // One writer at a time: another's change in between makes this one an error, as it should.
    synchronized (ALTERATIONS) {
      boolean there = docs.schema().metadataField(EXTRA_COLUMN).isPresent();
      docs.alter(
          there
              ? SchemaChange.drop(EXTRA_COLUMN)
              : SchemaChange.add(EXTRA_COLUMN, FieldType.Scalar.LONG));
    }
  }

  private static void insertLive(Collection docs, Map<String, Value> unit) {
    try {
      docs.insert(records(unit));
    } catch (AlreadyExistsException e) {
      return;
    }
    throw new IllegalStateException("An insert of live ids was accepted: " + unit.keySet());
  }

  private static void put(Map<String, Value> live, Map<String, Value> unit) {
    live.putAll(unit);
  }

  private static void remove(Map<String, Value> live, Map<String, Value> unit) {
    live.keySet().removeAll(unit.keySet());
  }

  /** Nothing changes. */
  private static void keep(Map<String, Value> live, Map<String, Value> unit) {}
}
