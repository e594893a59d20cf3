package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.env.Clock;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disks;
import io.proximadb.io.LocalDisk;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.ForwardingDisk;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.RoutedDisk;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flush whose commit passed while the engine was told that something failed. */
class FlushRetryTest {
  @TempDir Path warehouse;

  @Test
  void aFlushAfterOneThatPassedUnnoticedWritesTheRest() {
    AtomicLong now = new AtomicLong(1_700_000_000_000_000L);
    boolean[] failing = {false};
    EngineOptions options =
        Engines.quiet(warehouse)
            .withFlush(64 << 20, Duration.ofDays(1))
            .withClock(Clock.of(now::get))
            .withFailPoints(
                step -> {
                  if (failing[0] && step.equals("flush.committed")) {
                    throw new UnavailableException("The test fails at " + step);
                  }
                });
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs = engine.createCollection(CollectionName.parse("docs"), Records.schema());
      docs.upsert(List.of(Records.of("a", 1), Records.of("b", 2)));
      failing[0] = true;
      assertThatThrownBy(docs::flush).isInstanceOf(UnavailableException.class);
      failing[0] = false;
      docs.upsert(List.of(Records.of("b", 3)));
      // The flush's own look at the table finds out that the first one had passed.
      now.addAndGet(EngineOptions.DEFAULT_REFRESH_INTERVAL.toNanos() / 1_000);
      assertThat(docs.flush().rows()).isEqualTo(1);
      assertThat(docs.describe().unflushedRecords()).isZero();
      assertThat(docs.describe().dataRows()).isEqualTo(2);
      assertThat(docs.get("b").orElseThrow().record().metadata()).containsEntry("number", 3L);
    }
  }

  /** As on a network file system, which keeps a file of a folder that another process has open. */
  @Test
  void leftoversOfAFlushThatCannotBeRemovedDoNotStopWrites() throws IOException {
    RoutedDisk.route(warehouse, new LocalDisk());
    EngineOptions options =
        Engines.quiet(warehouse).withCatalogProperty(Disks.DISK_IMPL, RoutedDisk.class.getName());
    CollectionName name = CollectionName.parse("docs");
    Path leftover;
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      engine.createCollection(name, Records.schema()).upsert(List.of(Records.of("a", 1)));
      engine.collection(name).flush();
    }
    try (Stream<Path> files = Files.walk(warehouse)) {
      Path own = files.filter(each -> each.endsWith("_proximadb")).findFirst().orElseThrow();
      leftover = Files.createDirectories(own.resolve("__flush")).resolve("leftover.parquet");
      Files.writeString(leftover, "of a flush that was killed");
    }
    RoutedDisk.route(
        warehouse,
        new ForwardingDisk(new LocalDisk()) {
          @Override
          public boolean delete(Path file) throws IOException {
            if (file.endsWith("__flush")) {
              throw new DirectoryNotEmptyException(file.toString());
            }
            return super.delete(file);
          }
        });
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs = engine.collection(name);
      docs.upsert(List.of(Records.of("b", 2)));
      assertThat(docs.flush().rows()).isEqualTo(1);
      assertThat(docs.get("b")).isPresent();
    } finally {
      RoutedDisk.unroute(warehouse);
    }
  }
}
