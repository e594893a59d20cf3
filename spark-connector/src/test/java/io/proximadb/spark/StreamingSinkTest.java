package io.proximadb.spark;

import static io.proximadb.spark.TestCollections.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streaming queries that write a collection: each epoch takes effect once, whatever dies. */
class StreamingSinkTest {
  private static final long FIRST_FILE_MILLIS = 1_700_000_000_000L;

  @TempDir Path folder;
  private SparkSession spark;
  private Path input;
  private int files;

  @BeforeEach
  void open() throws IOException {
    spark = SparkSessions.open(folder.resolve("warehouse"));
    TestCollections.create(spark);
    input = Files.createDirectory(folder.resolve("input"));
  }

  private void put(String file, String... lines) throws IOException {
    Path hidden = folder.resolve(file);
    Files.write(hidden, List.of(lines), StandardCharsets.UTF_8);
    // Spark takes files by their times, which may be the same to the millisecond.
    Files.setLastModifiedTime(hidden, FileTime.fromMillis(FIRST_FILE_MILLIS + 1_000L * files++));
    Files.move(hidden, input.resolve(file));
  }

  private Dataset<Row> lines() {
    return spark
        .readStream()
        .schema("id STRING, n INT")
        .option("maxFilesPerTrigger", 1)
        .csv(input.toString());
  }

  private static Dataset<Row> records(Dataset<Row> lines) {
    return lines.selectExpr("id", "array(CAST(n AS FLOAT), 0f, 1f) AS vector", "n");
  }

  private void run(DataStreamWriter<Row> writer) throws Exception {
    StreamingQuery query =
        writer
            .option("checkpointLocation", folder.resolve("checkpoint").toString())
            .trigger(Trigger.AvailableNow())
            .toTable("prox.db.t");
    assertThat(query.awaitTermination(TimeUnit.MINUTES.toMillis(2))).isTrue();
  }

  private List<String> rows() {
    return strings(spark.sql("SELECT id, n FROM prox.db.t"));
  }

  private Table table() {
    return Warehouses.open(java.util.Map.of("warehouse", folder.resolve("warehouse").toString()))
        .load(io.proximadb.model.CollectionName.parse("db.t"))
        .table();
  }

  private List<String> epochs() {
    List<String> epochs = new ArrayList<>();
    for (Snapshot snapshot : table().snapshots()) {
      String epoch = snapshot.summary().get("proximadb.spark.epoch");
      if (epoch != null) {
        epochs.add(epoch);
      }
    }
    return epochs;
  }

  /** Spark forgets that an epoch was committed, as if the driver had died right after it. */
  private void forgetLastCommit() throws IOException {
    Path commits = folder.resolve("checkpoint").resolve("commits");
    List<Path> noted = new ArrayList<>();
    try (var list = Files.list(commits)) {
      list.filter(file -> file.getFileName().toString().matches("\\d+")).forEach(noted::add);
    }
    Path last =
        noted.stream()
            .max(
                java.util.Comparator.comparingLong(
                    file -> Long.parseLong(file.getFileName().toString())))
            .orElseThrow();
    Files.delete(last);
    Files.deleteIfExists(commits.resolve("." + last.getFileName() + ".crc"));
  }

  @Test
  void anEpochThatComesAgainIsLeftOut() throws Exception {
    put("1", "a,1", "b,2");
    put("2", "b,3", "c,4");
    run(records(lines()).writeStream());
    assertThat(rows()).containsExactly("a|1", "b|3", "c|4");
    assertThat(epochs()).containsExactly("0", "1");
    // What another writer did since must not be written over by the epoch that comes again.
    spark.sql("UPDATE prox.db.t SET n = 30 WHERE id = 'b'");
    spark.sql("DELETE FROM prox.db.t WHERE id = 'c'");
    forgetLastCommit();
    put("3", "d,5");
    run(records(lines()).writeStream());
    assertThat(rows()).containsExactly("a|1", "b|30", "d|5");
    assertThat(epochs()).containsExactly("0", "1", "2");
    assertThat(TestCollections.files(spark, "__spark")).isEmpty();
  }

  /** Another query of the same epochs is another one. */
  @Test
  void queriesDoNotMeet() throws Exception {
    put("1", "a,1");
    run(records(lines()).writeStream());
    spark.sql("TRUNCATE TABLE prox.db.t");
    Files.move(folder.resolve("checkpoint"), folder.resolve("old"));
    run(records(lines()).writeStream());
    assertThat(rows()).containsExactly("a|1");
    assertThat(table().properties().keySet().stream().filter(key -> key.contains("spark.stream.")))
        .hasSize(2);
  }

  @Test
  void updatesAndCompleteResultsAreWritten() throws Exception {
    put("1", "a,1", "b,2");
    put("2", "b,3", "c,4");
    Dataset<Row> grouped =
        lines()
            .groupBy("id")
            .sum("n")
            .selectExpr("id", "array(0f, 0f, 1f) AS vector", "CAST(`sum(n)` AS INT) AS n");
    run(grouped.writeStream().outputMode("update"));
    assertThat(rows()).containsExactly("a|1", "b|5", "c|4");
    spark.sql("INSERT INTO prox.db.t (id, vector, n) VALUES ('other', array(1, 2, 3), 1)");
    Files.move(folder.resolve("checkpoint"), folder.resolve("old"));
    run(grouped.writeStream().outputMode("complete"));
    assertThat(rows()).containsExactly("a|1", "b|5", "c|4");
  }

  @Test
  void theNewestOfTheRowsOfAnIdIsTaken() throws Exception {
    put("1", "a,1", "a,3", "a,2", "b,2");
    assertThatThrownBy(() -> run(records(lines()).writeStream()))
        .hasStackTraceContaining("Invalid id: 'a' stands twice in this job");
    run(records(lines()).writeStream().option("version-column", "n"));
    assertThat(rows()).containsExactly("a|3", "b|2");
  }

  @Test
  void columnsAreNotCastAndSaySo() throws Exception {
    put("1", "a,1");
    assertThatThrownBy(
            () ->
                run(
                    lines()
                        .selectExpr("id", "array(CAST(n AS DOUBLE), 0D, 1D) AS vector")
                        .writeStream()))
        .hasStackTraceContaining("write CAST(vector AS ARRAY<FLOAT>)");
  }

  /** A process dies between our commit and Spark's note of it; the next one goes on. */
  @Test
  void anEpochOfAProcessThatDiedIsThereOnce() throws Exception {
    for (int i = 0; i < 4; i++) {
      put(Integer.toString(i), "a," + i, "b" + i + ",1");
    }
    runUntilDeath("2");
    assertThat(epochs()).containsExactly("0", "1", "2");
    spark.sql("DELETE FROM prox.db.t WHERE id = 'b2'");
    run(records(lines()).writeStream());
    assertThat(rows()).containsExactly("a|3", "b0|1", "b1|1", "b3|1");
    assertThat(epochs()).containsExactly("0", "1", "2", "3");
  }

  private void runUntilDeath(String epoch) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(StreamingChild.class.getName());
    command.add(folder.resolve("warehouse").toString());
    command.add(input.toString());
    command.add(folder.resolve("checkpoint").toString());
    command.add(epoch);
    Path log = folder.resolve("child.log");
    Process child =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(child.waitFor(3, TimeUnit.MINUTES)).as("ended").isTrue();
      assertThat(child.exitValue()).as(Files.readString(log)).isEqualTo(StreamingChild.DEAD);
    } finally {
      child.destroyForcibly();
    }
  }
}
