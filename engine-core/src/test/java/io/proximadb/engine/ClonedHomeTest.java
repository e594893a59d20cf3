package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.TableProperties;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.FencedException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32C;
import org.apache.iceberg.UpdateProperties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Homes that were cloned, and homes and tables that were put back to an older state. */
class ClonedHomeTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final String SALVAGE = "./proximadb wal inspect";

  @TempDir Path folder;

  private final AtomicReference<String> failAt = new AtomicReference<>("");

  @BeforeEach
  void aTableWithAFlushOfHomeA() {
    try (ProximaEngine engine = ProximaEngine.open(options("a"))) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("first", 1)));
      docs.flush();
    }
  }

  private EngineOptions options(String home) {
    return Engines.quiet(folder.resolve("warehouse"))
        .withHome(folder.resolve(home))
        .withFlush(64 << 20, Duration.ofDays(1))
        .withRefreshInterval(Duration.ZERO)
        .withCatalogProperty("proximadb.wal.segment-bytes", "4096")
        .withFailPoints(
            step -> {
              if (step.equals(failAt.get())) {
                throw new UnavailableException("The test fails at " + step);
              }
            });
  }

  private void write(String home, String id, long number) {
    try (ProximaEngine engine = ProximaEngine.open(options(home))) {
      engine.collection(DOCS).upsert(List.of(Records.of(id, number)));
    }
  }

  /** Writes what stays in the log. */
  private void writeUnflushed(String home, String id, long number) {
    failAt.set("flush.frozen");
    write(home, id, number);
    failAt.set("");
  }

  private Map<String, Long> numbers() {
    try (Warehouse warehouse = warehouse()) {
      return Tables.numbers(warehouse.load(DOCS));
    }
  }

  private Warehouse warehouse() {
    return Warehouse.open(Map.of("warehouse", folder.resolve("warehouse").toString()));
  }

  private void assertRefused(String home) {
    try (ProximaEngine engine = ProximaEngine.open(options(home))) {
      engine.collection(DOCS);
      throw new AssertionError("The home was not refused");
    } catch (FencedException e) {
      assertThat(e)
          .hasMessageContaining("cloned or restored from an older backup")
          .hasMessageContaining("session of the table=")
          .hasMessageContaining("new home")
          .hasMessageContaining(SALVAGE);
    }
  }

  @Test
  void ofTwoClonesTheFirstToFlushGoesOn() {
    for (String winner : List.of("a", "b")) {
      Folders.copy(folder.resolve("a"), folder.resolve("b"));
      String loser = winner.equals("a") ? "b" : "a";
      // Unflushed in both logs under the same numbers.
      writeUnflushed(loser, "lost-" + loser, 20);
      write(winner, "won-" + winner, 30);
      assertRefused(loser);
      assertRefused(loser);
      write(winner, "later-" + winner, 40);
      assertThat(numbers())
          .containsKeys("first", "won-" + winner, "later-" + winner)
          .doesNotContainKey("lost-" + loser);
      if (winner.equals("b")) {
        Folders.restore(folder.resolve("b"), folder.resolve("a"));
      }
      Folders.delete(folder.resolve("b"));
    }
  }

  @Test
  void aCloneThatIsOpenNoticesTheOthersFlush() {
    Folders.copy(folder.resolve("a"), folder.resolve("b"));
    try (ProximaEngine clone = ProximaEngine.open(options("b"))) {
      Collection docs = clone.collection(DOCS);
      assertThat(docs.get("first")).isPresent();
      write("a", "second", 2);
      assertThatThrownBy(() -> docs.upsert(List.of(Records.of("second", 3))))
          .isInstanceOf(FencedException.class)
          .hasMessageContaining(SALVAGE);
      assertThatThrownBy(() -> docs.get("first"))
          .isInstanceOf(FencedException.class)
          .hasMessageContaining(SALVAGE);
      assertThatThrownBy(() -> docs.upsert(List.of(Records.of("second", 3))))
          .isInstanceOf(FencedException.class);
    }
    write("a", "third", 3);
    assertThat(numbers()).isEqualTo(Map.of("first", 1L, "second", 2L, "third", 3L));
  }

  @Test
  void anOlderBackupOfAHomeIsRefused() {
    Folders.copy(folder.resolve("a"), folder.resolve("backup"));
    write("a", "second", 2);
    writeUnflushed("a", "third", 3);
    Path newest = folder.resolve("newest");
    Folders.copy(folder.resolve("a"), newest);
    Folders.restore(folder.resolve("backup"), folder.resolve("a"));
    assertRefused("a");
    Folders.restore(newest, folder.resolve("a"));
    write("a", "fourth", 4);
    assertThat(numbers()).hasSize(4);
  }

  @Test
  void aCopyOfARunningHomeThatLacksRecordsOfTheTableIsRefused() {
    try (ProximaEngine engine = ProximaEngine.open(options("a"))) {
      Collection docs = engine.collection(DOCS);
      docs.upsert(List.of(Records.of("second", 2)));
      Folders.copy(folder.resolve("a"), folder.resolve("backup"));
      docs.upsert(List.of(Records.of("third", 3)));
      docs.flush();
    }
    // Its sessions know the one that flushed.
    assertThatThrownBy(() -> ProximaEngine.open(options("backup")))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("older copy");
  }

  @Test
  void anOlderTableIsCaughtUpByALogThatReachesBackToIt() {
    try (ProximaEngine engine = ProximaEngine.open(options("a"))) {
      Collection docs = engine.collection(DOCS);
      docs.upsert(List.of(Records.of("second", 2)));
      docs.flush();
      Folders.copy(folder.resolve("warehouse"), folder.resolve("backup"));
      docs.upsert(List.of(Records.of("third", 3)));
      docs.flush();
      docs.upsert(List.of(Records.of("fourth", 4)));
      failAt.set("flush.frozen");
    }
    failAt.set("");
    Folders.restore(folder.resolve("backup"), folder.resolve("warehouse"));
    assertThat(numbers()).hasSize(2);
    write("a", "fifth", 5);
    assertThat(numbers())
        .isEqualTo(Map.of("first", 1L, "second", 2L, "third", 3L, "fourth", 4L, "fifth", 5L));
  }

  @Test
  void anOlderTableIsRefusedByALogThatDoesNotReachBackToIt() throws Exception {
    Folders.copy(folder.resolve("warehouse"), folder.resolve("backup"));
    long position = position();
    for (int round = 0; round < 3; round++) {
      List<VectorRecord> records = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        records.add(Records.of("r" + round + "-" + i, i));
      }
      try (ProximaEngine engine = ProximaEngine.open(options("a"))) {
        engine.collection(DOCS).upsert(records);
        engine.collection(DOCS).flush();
        engine.collection(DOCS).upsert(records);
      }
    }
    long held = position();
    Folders.restore(folder.resolve("backup"), folder.resolve("warehouse"));
    assertThatThrownBy(() -> ProximaEngine.open(options("a")))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("writes up to " + position + ",")
        .hasMessageContaining("up to " + held + " before")
        .hasMessageContaining("the log begins at ")
        .hasMessageContaining(SALVAGE);
  }

  @Test
  void anOlderTableIsNoticedWhenTheLogWasClosedInOrderAndHasNothingLeft() throws Exception {
    Folders.copy(folder.resolve("warehouse"), folder.resolve("backup"));
    long position = position();
    // One segment, which goes at the end with the marks of its flushes.
    EngineOptions large =
        options("a").withCatalogProperty("proximadb.wal.segment-bytes", "67108864");
    for (int round = 0; round < 2; round++) {
      try (ProximaEngine engine = ProximaEngine.open(large)) {
        engine.collection(DOCS).upsert(List.of(Records.of("second", round)));
      }
      // Opened and closed with nothing to do.
      ProximaEngine.open(large).close();
    }
    long held = position();
    Folders.restore(folder.resolve("backup"), folder.resolve("warehouse"));
    assertThatThrownBy(() -> ProximaEngine.open(large))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("writes up to " + position + ",")
        .hasMessageContaining("up to " + held + " before");
  }

  private long position() throws Exception {
    try (Warehouse warehouse = warehouse()) {
      CollectionTable table = warehouse.load(DOCS);
      return table.properties().entrySet().stream()
          .filter(entry -> entry.getKey().endsWith(".position"))
          .mapToLong(entry -> Long.parseLong(entry.getValue()))
          .max()
          .orElseThrow();
    }
  }

  @Test
  void aHomeAndATableOfTheReleaseBeforeGoOn() throws Exception {
    Path home = Files.createDirectory(folder.resolve("old"));
    String id = "5d0c7a52-8f0e-4f43-9c55-0d1f7f0b9a11";
    for (int i = 0; i < 2; i++) {
      // Twice: the second time with a log and a position of that engine.
      String values = "1|" + id + "|" + (7 + 2 * i);
      CRC32C checksum = new CRC32C();
      checksum.update(values.getBytes(StandardCharsets.UTF_8));
      Files.writeString(
          home.resolve("engine.json"),
          String.format(
              Locale.ROOT,
              "{'format-version':1,'engine-id':'%s','incarnation':%d,'crc32c':'%08x'}"
                  .replace('\'', '"'),
              id,
              7 + 2 * i,
              checksum.getValue()));
      try (Warehouse warehouse = warehouse()) {
        UpdateProperties update = warehouse.load(DOCS).table().updateProperties();
        update.remove(TableProperties.walSession(id)).commit();
      }
      write("old", "old" + i, 10 + i);
      writeUnflushed("old", "unflushed" + i, 20 + i);
      try (Warehouse warehouse = warehouse()) {
        CollectionTable table = warehouse.load(DOCS);
        assertThat(table.property(TableProperties.walPosition(id))).isNotNull();
        assertThat(table.property(TableProperties.walSession(id)))
            .matches("[0-9]+-[0-9a-f]{16}-[0-9]+");
      }
    }
    write("old", "end", 30);
    assertThat(new TreeMap<>(numbers()).keySet())
        .containsExactly("end", "first", "old0", "old1", "unflushed0", "unflushed1");
    Folders.copy(home, folder.resolve("clone"));
    write("clone", "clone", 40);
    assertRefused("old");
  }
}
