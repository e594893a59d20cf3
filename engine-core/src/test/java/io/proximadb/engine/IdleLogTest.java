package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.TableProperties;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.FencedException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Engines that do not flush to a table for long, and those that come back. */
class IdleLogTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final long DAY = Duration.ofDays(1).toMillis() * 1_000;

  @TempDir Path folder;

  private final AtomicLong now = new AtomicLong(1_700_000_000_000_000L);
  private final AtomicReference<String> failAt = new AtomicReference<>("");

  private EngineOptions options(String home) {
    return Engines.quiet(folder.resolve("warehouse"))
        .withHome(folder.resolve(home))
        .withFlush(64 << 20, Duration.ofDays(100_000))
        .withRefreshInterval(Duration.ZERO)
        .withClock(Clock.of(now::get))
        .withFailPoints(
            step -> {
              if (step.equals(failAt.get())) {
                throw new UnavailableException("The test fails at " + step);
              }
            });
  }

  private void create(Map<String, String> properties) {
    try (Warehouse warehouse = warehouse()) {
      warehouse.create(DOCS, Records.schema(), properties);
    }
  }

  private Warehouse warehouse() {
    return Warehouse.open(Map.of("warehouse", folder.resolve("warehouse").toString()));
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

  private Map<String, String> properties() {
    try (Warehouse warehouse = warehouse()) {
      return Map.copyOf(warehouse.load(DOCS).properties());
    }
  }

  private void setProperty(String key, String value) {
    try (Warehouse warehouse = warehouse()) {
      warehouse.load(DOCS).table().updateProperties().set(key, value).commit();
    }
  }

  private String engineId(String home) throws IOException {
    Matcher matcher =
        Pattern.compile("\"engine-id\" : \"([^\"]+)\"")
            .matcher(Files.readString(folder.resolve(home).resolve("engine.json")));
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  private boolean isNoted(String home) throws IOException {
    String id = engineId(home);
    Map<String, String> properties = properties();
    assertThat(properties.containsKey(TableProperties.walPosition(id)))
        .isEqualTo(properties.containsKey(TableProperties.walSession(id)));
    return properties.containsKey(TableProperties.walPosition(id));
  }

  @Test
  void anEngineThatDoesNotFlushForAMonthIsForgotten() throws Exception {
    create(Map.of());
    write("a", "a", 1);
    now.addAndGet(30 * DAY);
    write("b", "b", 2);
    assertThat(isNoted("a")).isTrue();
    now.addAndGet(1_000);
    write("b", "c", 3);
    assertThat(isNoted("a")).isFalse();
    assertThat(isNoted("b")).isTrue();
    // Its own position a flush never removes, however old it is.
    now.addAndGet(100 * DAY);
    write("b", "d", 4);
    assertThat(isNoted("b")).isTrue();
    // Nothing was left in the log of the one that was forgotten: it goes on.
    assertThat(properties()).containsKey(TableProperties.WAL_COLLECTED_UNTIL);
    try (ProximaEngine back = ProximaEngine.open(options("a"))) {
      assertThat(back.collection(DOCS).get("d")).isPresent();
    }
    writeUnflushed("a", "e", 5);
    write("a", "f", 6);
    assertThat(isNoted("a")).isTrue();
    assertThat(numbers()).isEqualTo(Map.of("a", 1L, "b", 2L, "c", 3L, "d", 4L, "e", 5L, "f", 6L));
  }

  @Test
  void theRetentionIsAPropertyOfTheTable() throws Exception {
    create(Map.of(TableProperties.WAL_IDLE_RETENTION, "60000"));
    write("a", "a", 1);
    now.addAndGet(60_000_000);
    write("b", "b", 2);
    assertThat(isNoted("a")).isTrue();
    now.addAndGet(1_000);
    setProperty(TableProperties.WAL_IDLE_RETENTION, "a while");
    write("b", "c", 3);
    assertThat(isNoted("a")).isTrue();
    setProperty(TableProperties.WAL_IDLE_RETENTION, "60000");
    write("b", "d", 4);
    assertThat(isNoted("a")).isFalse();
  }

  @Test
  void recordsThatAForgottenEngineMayHaveFlushedAreRefused() {
    create(Map.of());
    write("a", "a", 1);
    try (ProximaEngine engine = ProximaEngine.open(options("a"))) {
      Collection docs = engine.collection(DOCS);
      docs.upsert(List.of(Records.of("x", 2)));
      failAt.set("flush.committed");
      assertThatThrownBy(docs::flush).isInstanceOf(UnavailableException.class);
      failAt.set("");
      // Dies here: the table has the record, and the log does not say so.
      Folders.copy(folder.resolve("a"), folder.resolve("died"));
    }
    Folders.restore(folder.resolve("died"), folder.resolve("a"));
    now.addAndGet(31 * DAY);
    write("b", "x", 20);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> ProximaEngine.open(options("a")))
          .isInstanceOf(FencedException.class)
          .hasMessageContaining("1 records")
          .hasMessageContaining("did not flush to it for so long")
          .hasMessageContaining("2023-11-14T22:13:20")
          .hasMessageContaining("./proximadb wal inspect");
    }
    assertThat(numbers()).isEqualTo(Map.of("a", 1L, "x", 20L));
  }

  @Test
  void recordsThatAForgottenEngineCannotHaveFlushedAreReplayed() throws Exception {
    create(Map.of());
    write("a", "flushed", 1);
    now.addAndGet(1_000_000);
    writeUnflushed("a", "unflushed", 2);
    now.addAndGet(31 * DAY);
    write("b", "flushed", 10);
    assertThat(isNoted("a")).isFalse();
    write("a", "new", 3);
    assertThat(numbers()).isEqualTo(Map.of("flushed", 10L, "unflushed", 2L, "new", 3L));
  }

  @Test
  void theFirstFlushOfAnEngineThatNeverFlushedIsReplayedHoweverLate() {
    create(Map.of());
    writeUnflushed("a", "late", 1);
    now.addAndGet(100 * DAY);
    write("b", "b", 2);
    now.addAndGet(100 * DAY);
    write("b", "c", 3);
    write("a", "d", 4);
    assertThat(numbers()).isEqualTo(Map.of("late", 1L, "b", 2L, "c", 3L, "d", 4L));
  }

  @Test
  void aPositionWithoutASessionIsLeftAlone() {
    create(Map.of(TableProperties.walPosition("of-the-release-before"), "17"));
    write("a", "a", 1);
    now.addAndGet(100 * DAY);
    write("a", "b", 2);
    assertThat(properties())
        .containsEntry(TableProperties.walPosition("of-the-release-before"), "17")
        .doesNotContainKey(TableProperties.WAL_COLLECTED_UNTIL);
  }
}
