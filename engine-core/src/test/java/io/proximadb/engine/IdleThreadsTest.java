package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An engine that has nothing to do has threads that are not woken at all. */
class IdleThreadsTest {
  private static final Duration SOON = Duration.ofMinutes(1);

  @TempDir Path folder;

  private static Thread thread(String name, Set<Thread> before) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Predicate.not(before::contains))
        .filter(thread -> thread.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** One that waits without a limit of time wakes only when somebody wakes it. */
  private static void awaitRest(Thread... threads) {
    for (Thread thread : threads) {
      await().atMost(SOON).until(() -> thread.getState() == Thread.State.WAITING);
    }
  }

  @Test
  void logAndFlushRestUntilSomethingIsWrittenAndNothingWaitsForThem() {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    long bytes = 1 << 20;
    try (ProximaEngine engine =
        ProximaEngine.open(Engines.quiet(folder).withFlush(bytes, Duration.ofMillis(50)))) {
      Thread log = thread("proximadb-wal", before);
      Thread flush = thread("proximadb-flush", before);
      Collection docs =
          engine.createCollection(
              CollectionName.parse("docs"),
              CollectionSchema.builder().vector(2, Metric.EUCLIDEAN).build());
      for (int round = 0; round < 3; round++) {
        docs.upsert(List.of(VectorRecord.of("r" + round, new float[] {round, 1}, Map.of())));
        long rows = round + 1;
        // By age, for nobody flushes.
        await().atMost(SOON).until(() -> docs.describe().dataRows() == rows);
        awaitRest(log, flush);
      }
      assertThat(docs.describe().unflushedRecords()).isZero();
    }
  }
}
