package io.proximadb.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.maintenance.Compaction;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.model.CollectionName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamReader;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * After random writes, deletions, updates and compactions: every snapshot reads as the table read
 * then, with its counts and in the order of a distance; changes between any two snapshots make the
 * one the other; and a stream in small batches, interrupted at times, gives every version of a row
 * that a snapshot of it had, once.
 */
class HistoryDifferentialTest {
  private static final int STEPS = 9;
  private static final int IDS = 40;

  /** The table as it was: rows by id, as text. */
  private record State(long snapshot, Map<String, String> rows) {}

  @TempDir Path warehouse;
  @TempDir Path checkpoint;

  private final List<State> history = new ArrayList<>();
  private final List<String> streamed = new ArrayList<>();

  private static Random random() {
    String given = System.getProperty("proximadb.seed", "20261123");
    long seed = given.equals("random") ? System.nanoTime() & 0xffff_ffffL : Long.parseLong(given);
    System.out.println("HistoryDifferentialTest: replay with -Dproximadb.seed=" + seed);
    return new Random(seed);
  }

  private static final String COLUMNS = "id, n, category, CAST(vector AS STRING) AS v";

  private static Map<String, String> rows(Dataset<Row> rows) {
    Map<String, String> found = new TreeMap<>();
    for (Row row : rows.collectAsList()) {
      assertThat(found.put(row.getString(0), text(row))).isNull();
    }
    return found;
  }

  private static String text(Row row) {
    return row.get(0) + "|" + row.get(1) + "|" + row.get(2) + "|" + row.get(3);
  }

  private void step(SparkSession spark, CollectionTable table, Random random, int step)
      throws Exception {
    int kind = step == 0 ? 9 : random.nextInt(10);
    int at = random.nextInt(IDS);
    if (kind < 2) {
      spark.sql("DELETE FROM prox.db.t WHERE n % 7 = " + at % 7);
    } else if (kind < 4) {
      spark.sql("UPDATE prox.db.t SET n = n + 100 WHERE n % 5 = " + at % 5);
    } else if (kind < 6) {
      table.refresh();
      new Compaction().run(new MaintenanceScope(table, Clock.system(), FailPoints.NONE));
    } else if (kind == 6 && step > STEPS / 2) {
      TestCollections.rows(spark, "r", at, at + 20)
          .writeTo("prox.db.t")
          .overwrite(org.apache.spark.sql.functions.lit(true));
    } else {
      TestCollections.rows(spark, "r", at, at + 15)
          .selectExpr(
              "id",
              "vector",
              "IF(n % 4 = 0, NULL, category) AS category",
              "n + " + step + " AS n",
              "expires_at")
          .coalesce(1 + random.nextInt(2))
          .writeTo("prox.db.t")
          .append();
    }
  }

  private void stream(SparkSession spark, int maxFiles) throws Exception {
    DataStreamReader reader = spark.readStream().option("max-files-per-trigger", maxFiles);
    reader
        .table("prox.db.t")
        .selectExpr("id", "n", "category", "CAST(vector AS STRING) AS v")
        .writeStream()
        .option("checkpointLocation", checkpoint.toString())
        .trigger(Trigger.AvailableNow())
        .foreachBatch(
            (VoidFunction2<Dataset<Row>, Long>)
                (batch, id) -> batch.collectAsList().forEach(row -> streamed.add(text(row))))
        .start()
        .awaitTermination();
  }

  @ParameterizedTest
  @ValueSource(strings = {"viper", "lsm"})
  void historyReadsAsItWas(String layout) throws Exception {
    SparkSession spark = SparkSessions.open(warehouse);
    spark.conf().set("spark.sql.adaptive.enabled", false);
    TestCollections.create(spark);
    spark.sql("ALTER TABLE prox.db.t SET TBLPROPERTIES ('proximadb.layout' = '" + layout + "')");
    Random random = random();
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      CollectionTable table = opened.load(CollectionName.parse("db.t"));
      for (int step = 0; step < STEPS; step++) {
        step(spark, table, random, step);
        table.refresh();
        history.add(
            new State(
                table.snapshotId().getAsLong(),
                rows(spark.sql("SELECT " + COLUMNS + " FROM prox.db.t"))));
        if (step % 4 == 1) {
          stream(spark, 1 + random.nextInt(3));
        }
      }
    }
    stream(spark, 2);
    for (State state : history) {
      checkSnapshot(spark, state, random);
    }
    for (int i = 0; i < 4; i++) {
      int to = random.nextInt(history.size());
      checkChanges(spark, history.get(random.nextInt(to + 1)), history.get(to));
    }
    checkStream();
  }

  private static void checkSnapshot(SparkSession spark, State state, Random random) {
    String table = " FROM prox.db.t VERSION AS OF " + state.snapshot();
    assertThat(rows(spark.sql("SELECT " + COLUMNS + table))).isEqualTo(state.rows());
    Row counts = spark.sql("SELECT count(*), count(category), min(n), max(n)" + table).head();
    Row read =
        spark
            .sql(
                "SELECT count(*), count(category), min(n), max(n) FROM (SELECT n, category"
                    + table
                    + " WHERE abs(n) >= 0)")
            .head();
    assertThat(counts).isEqualTo(read);
    assertThat(counts.getLong(0)).isEqualTo(state.rows().size());
    String order =
        "SELECT id, n"
            + table
            + " ORDER BY vector_l2_distance(vector, array("
            + random.nextInt(IDS)
            + "f, 1f, 0f)), id LIMIT 5";
    spark.conf().set("spark.proximadb.search.mode", "off");
    List<Row> expected = spark.sql(order).collectAsList();
    spark.conf().set("spark.proximadb.search.mode", "exact");
    assertThat(spark.sql(order).collectAsList()).isEqualTo(expected);
    assertThat(spark.sql("SELECT id" + table + " LIMIT 6").collectAsList())
        .hasSize(Math.min(6, state.rows().size()));
  }

  private static void checkChanges(SparkSession spark, State from, State to) {
    Dataset<Row> changes =
        spark.sql(
            "SELECT "
                + COLUMNS
                + ", _change_type, _commit_version FROM prox.db.t CHANGES FROM VERSION "
                + from.snapshot()
                + " EXCLUSIVE TO VERSION "
                + to.snapshot()
                + " INCLUSIVE ORDER BY _commit_version, _change_type, id");
    Map<String, String> rows = new HashMap<>(from.rows());
    for (Row change : changes.collectAsList()) {
      if (change.getString(4).equals("delete")) {
        assertThat(rows.remove(change.getString(0))).as("%s", change).isEqualTo(text(change));
      } else {
        assertThat(change.getString(4)).isEqualTo("insert");
        assertThat(rows.put(change.getString(0), text(change))).as("%s", change).isNull();
      }
    }
    assertThat(rows).isEqualTo(to.rows());
  }

  /** What the stream began with was the table after the second step. */
  private void checkStream() {
    List<String> expected = new ArrayList<>(history.get(1).rows().values());
    for (int step = 2; step < history.size(); step++) {
      Map<String, String> before = history.get(step - 1).rows();
      boolean isOther = history.get(step).snapshot() != history.get(step - 1).snapshot();
      for (Map.Entry<String, String> row : history.get(step).rows().entrySet()) {
        if (isOther && !row.getValue().equals(before.get(row.getKey()))) {
          expected.add(row.getValue());
        }
      }
    }
    // A row that was written again as it was comes again.
    assertThat(streamed).containsAll(expected);
    assertThat(history.stream().flatMap(state -> state.rows().values().stream()).toList())
        .containsAll(streamed);
  }
}
