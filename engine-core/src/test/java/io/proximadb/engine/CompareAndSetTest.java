package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.VersionedWrite;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.ConflictException;
import io.proximadb.error.FencedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.StoredRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes that pass only if a record has the version that the writer read. */
class CompareAndSetTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int THREADS = 4;
  private static final int INCREMENTS = 60;

  @TempDir Path folder;

  private EngineOptions options() {
    return Engines.quiet(folder.resolve("warehouse"))
        .withFlush(64 << 20, Duration.ofHours(1))
        .withRefreshInterval(Duration.ZERO);
  }

  private static void increment(Collection docs, String id) {
    while (true) {
      StoredRecord record = docs.get(id).orElseThrow();
      try {
        docs.compareAndSet(
            List.of(
                VersionedWrite.update(
                    Records.of(id, Records.number(record) + 1), record.version())));
        return;
      } catch (ConflictException e) {
        assertThat(e).hasMessageContaining("'" + id + "'");
      }
    }
  }

  @Test
  void aCounterOfSeveralThreadsEndsExact() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.compareAndSet(
          List.of(
              VersionedWrite.insert(Records.of("a", 0)),
              VersionedWrite.insert(Records.of("b", 0))));
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        String id = thread % 2 == 0 ? "a" : "b";
        done.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < INCREMENTS; i++) {
                    increment(docs, id);
                  }
                }));
      }
      while (!done.stream().allMatch(Future::isDone)) {
        docs.flush();
      }
      for (Future<?> future : done) {
        future.get();
      }
      assertThat(docs.get(List.of("a", "b")))
          .extracting(Records::number)
          .containsExactly((long) THREADS / 2 * INCREMENTS, (long) THREADS / 2 * INCREMENTS);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aWriteThatIsNotAsExpectedFailsAsAWhole() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.insert(List.of(Records.of("a", 1), Records.of("b", 2), Records.of("gone", 3)));
      docs.flush();
      docs.delete(List.of("gone"));
      docs.upsert(List.of(Records.of("b", 20)));
      long a = docs.get("a").orElseThrow().version();
      long b = docs.get("b").orElseThrow().version();

      assertThatThrownBy(
              () ->
                  docs.compareAndSet(
                      List.of(
                          VersionedWrite.update(Records.of("a", 10), a),
                          VersionedWrite.update(Records.of("b", 30), b - 1))))
          .isInstanceOf(ConflictException.class)
          .hasMessageContaining("'b'")
          .hasMessageContaining("version " + b)
          .hasMessageContaining("expected version " + (b - 1));
      assertThatThrownBy(
              () -> docs.compareAndSet(List.of(VersionedWrite.insert(Records.of("a", 4)))))
          .isInstanceOf(ConflictException.class)
          .hasMessageContaining("version " + a)
          .hasMessageContaining("expected no live record");
      assertThatThrownBy(() -> docs.compareAndSet(List.of(VersionedWrite.delete("gone", 5))))
          .isInstanceOf(ConflictException.class)
          .hasMessageContaining("no live record (expected version 5)");
      assertThatThrownBy(
              () ->
                  docs.compareAndSet(
                      List.of(VersionedWrite.delete("a", a), VersionedWrite.delete("a", a))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("twice");
      assertThat(docs.get(List.of("a", "b", "gone")))
          .extracting(Records::number)
          .containsExactly(1L, 20L);

      assertThat(
              docs.compareAndSet(
                      List.of(
                          VersionedWrite.delete("a", a),
                          VersionedWrite.update(Records.of("b", 30), b),
                          VersionedWrite.insert(Records.of("gone", 40)),
                          VersionedWrite.delete("never", VersionedWrite.ABSENT)))
                  .count())
          .isEqualTo(3);
      docs.flush();
      assertThat(docs.get(List.of("a", "b", "gone")))
          .extracting(Records::number)
          .containsExactly(30L, 40L);
      assertThat(docs.get("b").orElseThrow().version()).isGreaterThan(b);
    }
  }

  @Test
  void anExpiredRecordIsAbsent() {
    AtomicLong now = new AtomicLong(1_000_000_000L);
    try (ProximaEngine engine = ProximaEngine.open(options().withClock(Clock.of(now::get)))) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.insert(List.of(Records.of("a", 1).expiringAt(Instant.ofEpochSecond(1_010))));
      docs.flush();
      now.set(1_010_000_000L);
      docs.compareAndSet(List.of(VersionedWrite.insert(Records.of("a", 2))));
      assertThat(Records.number(docs.get("a").orElseThrow())).isEqualTo(2);
    }
  }

  @Test
  void versionsHoldAcrossACrashAndATakeover() {
    Path warehouse = folder.resolve("warehouse");
    Path backup = folder.resolve("backup");
    long flushed;
    long logged;
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.insert(List.of(Records.of("file", 1), Records.of("memory", 1)));
      docs.flush();
      docs.upsert(List.of(Records.of("memory", 2)));
      flushed = docs.get("file").orElseThrow().version();
      logged = docs.get("memory").orElseThrow().version();
      Folders.copy(warehouse, backup);
    }
    Folders.restore(backup, warehouse);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      docs.compareAndSet(
          List.of(
              VersionedWrite.update(Records.of("file", 2), flushed),
              VersionedWrite.update(Records.of("memory", 3), logged)));
      assertThatThrownBy(
              () ->
                  docs.compareAndSet(
                      List.of(VersionedWrite.update(Records.of("memory", 4), logged))))
          .isInstanceOf(ConflictException.class);
    }
    try (ProximaEngine other =
        ProximaEngine.open(options().withHome(folder.resolve("other-home")))) {
      Collection docs = other.collection(DOCS);
      increment(docs, "file");
      increment(docs, "memory");
      assertThat(docs.get(List.of("file", "memory")))
          .extracting(Records::number)
          .containsExactly(3L, 4L);
    }
  }

  @Test
  void aCommitOfAnotherWriterIsAVersionToo() {
    try (Warehouse warehouse =
            Warehouse.open(Map.of("warehouse", folder.resolve("warehouse").toString()));
        ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      CollectionTable table = warehouse.load(DOCS);
      docs.insert(List.of(Records.of("a", 1)));
      docs.flush();
      long before = docs.get("a").orElseThrow().version();
      Tables.upsert(table, List.of(Records.of("a", 10)));
      assertThatThrownBy(
              () -> docs.compareAndSet(List.of(VersionedWrite.update(Records.of("a", 2), before))))
          .isInstanceOf(ConflictException.class);
      long foreign = docs.get("a").orElseThrow().version();
      docs.compareAndSet(List.of(VersionedWrite.update(Records.of("a", 11), foreign)));
      assertThat(docs.get("a").orElseThrow().version()).isGreaterThan(foreign);
      docs.flush();
      assertThat(Tables.numbersByIceberg(table)).isEqualTo(Map.of("a", 11L));
    }
  }

  @Test
  void anEngineThatWasTakenOverCannotFlushWhatItSwapped() {
    Path home = folder.resolve("home");
    try (ProximaEngine first = ProximaEngine.open(options().withHome(home))) {
      Collection docs = first.createCollection(DOCS, Records.schema());
      docs.insert(List.of(Records.of("a", 1)));
      docs.flush();
      try (Warehouse warehouse =
          Warehouse.open(Map.of("warehouse", folder.resolve("warehouse").toString()))) {
        Tables.raiseEpoch(warehouse.load(DOCS));
      }
      increment(docs, "a");
      assertThatThrownBy(docs::flush).isInstanceOf(FencedException.class);
      assertThatThrownBy(() -> increment(docs, "a")).isInstanceOf(FencedException.class);
    }
  }
}
