package io.proximadb.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.maintenance.Compaction;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.ReaderPins;
import io.proximadb.maintenance.SnapshotExpiry;
import io.proximadb.maintenance.SnapshotPins;
import io.proximadb.model.CollectionName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A query that lasts keeps the files of its snapshot, in a real session. */
class ReaderPinsTest {
  private static final CollectionName TABLE = CollectionName.parse("db.t");
  private static final int FILES = 5;
  private static final int ROWS = 40;

  @TempDir Path folder;

  private @Nullable Iterator<Row> running;

  private SparkSession session(String delayMs) {
    SparkSession spark = SparkSessions.open(folder);
    spark.conf().set("spark.sql.catalog.prox." + ReaderPins.DELAY, delayMs);
    spark.sql("CREATE NAMESPACE prox.db");
    TestCollections.create(spark);
    for (int i = 0; i < FILES; i++) {
      append(spark, i);
    }
    return spark;
  }

  private static void append(SparkSession spark, int i) {
    try {
      TestCollections.rows(spark, "r", i * ROWS, (i + 1) * ROWS)
          .coalesce(1)
          .writeTo("prox.db.t")
          .append();
    } catch (org.apache.spark.sql.catalyst.analysis.NoSuchTableException e) {
      throw new AssertionError(e);
    }
  }

  private static Set<String> pins(CollectionTable table) {
    table.refresh();
    Set<String> names = new TreeSet<>(table.table().refs().keySet());
    names.removeIf(name -> !name.startsWith(SnapshotPins.PREFIX));
    return names;
  }

  /** Merges all files, and lets what came before expire by a clock that is two minutes ahead. */
  private static void moveOn(CollectionTable table) {
    Clock ahead =
        Clock.of(
            () -> System.currentTimeMillis() * 1_000 + Duration.ofMinutes(2).toMillis() * 1_000);
    table.table().updateProperties().set("proximadb.snapshots.min-age-ms", "60000").commit();
    MaintenanceScope scope = new MaintenanceScope(table, ahead, FailPoints.NONE);
    assertThat(new Compaction().run(scope).done()).isTrue();
    assertThat(new SnapshotExpiry().run(scope).done()).isTrue();
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void aQueryThatLastsReadsOnAfterCompactionAndExpiry() {
    SparkSession spark = session("0");
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      CollectionTable table = warehouse.load(TABLE);
      long snapshot = table.snapshotId().getAsLong();
      List<Path> files = table.liveFiles().stream().map(file -> Path.of(file.location())).toList();
      assertThat(files).hasSize(FILES);
      running = query(spark);
      int read = 1;
      assertThat(running.next()).isNotNull();
      assertThat(pins(table)).isNotEmpty();
      moveOn(table);
      assertThat(table.table().snapshot(snapshot)).isNotNull();
      assertThat(table.snapshotId()).isNotEqualTo(java.util.OptionalLong.of(snapshot));
      assertThat(files).allMatch(Files::exists);
      for (; running.hasNext(); running.next()) {
        read++;
      }
      assertThat(read).isEqualTo(FILES * ROWS);
      running = null;
      // Nobody reads any more: the collector sees it, and the pin goes.
      while (!pins(table).isEmpty()) {
        System.gc();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
    }
  }

  /** One partition after the other is read; the data frame is nobody's afterwards. */
  private static Iterator<Row> query(SparkSession spark) {
    Dataset<Row> rows = spark.table("prox.db.t");
    return rows.toLocalIterator();
  }

  @Test
  void aShortQueryCostsNoCommit() {
    SparkSession spark = session("30000");
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      CollectionTable table = warehouse.load(TABLE);
      int history = table.table().history().size();
      assertThat(spark.table("prox.db.t").count()).isEqualTo((long) FILES * ROWS);
      assertThat(pins(table)).isEmpty();
      assertThat(table.table().history()).hasSize(history);
    }
  }

  @Test
  void withoutAPinTheFilesOfAnOldSnapshotGo() {
    SparkSession spark = session("30000");
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      CollectionTable table = warehouse.load(TABLE);
      long snapshot = table.snapshotId().getAsLong();
      List<Path> files = table.liveFiles().stream().map(file -> Path.of(file.location())).toList();
      running = query(spark);
      assertThat(running.next()).isNotNull();
      moveOn(table);
      assertThat(table.table().snapshot(snapshot)).isNull();
      assertThat(files).noneMatch(Files::exists);
    }
  }
}
