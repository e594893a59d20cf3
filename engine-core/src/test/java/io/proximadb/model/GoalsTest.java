package io.proximadb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.testkit.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goals as properties of a table. */
class GoalsTest {
  @Test
  void goalsComeBackFromTheirProperties() {
    Random random = Seed.random("GoalsTest");
    for (int i = 0; i < 500; i++) {
      Goals goals = Goals.NONE;
      goals = random.nextBoolean() ? goals.withRecall(1 - random.nextDouble()) : goals;
      goals =
          random.nextBoolean()
              ? goals.withP99(Duration.ofNanos(1_000L * (10 + random.nextInt(1_000_000))))
              : goals;
      goals =
          random.nextBoolean()
              ? goals.withMemoryBytes(Goals.MIN_MEMORY_BYTES + random.nextInt(Integer.MAX_VALUE))
              : goals;
      goals =
          random.nextBoolean()
              ? goals.withFreshness(Duration.ofMillis(100 + random.nextInt(80_000_000)))
              : goals;
      assertThat(Goals.of(goals.properties())).isEqualTo(goals);
      assertThat(goals.isNone()).isEqualTo(goals.properties().isEmpty());
      assertThat(Goals.PROPERTIES).containsAll(goals.properties().keySet());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "proximadb.axis.recall, 0",
    "proximadb.axis.recall, 1.01",
    "proximadb.axis.recall, NaN",
    "proximadb.axis.recall, much",
    "proximadb.axis.p99-us, 9",
    "proximadb.axis.p99-us, 600000001",
    "proximadb.axis.p99-us, 9223372036854775807",
    "proximadb.axis.p99-us, 1.5",
    "proximadb.axis.memory-bytes, 1048575",
    "proximadb.axis.memory-bytes, -1",
    "proximadb.axis.freshness-ms, 99",
    "proximadb.axis.freshness-ms, 86400001",
    "proximadb.axis.freshness-ms, 9223372036854775807",
    "proximadb.axis.freshness-ms, soon"
  })
  void whatMakesNoSenseIsRefusedByName(String property, String value) {
    Map<String, String> properties = Map.of(property, value);
    assertThatThrownBy(() -> Goals.of(properties))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(property)
        .hasMessageContaining("expected");
    List<String> problems = new ArrayList<>();
    assertThat(Goals.of(properties, (named, problem) -> problems.add(named + " " + problem)))
        .isEqualTo(Goals.NONE);
    assertThat(problems).singleElement().asString().startsWith(property + " Invalid goal");
  }

  @Test
  void oneThatMakesNoSenseLeavesTheOthers() {
    Map<String, String> properties = Map.of(Goals.RECALL, " 0.9 ", Goals.P99, "fast", "other", "1");
    assertThat(Goals.of(properties, (property, problem) -> {}))
        .isEqualTo(Goals.NONE.withRecall(0.9));
  }
}
