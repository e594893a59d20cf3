package io.proximadb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole jobs on a cluster within this JVM. */
class ProximaSinkJobTest {
  private static final TypeInformation<RowData> ROWS = InternalTypeInfo.of(Docs.ROW_TYPE);
  private static final long CHECKPOINT_INTERVAL_MS = 30;
  private static final int ROWS_PER_CHECKPOINT = 60;

  @TempDir Path warehouse;
  @TempDir Path checkpoints;
  private String name;

  @BeforeEach
  void createCollection(TestInfo test) {
    Docs.create(warehouse, Metric.EUCLIDEAN);
    name = test.getDisplayName() + System.nanoTime();
  }

  private static Configuration restarting(int attempts) {
    Configuration configuration = new Configuration();
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY, attempts == 0 ? "none" : "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, attempts);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
    return configuration;
  }

  private StreamExecutionEnvironment streaming(int parallelism, Configuration configuration) {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
    env.enableCheckpointing(CHECKPOINT_INTERVAL_MS);
    return env;
  }

  private DataStream<RowData> changes(
      StreamExecutionEnvironment env, ChangeScript script, RateLimiterStrategy<?> pace) {
    DataGeneratorSource<RowData> source =
        new DataGeneratorSource<>(script::change, script.length(), pace, ROWS);
    return env.fromSource(source, WatermarkStrategy.noWatermarks(), "changes")
        .setParallelism(1)
        .uid("changes")
        .map(new Probe(name))
        .setParallelism(1)
        .returns(ROWS)
        .uid("probe");
  }

  private void addScript(
      StreamExecutionEnvironment env, ChangeScript script, RateLimiterStrategy<?> pace) {
    changes(env, script, pace).sinkTo(Docs.sink(warehouse).build()).uid("docs");
  }

  private void checkOutcome(ChangeScript script) {
    assertThat(Docs.read(warehouse)).as("seed %d", script.seed()).isEqualTo(script.outcome());
    List<String> commits = Docs.commits(warehouse);
    assertThat(new HashSet<>(commits)).as("seed %d", script.seed()).hasSameSizeAs(commits);
  }

  /**
   * Without deletions, as a checkpoint that only deletes ids that are not there changes no row.
   * What came before a checkpoint that was given up is committed by itself or with the next one.
   */
  @ParameterizedTest
  @CsvSource({"1, 600, 60", "2, 600, 60", "3, 600, 60", "2, 20, 1"})
  void eachCheckpointWithChangesIsOneCommit(int parallelism, int rows, int rowsPerCheckpoint)
      throws Exception {
    ChangeScript script = ChangeScript.fresh("eachCheckpoint", rows, 50).withoutDeletions();
    StreamExecutionEnvironment env = streaming(parallelism, restarting(0));
    addScript(env, script, RateLimiterStrategy.perCheckpoint(rowsPerCheckpoint));
    env.execute();
    checkOutcome(script);
    assertThat(Docs.commits(warehouse))
        .as("seed %d", script.seed())
        .hasSizeBetween(Probe.log(name).stretches.get(), Probe.log(name).barrierStretches.get())
        // The limit starts anew when a checkpoint completes, which is after its barrier.
        .hasSizeGreaterThanOrEqualTo(rows / (2 * rowsPerCheckpoint));
    assertThat(Docs.positions(warehouse)).hasSize(1);
  }

  @Test
  void checkpointsWithoutChangesCommitNothing() throws Exception {
    ChangeScript script = new ChangeScript(1, 300, 10, true);
    StreamExecutionEnvironment env = streaming(2, restarting(0));
    changes(env, script, RateLimiterStrategy.perCheckpoint(ROWS_PER_CHECKPOINT))
        .filter(row -> false)
        .sinkTo(Docs.sink(warehouse).build());
    env.execute();
    assertThat(Probe.log(name).stretches.get()).isGreaterThan(3);
    assertThat(Docs.commits(warehouse)).isEmpty();
    assertThat(Docs.positions(warehouse)).isEmpty();
  }

  @Test
  void failuresLoseNothingAndRepeatNothing() throws Exception {
    ChangeScript script = ChangeScript.fresh("failures", 900, 60);
    SplittableRandom random = new SplittableRandom(script.seed());
    Probe.Log log = Probe.log(name);
    for (int i = 0; i < 3; i++) {
      log.failAtRows.add(random.nextLong(1, script.length()));
      log.failAtCompletions.add(random.nextInt(1, 9));
    }
    int failures = log.failAtRows.size() + log.failAtCompletions.size();
    StreamExecutionEnvironment env = streaming(2, restarting(failures));
    addScript(env, script, RateLimiterStrategy.perCheckpoint(ROWS_PER_CHECKPOINT));
    env.execute();
    assertThat(log.failAtRows).as("failures that did not happen").isEmpty();
    assertThat(log.failAtCompletions).as("failures that did not happen").isEmpty();
    checkOutcome(script);
    assertThat(Docs.positions(warehouse)).hasSize(1);
  }

  @Test
  void aNewJobGoesOnFromTheCheckpointOfAFailedOne() throws Exception {
    ChangeScript script = ChangeScript.fresh("aNewJob", 600, 50);
    Configuration first = restarting(0);
    first.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    first.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    Probe.log(name).failAtCompletions.add(3);
    StreamExecutionEnvironment env = streaming(2, first);
    addScript(env, script, RateLimiterStrategy.perCheckpoint(ROWS_PER_CHECKPOINT));
    assertThatThrownBy(env::execute).hasStackTraceContaining("Injected failure after checkpoint");

    Configuration second = restarting(0);
    second.set(StateRecoveryOptions.SAVEPOINT_PATH, latestCheckpoint().toUri().toString());
    StreamExecutionEnvironment continued = streaming(1, second);
    addScript(continued, script, RateLimiterStrategy.perCheckpoint(ROWS_PER_CHECKPOINT));
    continued.execute();
    checkOutcome(script);
    assertThat(Docs.positions(warehouse)).as("one for each job").hasSize(2);
  }

  private Path latestCheckpoint() throws IOException {
    try (Stream<Path> files = Files.walk(checkpoints)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .map(Path::getParent)
          .max(
              Comparator.comparingInt(
                  folder -> Integer.parseInt(folder.getFileName().toString().substring(4))))
          .orElseThrow();
    }
  }

  @Test
  void aBadRowFailsTheJobBeforeItsCheckpointIsVisible() throws Exception {
    StreamExecutionEnvironment env = streaming(2, restarting(0));
    env.enableCheckpointing(Duration.ofHours(1).toMillis());
    DataStream<RowData> rows =
        env.fromData(
            ROWS,
            Docs.row(RowKind.INSERT, "good", 1),
            Docs.row(RowKind.INSERT, "bad", 2, new float[] {1, 2}));
    rows.sinkTo(Docs.sink(warehouse).build());
    assertThatThrownBy(env::execute)
        .hasStackTraceContaining(
            "Invalid dimension of vector 'vector' of record 'bad': 2 (expected 4)");
    assertThat(Docs.commits(warehouse)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"BATCH", "STREAMING"})
  void withoutCheckpointsTheEndOfTheInputCommits(String mode) throws Exception {
    ChangeScript script = ChangeScript.fresh("withoutCheckpoints", 300, 40);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, restarting(0));
    env.setRuntimeMode(RuntimeExecutionMode.valueOf(mode));
    addScript(env, script, RateLimiterStrategy.noOp());
    env.execute();
    checkOutcome(script);
    assertThat(Docs.commits(warehouse)).hasSize(1);
  }

  @Test
  void aJobThatStartsOverWithItsOldIdCommitsAgain() throws Exception {
    Configuration fixedId = restarting(0);
    fixedId.set(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID, new JobID().toHexString());
    for (int value = 1; value <= 2; value++) {
      StreamExecutionEnvironment env = streaming(1, fixedId);
      env.fromData(ROWS, Docs.row(RowKind.INSERT, "a", value))
          .sinkTo(Docs.sink(warehouse).sinkUid("docs").build());
      env.execute();
    }
    assertThat(Docs.read(warehouse)).isEqualTo(Map.of("a", 2));
    assertThat(Docs.positions(warehouse)).hasSize(2);
  }

  @Test
  void sinksAreCheckedWhenTheyAreBuilt() {
    assertThatThrownBy(() -> ProximaSink.builder().warehouse(warehouse.toString()).build())
        .hasMessage("Invalid sink: no collection was given");
    assertThatThrownBy(() -> Docs.sink(warehouse).collection("default.nowhere").build())
        .hasMessageContaining("default.nowhere");
    assertThatThrownBy(() -> Docs.sink(warehouse).collection("default.a-b").build())
        .hasMessageContaining("Invalid collection name: 'a-b'");
    assertThatThrownBy(() -> Docs.sink(warehouse).bufferBytes(10).build())
        .hasMessage("Invalid buffer size: 10 bytes (expected at least 1024)");
  }
}
