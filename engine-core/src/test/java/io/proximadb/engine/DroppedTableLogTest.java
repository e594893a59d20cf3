package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Records;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the log holds of tables that another process dropped keeps nothing and hinders nothing. */
class DroppedTableLogTest {
  private static final CollectionName KEPT = CollectionName.parse("kept");
  private static final CollectionName DROPPED = CollectionName.parse("dropped");

  @TempDir Path warehouse;

  private final AtomicReference<String> failAt = new AtomicReference<>("");

  private EngineOptions options() {
    return Engines.quiet(warehouse)
        .withFlush(64 << 20, Duration.ofDays(1))
        .withCatalogProperty("proximadb.wal.segment-bytes", "4096")
        .withFailPoints(
            step -> {
              if (step.equals(failAt.get())) {
                throw new UnavailableException("The test fails at " + step);
              }
            });
  }

  @BeforeEach
  void twoTables() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      engine.createCollection(KEPT, Records.schema()).upsert(List.of(Records.of("a", 1)));
      engine.createCollection(DROPPED, Records.schema());
    }
  }

  private long segments() throws IOException {
    try (Stream<Path> files = Files.list(warehouse.resolve("_proximadb/engine/wal"))) {
      return files.filter(file -> file.toString().endsWith(".log")).count();
    }
  }

  private void drop() {
    try (Warehouse catalog = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      assertThat(catalog.drop(DROPPED)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theRecordsAreDroppedAndTheirSegmentsGo(boolean flushed) throws Exception {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection dropped = engine.collection(DROPPED);
      for (int i = 0; i < 200; i++) {
        dropped.upsert(List.of(Records.of("r" + i, i)));
        if (flushed && i % 120 == 0) {
          dropped.flush();
        }
      }
      engine.collection(KEPT).upsert(List.of(Records.of("b", 2)));
      failAt.set("flush.frozen");
    }
    failAt.set("");
    long before = segments();
    assertThat(before).isGreaterThan(2);
    drop();
    for (int i = 0; i < 2; i++) {
      try (ProximaEngine engine = ProximaEngine.open(options())) {
        assertThat(engine.listCollections("default")).containsExactly(KEPT);
        assertThat(engine.collection(KEPT).get(List.of("a", "b"))).hasSize(2);
        engine.collection(KEPT).flush();
        // The newest stays; a flush's mark may be in the one before.
        assertThat(segments()).isLessThanOrEqualTo(2);
      }
    }
  }

  @Test
  void aMarkOfADroppedTableAloneIsNoTrouble() throws Exception {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      engine.collection(DROPPED).upsert(List.of(Records.of("r", 1)));
      engine.collection(DROPPED).flush();
      engine.collection(KEPT).upsert(List.of(Records.of("b", 2)));
      engine.collection(KEPT).flush();
    }
    // One more session, so that the marks are all that is left of those flushes.
    ProximaEngine.open(options()).close();
    drop();
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      assertThat(engine.collection(KEPT).get(List.of("a", "b"))).hasSize(2);
      Collection again = engine.createCollection(DROPPED, Records.schema());
      again.upsert(List.of(Records.of("new", 1)));
      assertThat(again.get("r")).isEmpty();
      again.flush();
      assertThat(segments()).isLessThanOrEqualTo(2);
    }
  }
}
