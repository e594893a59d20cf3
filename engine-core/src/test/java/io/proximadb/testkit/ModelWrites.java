package io.proximadb.testkit;

import io.proximadb.api.Collection;
import io.proximadb.api.VersionedWrite;
import io.proximadb.api.WriteResult;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.Timestamps;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.ExpectedRecords.Expected;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** The writes of {@link CollectionModel}: what is drawn, done, and expected of it. */
final class ModelWrites {
  private static final int MAX_EXPIRY_MICROS = 3_000_000;
  private static final int MAX_RECORDS = 5;

  private final Random random;
  private final ExpectedRecords expected;
  private final AtomicLong now;
  private long number;

  ModelWrites(Random random, ExpectedRecords expected, AtomicLong now) {
    this.random = random;
    this.expected = expected;
    this.now = now;
  }

  /** Lets time pass, mostly none. */
  void passTime(int oneIn) {
    now.addAndGet(random.nextInt(oneIn) == 0 ? random.nextInt(MAX_EXPIRY_MICROS) : 0);
  }

  /** New records of distinct ids, maybe none. */
  List<VectorRecord> records() {
    Map<String, VectorRecord> records = new TreeMap<>();
    int count = random.nextInt(MAX_RECORDS + 1);
    for (int i = 0; i < count; i++) {
      VectorRecord record = record(expected.id(random));
      records.put(record.id(), record);
    }
    return List.copyOf(records.values());
  }

  private VectorRecord record(String id) {
    VectorRecord record = withTerms(Records.of(id, ++number));
    if (expected.extraColumn() != null && random.nextInt(3) > 0) {
      Map<String, Object> metadata = new HashMap<>(record.metadata());
      long extra = 3 * number;
      metadata.put(
          expected.extraColumn(), expected.extraIsLong() ? (Object) extra : (Object) (int) extra);
      record = withTerms(VectorRecord.of(id, Records.vector(number), metadata));
    }
    return random.nextInt(4) > 0
        ? record
        : record.expiringAt(Timestamps.ofMicros(now.get() + 1 + random.nextInt(MAX_EXPIRY_MICROS)));
  }

  private VectorRecord withTerms(VectorRecord record) {
    return expected.sparse()
        ? record.withSparse(SparseTerms.FIELD, SparseTerms.of(number))
        : record;
  }

  static List<String> ids(List<VectorRecord> records) {
    return records.stream().map(VectorRecord::id).toList();
  }

  Expected expected(VectorRecord record) {
    Instant expiry = record.expiresAt();
    Object extra =
        expected.extraColumn() == null ? null : record.metadata().get(expected.extraColumn());
    return new Expected(
        (Long) record.metadata().get("number"),
        extra == null ? null : ((Number) extra).longValue(),
        expiry == null ? ExpectedRecords.NO_EXPIRY : Timestamps.toMicros(expiry));
  }

  /** Writes a good part of all records at once. */
  String writeMany(Collection docs) {
    Map<String, VectorRecord> records = new TreeMap<>();
    int count = expected.ids() / 3 + random.nextInt(expected.ids());
    for (int i = 0; i < count; i++) {
      VectorRecord record = record(expected.id(random));
      records.put(record.id(), record);
    }
    List<VectorRecord> all = List.copyOf(records.values());
    accepted(docs.upsert(all), all);
    return "many records: " + all.size();
  }

  /** Writes records in one of six ways, and says what was written. */
  String write(Collection docs, int kind) {
    List<VectorRecord> records = records();
    switch (kind) {
      case 0, 1 -> {
        accepted(docs.upsert(records), records);
        return "upsert " + records;
      }
      case 2 -> {
        return compareAndSet(docs, records);
      }
      case 3 -> {
        docs.delete(ids(records));
        ids(records).forEach(expected::remove);
        return "delete " + ids(records);
      }
      default -> {
        return insertOrUpdate(docs, records, kind == 4);
      }
    }
  }

  private String insertOrUpdate(Collection docs, List<VectorRecord> records, boolean update) {
    boolean fits = ids(records).stream().allMatch(id -> expected.live().containsKey(id) == update);
    try {
      accepted(update ? docs.update(records) : docs.insert(records), records);
      ModelChecks.require(fits, "accepted what it should have refused: " + records);
    } catch (AlreadyExistsException | NotFoundException e) {
      ModelChecks.require(
          !fits && update == e instanceof NotFoundException, "refused " + records + ": " + e);
    }
    return (update ? "update " : "insert ") + records;
  }

  private void accepted(WriteResult result, List<VectorRecord> records) {
    ModelChecks.require(
        result.count() == records.size(), "counted " + result.count() + " of " + records);
    records.forEach(record -> expected.put(record.id(), expected(record)));
  }

  /** Of versions that were read, one of which may be taken for another. */
  private String compareAndSet(Collection docs, List<VectorRecord> records) {
    Map<String, Long> versions = new HashMap<>();
    for (StoredRecord record : docs.get(ids(records))) {
      versions.put(record.id(), record.version());
    }
    boolean right = random.nextInt(3) > 0;
    List<VersionedWrite> changes = new ArrayList<>();
    List<Runnable> effects = new ArrayList<>();
    for (VectorRecord record : records) {
      Long version = versions.get(record.id());
      boolean wrong = !right && changes.isEmpty();
      if (version == null && !wrong) {
        changes.add(VersionedWrite.insert(record));
      } else {
        long given = version == null ? 1 : wrong ? version - 1 : version;
        changes.add(
            random.nextInt(4) == 0
                ? VersionedWrite.delete(record.id(), given)
                : VersionedWrite.update(record, given));
      }
      boolean deletes = changes.get(changes.size() - 1).newRecord().isEmpty();
      effects.add(
          deletes
              ? () -> expected.remove(record.id())
              : () -> expected.put(record.id(), expected(record)));
    }
    boolean fits = right || changes.isEmpty();
    try {
      docs.compareAndSet(changes);
      ModelChecks.require(fits, "accepted " + changes + " where there was " + versions);
      effects.forEach(Runnable::run);
    } catch (ConflictException e) {
      ModelChecks.require(!fits, "refused " + changes + ": " + e);
    }
    return "compare-and-set " + changes;
  }

  /** Sets or removes the expiry of records, some of which are not there. */
  String changeExpiry(Collection docs) {
    Set<String> ids = new LinkedHashSet<>();
    int count = random.nextInt(MAX_RECORDS + 1);
    for (int i = 0; i < count; i++) {
      ids.add(expected.id(random));
    }
    boolean set = random.nextInt(3) > 0;
    long ttl = 1 + random.nextInt(MAX_EXPIRY_MICROS);
    int changed = 0;
    for (String id : ids) {
      Expected record = expected.live().get(id);
      if (record != null && (set || record.expiresAtMicros() != ExpectedRecords.NO_EXPIRY)) {
        changed++;
        expected.setExpiry(id, set ? now.get() + ttl : ExpectedRecords.NO_EXPIRY);
      }
    }
    List<String> asked = new ArrayList<>(ids);
    WriteResult result =
        set ? docs.setTtl(asked, Duration.ofNanos(ttl * 1_000)) : docs.removeTtl(asked);
    ModelChecks.require(
        result.count() == changed, "changed " + result.count() + " expiries of " + changed);
    return (set ? "set " + ttl : "remove") + " expiry of " + asked;
  }
}
