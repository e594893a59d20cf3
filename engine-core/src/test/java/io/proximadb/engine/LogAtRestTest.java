package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log whose records are all in their tables takes no room but for marks; one with others keeps
 * them.
 */
class LogAtRestTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 64;
  private static final int ROWS = 2_000;

  /** A header, and a mark. */
  private static final long AT_REST_BYTES = 8 << 10;

  @TempDir private Path warehouse;

  private long logBytes() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(warehouse.resolve("_proximadb/engine/wal"))) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private static List<VectorRecord> records(int from) {
    List<VectorRecord> records = new ArrayList<>();
    for (int i = from; i < from + ROWS; i++) {
      float[] vector = new float[DIMENSION];
      vector[i % DIMENSION] = i + 1;
      records.add(VectorRecord.of("r" + i, vector, Map.of()));
    }
    return records;
  }

  @Test
  void aClosedEngineLeavesAnEmptyLogAndGoesOnWhereItWas() throws IOException {
    EngineOptions options = EngineOptions.local(warehouse);
    long sequence;
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs =
          engine.createCollection(
              DOCS, CollectionSchema.builder().vector(DIMENSION, Metric.EUCLIDEAN).build());
      sequence = docs.upsert(records(0)).sequence();
      assertThat(logBytes()).isGreaterThan((long) ROWS * DIMENSION);
    }
    assertThat(logBytes()).isLessThan(AT_REST_BYTES);

    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs = engine.collection(DOCS);
      assertThat(docs.statistics().liveRows()).isEqualTo(ROWS);
      assertThat(docs.upsert(records(ROWS)).sequence()).isGreaterThan(sequence);
      docs.delete(List.of("r0"));
    }
    assertThat(logBytes()).isLessThan(AT_REST_BYTES);
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      assertThat(engine.collection(DOCS).statistics().liveRows()).isEqualTo(2 * ROWS - 1);
      assertThat(engine.collection(DOCS).get("r0")).isEmpty();
    }
  }

  @Test
  void anOpenEngineGivesBackTheLogsRoomWhenNothingWasWrittenForLong() throws IOException {
    EngineOptions options =
        EngineOptions.local(warehouse)
            .withFlush(EngineOptions.DEFAULT_FLUSH_BYTES, Duration.ofMillis(300));
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs =
          engine.createCollection(
              DOCS, CollectionSchema.builder().vector(DIMENSION, Metric.EUCLIDEAN).build());
      for (int round = 0; round < 2; round++) {
        long sequence = docs.upsert(records(round * ROWS)).sequence();
        await().until(() -> logBytes() < AT_REST_BYTES);
        assertThat(docs.statistics().unflushedRecords()).isZero();
        assertThat(docs.delete(List.of("r" + round)).sequence()).isGreaterThan(sequence);
      }
    }
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      assertThat(engine.collection(DOCS).statistics().liveRows()).isEqualTo(2 * ROWS - 2);
    }
  }

  /** A flush whose end the log came to rest before gives its room back all the same. */
  @Test
  void whatAFlushReleasesLateIsGivenBackToo() throws IOException {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    AtomicBoolean first = new AtomicBoolean(true);
    EngineOptions options =
        Engines.quiet(warehouse)
            .withFlush(EngineOptions.DEFAULT_FLUSH_BYTES, Duration.ofSeconds(1))
            .withFailPoints(
                step -> {
                  if (step.equals("flush.installed") && first.getAndSet(false)) {
                    awaitRest(before);
                  }
                });
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs =
          engine.createCollection(
              DOCS, CollectionSchema.builder().vector(DIMENSION, Metric.EUCLIDEAN).build());
      docs.upsert(records(0));
      docs.flush();
      await().until(() -> logBytes() < AT_REST_BYTES);
    }
  }

  /** Until nobody looks for flushes any more, or somebody waits for the one that runs. */
  private static void awaitRest(Set<Thread> before) {
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .filter(Predicate.not(before::contains))
                    .filter(thread -> thread.getName().equals("proximadb-flush"))
                    .map(Thread::getState)
                    .allMatch(
                        state -> state == Thread.State.WAITING || state == Thread.State.BLOCKED));
  }
}
