package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.WriteResult;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.ProximaException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Row;
import io.proximadb.model.SparseVector;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Updates and changes of expiry, of records in memory, in files and in the log. */
class RecordOperationsTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final Duration NEVER = Duration.ofDays(100_000);
  private static final long START = 1_000_000_000L;

  @TempDir Path warehouse;

  private final AtomicLong now = new AtomicLong(START);
  private final AtomicBoolean failFlushes = new AtomicBoolean();

  /** What is not flushed stays in the log, also at the end of an engine, while flushes fail. */
  private EngineOptions options() {
    return EngineOptions.local(warehouse)
        .withFlush(64 << 20, NEVER)
        .withRefreshInterval(Duration.ZERO)
        .withClock(Clock.of(now::get))
        .withFailPoints(
            step -> {
              if (step.equals("flush.frozen") && failFlushes.get()) {
                throw new UnavailableException("The test lets flushes fail");
              }
            });
  }

  private static Instant at(long micros) {
    return Instant.EPOCH.plusNanos(micros * 1_000);
  }

  @Test
  void updatesReplaceLiveRecordsOnly() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.insert(List.of(Records.of("a", 1), Records.of("b", 2), Records.of("gone", 3)));
      docs.flush();
      docs.delete(List.of("gone"));
      docs.upsert(List.of(Records.of("c", 3)));

      WriteResult result = docs.update(List.of(Records.of("a", 10), Records.of("c", 30)));
      assertThat(result.count()).isEqualTo(2);
      for (String missing : List.of("gone", "never")) {
        assertThatThrownBy(
                () ->
                    docs.update(
                        List.of(
                            Records.of("b", 20), Records.of(missing, 40), Records.of("later", 50))))
            .isInstanceOf(NotFoundException.class)
            .hasMessageContaining("'" + missing + "'");
      }
      assertThatThrownBy(() -> docs.update(List.of(Records.of("a", 1), Records.of("a", 2))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("twice");
      assertThat(docs.get(List.of("a", "b", "c", "gone", "never", "later")))
          .extracting(Records::number)
          .containsExactly(10L, 2L, 30L);
      assertThat(docs.update(List.of()).count()).isZero();
    }
  }

  @Test
  void timeToLiveIsSetAndTakenBack() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("file", 1), Records.of("other", 2)));
      docs.flush();
      docs.upsert(List.of(Records.of("memory", 3), Records.of("deleted", 4)));
      docs.delete(List.of("deleted"));
      StoredRecord before = docs.get("file").orElseThrow();

      now.addAndGet(1_000);
      WriteResult set =
          docs.setTtl(
              List.of("file", "memory", "file", "deleted", "never"), Duration.ofSeconds(10));
      assertThat(set.count()).isEqualTo(2);
      StoredRecord after = docs.get("file").orElseThrow();
      assertThat(after.record().expiresAt()).isEqualTo(at(START + 1_000 + 10_000_000));
      assertThat(after.version()).isGreaterThan(before.version());
      assertThat(after.updatedAt()).isEqualTo(at(START + 1_000));
      assertThat(Records.number(after)).isEqualTo(1);
      assertThat(after.record().vectors().get("vector")).containsExactly(Records.vector(1));

      assertThat(docs.removeTtl(List.of("memory", "other", "never")).count()).isEqualTo(1);
      now.addAndGet(10_000_000);
      assertThat(docs.get("file")).isEmpty();
      assertThat(docs.get("memory").orElseThrow().record().expiresAt()).isNull();
      assertThat(docs.setTtl(List.of("file"), Duration.ofDays(1)).count()).isZero();
      assertThat(docs.removeTtl(List.of("file")).count()).isZero();
      docs.flush();
      assertThat(docs.get(List.of("file", "other", "memory")))
          .extracting(StoredRecord::id)
          .containsExactly("other", "memory");
    }
  }

  @Test
  void aTimeToLiveOutOfRangeIsRefused() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("a", 1)));
      for (Duration wrong :
          List.of(
              Duration.ZERO,
              Duration.ofNanos(-1),
              Collection.MAX_TTL.plusNanos(1),
              Duration.ofSeconds(Long.MAX_VALUE))) {
        assertThatThrownBy(() -> docs.setTtl(List.of("a"), wrong))
            .isInstanceOf(InvalidArgumentException.class)
            .hasMessageContaining(wrong.toString());
      }
      assertThatThrownBy(() -> docs.setTtl(List.of(""), Duration.ofDays(1)))
          .isInstanceOf(InvalidArgumentException.class);
      assertThat(docs.setTtl(List.of("a"), Collection.MAX_TTL).count()).isEqualTo(1);
      assertThat(docs.setTtl(List.of("a"), Duration.ofNanos(1)).count()).isEqualTo(1);
      now.addAndGet(1);
      assertThat(docs.get("a")).isEmpty();
    }
  }

  @Test
  void changesOfExpiryAreReplayedOverRowsOfFiles() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(
          List.of(
              Records.of("kept", 1).expiringAt(at(START + 10)),
              Records.of("short", 2),
              Records.of("both", 3)));
      docs.flush();
      docs.removeTtl(List.of("kept"));
      docs.setTtl(List.of("short", "both"), Duration.ofSeconds(1));
      docs.upsert(List.of(Records.of("memory", 4)));
      docs.setTtl(List.of("memory"), Duration.ofSeconds(2));
      docs.removeTtl(List.of("both"));
      failFlushes.set(true);
    }
    // By now the expiry that was taken back is over.
    now.addAndGet(100_000);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      assertThat(docs.describe().unflushedRecords()).isEqualTo(6);
      assertThat(docs.get(List.of("kept", "short", "both", "memory")))
          .extracting(record -> record.record().expiresAt())
          .containsExactly(null, at(START + 1_000_000), null, at(START + 2_000_000));
      now.addAndGet(1_000_000);
      failFlushes.set(false);
      docs.flush();
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      assertThat(engine.collection(DOCS).get(List.of("kept", "short", "both", "memory")))
          .extracting(StoredRecord::id)
          .containsExactly("kept", "both", "memory");
    }
  }

  @Test
  void aReplayedChangeOfARowThatAnotherWriterDeletedDoesNothing() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("a", 1), Records.of("b", 2)));
      docs.flush();
      docs.setTtl(List.of("a", "b"), Duration.ofSeconds(1));
      failFlushes.set(true);
    }
    try (Warehouse catalog = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      Tables.delete(catalog.load(DOCS), List.of("a"));
    }
    failFlushes.set(false);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      assertThat(docs.get("a")).isEmpty();
      assertThat(docs.get("b").orElseThrow().record().expiresAt()).isEqualTo(at(START + 1_000_000));
    }
  }

  @Test
  void everyTypeSurvivesAChangeOfExpiry() {
    Random random = Seed.random("RecordOperationsTest.types");
    CollectionSchema schema = RandomCollections.allTypes();
    List<VectorRecord> records = new ArrayList<>();
    for (Row row : RandomCollections.rows(schema, 300, random)) {
      records.add(record(schema, row));
    }
    List<String> ids = records.stream().map(VectorRecord::id).toList();
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, schema);
      docs.upsert(records.subList(0, 200));
      docs.flush();
      docs.upsert(records.subList(200, 300));
      assertThat(docs.setTtl(ids, Duration.ofDays(1)).count()).isEqualTo(300);
      check(docs.get(ids), records);
      failFlushes.set(true);
    }
    failFlushes.set(false);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      check(docs.get(ids), records);
      docs.flush();
      check(docs.get(ids), records);
    }
  }

  private static VectorRecord record(CollectionSchema schema, Row row) {
    Map<String, float[]> vectors = new LinkedHashMap<>();
    for (VectorField field : schema.vectorFields()) {
      vectors.put(field.name(), row.vectors()[vectors.size()]);
    }
    Map<String, Object> metadata = new LinkedHashMap<>();
    int column = 0;
    for (MetadataField field : schema.metadataFields()) {
      Object value = row.metadata()[column++];
      if (value != null) {
        metadata.put(field.name(), value);
      }
    }
    Map<String, SparseVector> sparse = new LinkedHashMap<>();
    for (VectorField field : schema.sparseFields()) {
      Object struct = metadata.remove(field.name());
      if (struct != null) {
        sparse.put(field.name(), SparseVector.ofStruct(struct));
      }
    }
    VectorRecord record = new VectorRecord(row.id(), vectors, metadata, null);
    for (Map.Entry<String, SparseVector> field : sparse.entrySet()) {
      record = record.withSparse(field.getKey(), field.getValue());
    }
    return record;
  }

  private static void check(List<StoredRecord> found, List<VectorRecord> expected) {
    assertThat(found).hasSize(expected.size());
    for (int i = 0; i < found.size(); i++) {
      VectorRecord record = found.get(i).record();
      assertThat(record.expiresAt()).isEqualTo(at(START).plus(Duration.ofDays(1)));
      assertThat(record.vectors()).usingRecursiveComparison().isEqualTo(expected.get(i).vectors());
      assertThat(record.sparseVectors()).isEqualTo(expected.get(i).sparseVectors());
      assertThat(record.metadata())
          .usingRecursiveComparison()
          .withEqualsForType(Double::equals, Double.class) // NaN equals itself
          .withEqualsForType(Float::equals, Float.class)
          .isEqualTo(expected.get(i).metadata());
    }
  }

  @Test
  void aRefusedUpdateIsNotFound() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      assertThatThrownBy(() -> docs.update(List.of(Records.of("a", 1))))
          .isInstanceOfSatisfying(
              ProximaException.class,
              error -> assertThat(error.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    }
  }
}
