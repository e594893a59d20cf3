package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.WriteResult;
import io.proximadb.env.Clock;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.Timestamps;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random operations on a collection and on a map, with flushes, failing flushes, restarts and
 * crashes in between: both hold the same records at every step.
 */
class OperationModelTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final Duration NEVER = Duration.ofDays(100_000);
  private static final int STEPS = 400;
  private static final int IDS = 30;
  private static final List<String> FLUSH_STEPS =
      List.of("flush.frozen", "flush.staged", "flush.promoted", "flush.committed");
  private static final List<String> COMPACTION_STEPS =
      List.of("compaction.written", "compaction.committed", "maintenance.installed");

  @TempDir Path folder;

  private final AtomicLong now = new AtomicLong(1_700_000_000_000_000L);
  private final Random random = Seed.random("OperationModelTest");
  private final Map<String, Expected> model = new TreeMap<>();
  private volatile String failAt = "";
  private ProximaEngine engine;
  private Collection docs;
  private long number;

  private record Expected(long number, long expiresAtMicros) {}

  private EngineOptions options() {
    return EngineOptions.local(folder.resolve("warehouse"))
        .withFlush(64 << 20, NEVER)
        .withClock(Clock.of(now::get))
        .withCatalogProperty("proximadb.maintenance.threads", "0")
        .withFailPoints(
            step -> {
              if (step.equals(failAt)) {
                throw new UnavailableException("The test fails at " + step);
              }
            });
  }

  @AfterEach
  void closeEngine() {
    failAt = "";
    if (engine != null) {
      engine.close();
    }
  }

  @Test
  void aCollectionHoldsWhatAMapHolds() {
    engine = ProximaEngine.open(options());
    docs = engine.createCollection(DOCS, Records.schema());
    for (int step = 0; step < STEPS; step++) {
      now.addAndGet(random.nextInt(4) == 0 ? random.nextInt(3_000_000) : 0);
      expire();
      String done = operation();
      check("step " + step + ": " + done);
    }
  }

  private void expire() {
    model.values().removeIf(record -> record.expiresAtMicros() <= now.get());
  }

  private String operation() {
    int choice = random.nextInt(100);
    if (choice < 60) {
      return write(choice / 10);
    }
    if (choice < 85) {
      return changeExpiry();
    }
    if (choice < 90) {
      docs.flush();
      return "flush";
    }
    if (choice < 93) {
      return failFlush();
    }
    if (choice < 95) {
      return maintain();
    }
    return choice < 98 ? reopen() : crash();
  }

  private List<VectorRecord> records() {
    Map<String, VectorRecord> records = new TreeMap<>();
    int count = random.nextInt(6);
    for (int i = 0; i < count; i++) {
      VectorRecord record = Records.of(id(), ++number);
      records.put(
          record.id(),
          random.nextInt(4) > 0
              ? record
              : record.expiringAt(Timestamps.ofMicros(now.get() + 1 + random.nextInt(2_000_000))));
    }
    return List.copyOf(records.values());
  }

  private String id() {
    return "r" + random.nextInt(IDS);
  }

  private String write(int kind) {
    List<VectorRecord> records = records();
    if (kind <= 2) {
      accepted(docs.upsert(records), records);
      return "upsert " + records;
    }
    boolean update = kind <= 4;
    boolean fits = records.stream().allMatch(record -> model.containsKey(record.id()) == update);
    if (kind == 5) {
      List<String> ids = records.stream().map(VectorRecord::id).toList();
      docs.delete(ids);
      ids.forEach(model::remove);
      return "delete " + ids;
    }
    if (fits) {
      accepted(update ? docs.update(records) : docs.insert(records), records);
    } else if (update) {
      String first =
          records.stream()
              .map(VectorRecord::id)
              .filter(id -> !model.containsKey(id))
              .findFirst()
              .orElseThrow();
      assertThatThrownBy(() -> docs.update(records))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("'" + first + "'");
    } else {
      assertThatThrownBy(() -> docs.insert(records)).isInstanceOf(AlreadyExistsException.class);
    }
    return (update ? "update " : "insert ") + records;
  }

  private void accepted(WriteResult result, List<VectorRecord> records) {
    assertThat(result.count()).isEqualTo(records.size());
    for (VectorRecord record : records) {
      Instant expiry = record.expiresAt();
      model.put(
          record.id(),
          new Expected(
              (Long) record.metadata().get("number"),
              expiry == null ? Long.MAX_VALUE : Timestamps.toMicros(expiry)));
    }
  }

  private String changeExpiry() {
    Set<String> ids = new LinkedHashSet<>();
    int count = random.nextInt(6);
    for (int i = 0; i < count; i++) {
      ids.add(id());
    }
    boolean set = random.nextInt(3) > 0;
    long ttl = 1 + random.nextInt(3_000_000);
    int changed = 0;
    for (String id : ids) {
      Expected record = model.get(id);
      if (record != null && (set || record.expiresAtMicros() != Long.MAX_VALUE)) {
        changed++;
        model.put(id, new Expected(record.number(), set ? now.get() + ttl : Long.MAX_VALUE));
      }
    }
    List<String> asked = new ArrayList<>(ids);
    WriteResult result =
        set ? docs.setTtl(asked, Duration.ofNanos(ttl * 1_000)) : docs.removeTtl(asked);
    assertThat(result.count()).isEqualTo(changed);
    return (set ? "set " + ttl : "remove") + " expiry of " + asked;
  }

  private String failFlush() {
    failAt = FLUSH_STEPS.get(random.nextInt(FLUSH_STEPS.size()));
    String step = failAt;
    try {
      docs.flush();
    } catch (UnavailableException e) {
      assertThat(e).hasMessageContaining(step);
    }
    failAt = "";
    return "fail at " + step;
  }

  private String maintain() {
    failAt = random.nextBoolean() ? COMPACTION_STEPS.get(random.nextInt(3)) : "";
    String step = failAt;
    try {
      engine.maintain(DOCS);
    } catch (UnavailableException e) {
      assertThat(e).hasMessageContaining(step);
    }
    failAt = "";
    return "maintain" + (step.isEmpty() ? "" : ", failing at " + step);
  }

  private String reopen() {
    failAt = random.nextBoolean() ? FLUSH_STEPS.get(random.nextInt(FLUSH_STEPS.size())) : "";
    String step = failAt;
    engine.close();
    failAt = "";
    now.addAndGet(random.nextInt(1_000_000));
    open();
    return "reopen" + (step.isEmpty() ? "" : ", failing at " + step);
  }

  /** What a killed process leaves: the files as they are while the engine runs. */
  private String crash() {
    Path warehouse = folder.resolve("warehouse");
    Path backup = folder.resolve("backup");
    Folders.copy(warehouse, backup);
    engine.close();
    Folders.restore(backup, warehouse);
    Folders.delete(backup);
    now.addAndGet(random.nextInt(1_000_000));
    open();
    return "crash";
  }

  private void open() {
    expire();
    engine = ProximaEngine.open(options());
    docs = engine.collection(DOCS);
  }

  private void check(String step) {
    Map<String, Expected> found = new TreeMap<>();
    try (ScanResult scan = docs.scan(ScanRequest.all())) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          long value = (Long) batch.column("number").value(i);
          Instant expiry = (Instant) batch.column("expires_at").value(i);
          String id = (String) batch.column("id").value(i);
          assertThat((float[]) batch.column("vector").value(i))
              .as("%s, vector of %s", step, id)
              .containsExactly(Records.vector(value));
          Expected before =
              found.put(
                  id,
                  new Expected(
                      value, expiry == null ? Long.MAX_VALUE : Timestamps.toMicros(expiry)));
          assertThat(before).as("%s, %s is there twice", step, id).isNull();
        }
      }
    }
    assertThat(found).as(step).isEqualTo(model);
  }
}
