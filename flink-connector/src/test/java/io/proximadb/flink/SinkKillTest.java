package io.proximadb.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.model.Metric;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Task managers die and jobs start again from savepoints, older ones too, at random moments while a
 * changelog is written: in the end the collection is what the changelog makes, each id once, and
 * every checkpoint was committed once.
 */
class SinkKillTest {
  private static final TypeInformation<RowData> ROWS = InternalTypeInfo.of(Docs.ROW_TYPE);

  /** A few for every build; 300 make the long form. */
  private static final int ROUNDS = Integer.getInteger("proximadb.flink.kill-rounds", 3);

  private static final int CHANGES = 900;
  private static final int IDS = 60;
  private static final long PATIENCE_S = 120;
  private static MiniCluster cluster;

  /** Task managers are counted from the first; the oldest that lives is the next to die. */
  private static int killed;

  @TempDir Path folder;

  @BeforeAll
  static void start() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1_000);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(20));
    configuration.set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofMillis(200));
    configuration.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofSeconds(20));
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(2)
                .setNumSlotsPerTaskManager(2)
                .build());
    cluster.start();
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  private JobID submit(
      Path warehouse, ChangeScript script, int parallelism, @Nullable String savepoint)
      throws Exception {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(new Configuration());
    env.setParallelism(parallelism);
    env.enableCheckpointing(40);
    env.fromSource(
            new DataGeneratorSource<>(
                script::change, script.length(), RateLimiterStrategy.perCheckpoint(50), ROWS),
            WatermarkStrategy.noWatermarks(),
            "changes")
        .setParallelism(1)
        .uid("changes")
        .sinkTo(Docs.sink(warehouse).bufferBytes(4 << 10).build())
        .uid("docs");
    JobGraph job = env.getStreamGraph().getJobGraph();
    if (savepoint != null) {
      job.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(savepoint, false));
    }
    return cluster.submitJob(job).get(PATIENCE_S, TimeUnit.SECONDS).getJobID();
  }

  /** Waits until so many more checkpoints are committed, or the job is over. */
  private static void awaitCommits(JobID job, Path warehouse, int more) {
    int before = Docs.commits(warehouse).size();
    Awaitility.await()
        .atMost(Duration.ofSeconds(PATIENCE_S))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> isOver(job) || Docs.commits(warehouse).size() >= before + more);
  }

  private static boolean isOver(JobID job) throws Exception {
    return cluster.getJobStatus(job).get(PATIENCE_S, TimeUnit.SECONDS).isGloballyTerminalState();
  }

  /** A savepoint, if the job is not about to end or to start again. */
  private void savepoint(JobID job, List<String> savepoints) throws Exception {
    try {
      savepoints.add(
          cluster
              .triggerSavepoint(
                  job, folder.toUri().toString(), false, SavepointFormatType.CANONICAL)
              .get(PATIENCE_S, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      System.out.println("No savepoint this time: " + e.getMessage());
    }
  }

  private void round(long seed, Path warehouse) throws Exception {
    Docs.create(warehouse, Metric.EUCLIDEAN);
    ChangeScript script = new ChangeScript(seed, CHANGES, IDS, true);
    SplittableRandom random = new SplittableRandom(seed);
    List<String> savepoints = new ArrayList<>();
    JobID job = submit(warehouse, script, 1 + random.nextInt(2), null);
    int events = 0;
    while (!isOver(job) && events < 6) {
      awaitCommits(job, warehouse, random.nextInt(5));
      switch (random.nextInt(4)) {
        case 0, 1 -> savepoint(job, savepoints);
        case 2 -> {
          cluster.terminateTaskManager(killed++).get(PATIENCE_S, TimeUnit.SECONDS);
          cluster.startTaskManager();
        }
        default -> {
          if (!savepoints.isEmpty()) {
            cluster.cancelJob(job).get(PATIENCE_S, TimeUnit.SECONDS);
            cluster.requestJobResult(job).get(PATIENCE_S, TimeUnit.SECONDS);
            String from = savepoints.get(random.nextInt(savepoints.size()));
            job = submit(warehouse, script, 1 + random.nextInt(2), from);
          }
        }
      }
      events++;
    }
    assertThat(
            cluster
                .requestJobResult(job)
                .get(PATIENCE_S, TimeUnit.SECONDS)
                .getJobStatus()
                .orElseThrow())
        .as("seed %d", seed)
        .isEqualTo(JobStatus.FINISHED);
    assertThat(Docs.read(warehouse)).as("seed %d", seed).isEqualTo(script.outcome());
    List<String> commits = Docs.commits(warehouse);
    assertThat(new HashSet<>(commits)).as("seed %d", seed).hasSameSizeAs(commits);
  }

  @Test
  void nothingIsLostAndNothingComesTwice() throws Exception {
    long first = Long.getLong("proximadb.test.seed", System.nanoTime() & 0xffff_ffffL);
    for (int round = 0; round < ROUNDS; round++) {
      long seed = first + round;
      System.out.println("SinkKillTest round " + round + ": -Dproximadb.test.seed=" + seed);
      round(seed, folder.resolve("warehouse-" + round));
    }
  }
}
