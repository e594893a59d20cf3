package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.CollectionStatistics;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.filter.Filter;
import io.proximadb.io.Disks;
import io.proximadb.io.LocalDisk;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.query.SnapshotScan;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.ForeignEngine;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.RoutedDisk;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.StoppingDisk;
import io.proximadb.testkit.StoppingDisk.Stop;
import io.proximadb.testkit.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written beside a table of its statistics is what measuring it gives. */
class TableStatisticsTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path folder;

  private Warehouse open() {
    return Warehouse.open(Map.of("warehouse", folder.resolve("warehouse").toString()));
  }

  private static Path file(CollectionTable table) {
    return Path.of(StatisticsFile.location(table.context(), table.snapshotId().orElseThrow()));
  }

  private static List<Path> written(CollectionTable table) {
    return Upkeep.files(table).stream()
        .filter(f -> f.toString().endsWith(".json"))
        .filter(f -> f.toString().contains("/statistics/"))
        .toList();
  }

  /** What was counted, without times and without bytes of files that others add. */
  private static List<Long> counts(MeasuredTable found) {
    return List.of(
        found.rows(),
        found.deletedRows(),
        found.expiredRows(),
        found.dataFiles(),
        found.dataBytes(),
        found.deleteBytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 2})
  void whatIsMeasuredStepByStepIsWhatTheWholeTableGives(int formatVersion) {
    Random random = Seed.random("TableStatisticsTest." + formatVersion);
    Upkeep upkeep = new Upkeep();
    try (Warehouse warehouse = open()) {
      CollectionTable table =
          warehouse.create(
              DOCS, Records.schema(), Map.of("format-version", Integer.toString(formatVersion)));
      ForeignEngine foreign = new ForeignEngine(warehouse.load(DOCS), random);
      TableMeasure measure = new TableMeasure();
      TableStatistics statistics = new TableStatistics();
      StatisticsWriting writing = new StatisticsWriting();
      MeasuredTable before = null;
      for (int step = 0; step < 24; step++) {
        change(table, foreign, upkeep, random, step);
        table.refresh();
        long now = upkeep.clock().nowMicros();
        MeasuredTable whole = measure.measure(table, table.table().currentSnapshot(), null, now);
        MeasuredTable after = measure.measure(table, table.table().currentSnapshot(), before, now);
        assertThat(counts(after)).as("step %s", step).isEqualTo(counts(whole));
        assertThat(whole.rows() - whole.deletedRows() - whole.expiredRows())
            .as("step %s", step)
            .isEqualTo(live(table, now));
        if (random.nextBoolean()) {
          upkeep.run(writing, table);
          assertThat(written(table)).containsExactly(file(table));
          assertThat(StatisticsFile.read(table.context(), table.snapshotId().orElseThrow()))
              .isNotNull()
              .satisfies(stored -> assertThat(counts(stored)).isEqualTo(counts(whole)));
        }
        assertThat(statistics.of(table, now).liveRows())
            .isEqualTo(whole.rows() - whole.deletedRows() - whole.expiredRows());
        before = whole;
      }
    }
  }

  private static long live(CollectionTable table, long nowMicros) {
    return SnapshotScan.of(table, null, nowMicros, Filter.alwaysTrue(), List.of()).tasks().stream()
        .mapToLong(
            task -> {
              try (SegmentReader reader = Segments.open(table.context(), task.file().dataFile())) {
                return task.positions(table.context(), reader).getLongCardinality();
              }
            })
        .sum();
  }

  private static void change(
      CollectionTable table, ForeignEngine foreign, Upkeep upkeep, Random random, int step) {
    int number = random.nextInt(1_000);
    switch (step == 0 ? 0 : random.nextInt(7)) {
      case 0, 1 -> Tables.upsert(table, records(random, 1 + random.nextInt(20), null));
      case 2 -> {
        Instant expiry =
            Instant.ofEpochMilli(upkeep.clock().nowMicros() / 1_000).plusSeconds(number - 500);
        Tables.upsert(table, records(random, 1 + random.nextInt(5), expiry));
      }
      case 3 -> Tables.delete(table, List.of("id" + random.nextInt(40), "id" + random.nextInt(40)));
      case 4 ->
          foreign.append(foreign.write(List.of(foreign.row("id" + random.nextInt(60), number))));
      case 5 -> upkeep.run(new Compaction(), table);
      default -> upkeep.pass(Duration.ofSeconds(100));
    }
  }

  private static List<VectorRecord> records(Random random, int count, Instant expiry) {
    List<VectorRecord> records = new ArrayList<>();
    int from = random.nextInt(40);
    for (int i = 0; i < count; i++) {
      VectorRecord record = Records.of("id" + (from + i), random.nextInt(1_000));
      records.add(expiry == null ? record : record.expiringAt(expiry));
    }
    return records;
  }

  @Test
  void whatIsReadIsWhatWasWrittenAndNothingElseIsOpened() throws IOException {
    Upkeep upkeep = new Upkeep();
    try (Warehouse warehouse = open()) {
      CollectionTable table = warehouse.create(DOCS, Records.schema(), Map.of());
      upkeep.run(new StatisticsWriting(), table);
      assertThat(written(table)).isEmpty();
      Tables.upsert(table, List.of(Records.of("a", 1), Records.of("b", 2)));
      Tables.delete(table, List.of("a"));
      upkeep.run(new StatisticsWriting(), table);
      long now = upkeep.clock().nowMicros();
      CollectionStatistics measured = new TableStatistics().of(table, now);
      assertThat(measured.liveRows()).isEqualTo(1);
      assertThat(measured.deletedRows()).isEqualTo(1);
      // No manifest is left to be read.
      for (Path file : Upkeep.files(table)) {
        if (file.toString().endsWith(".avro")) {
          Files.move(file, Path.of(file + ".away"));
        }
      }
      CollectionStatistics read = new TableStatistics().of(warehouse.load(DOCS), now + 1);
      assertThat(read).isEqualTo(measured);
      for (Path file : Upkeep.files(table)) {
        if (file.toString().endsWith(".away")) {
          Files.move(file, Path.of(file.toString().replace(".away", "")));
        }
      }
      byte[] good = Files.readAllBytes(file(table));
      Random random = Seed.random("TableStatisticsTest.damage");
      for (int i = 0; i < 100; i++) {
        byte[] bad = good.clone();
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
        Files.write(file(table), i == 0 ? new byte[0] : bad);
        CollectionStatistics found = new TableStatistics().of(table, now);
        assertThat(found.liveRows()).isEqualTo(1);
        assertThat(found.dataBytes()).isEqualTo(measured.dataBytes());
      }
      upkeep.run(new StatisticsWriting(), table);
      assertThat(StatisticsFile.read(table.context(), table.snapshotId().orElseThrow()))
          .isNotNull();
    }
  }

  @Test
  void anEngineTellsOfItsLogAndItsClusters() {
    EngineOptions options =
        Engines.quiet(folder.resolve("warehouse")).withRefreshInterval(Duration.ZERO);
    try (ProximaEngine engine = ProximaEngine.open(options);
        Warehouse warehouse = open()) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      assertThat(docs.statistics().oldestUnflushed()).isEmpty();
      Instant before = Instant.now().minusMillis(1);
      docs.upsert(List.of(Records.of("a", 1)));
      assertThat(docs.statistics().unflushedRecords()).isEqualTo(1);
      assertThat(docs.statistics().oldestUnflushed().orElseThrow())
          .isBetween(before, Instant.now());
      docs.flush();
      assertThat(docs.statistics().oldestUnflushed()).isEmpty();
      assertThat(docs.statistics().clusterGeneration()).isZero();
      assertThat(docs.statistics().lastFlush()).isPresent();
      engine.maintain(DOCS);
      CollectionTable table = warehouse.load(DOCS);
      assertThat(file(table)).exists();
      assertThat(docs.statistics().liveRows()).isEqualTo(1);
      // Another engine's commit is in the numbers, whatever file there is.
      ForeignEngine foreign =
          new ForeignEngine(warehouse.load(DOCS), Seed.random("TableStatisticsTest.engine"));
      foreign.append(foreign.write(List.of(foreign.row("a", 2), foreign.row("b", 3))));
      docs.refresh();
      assertThat(docs.statistics().liveRows()).isEqualTo(2);
      assertThat(docs.statistics().deletedRows()).isEqualTo(1);
    }
  }

  /** At each operation of the disk, by an error and by a crash that loses what is not synced. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWritingThatStopsLeavesNothingThatMisleads(boolean crash) throws IOException {
    Path warehouse = Files.createDirectories(folder.resolve("warehouse"));
    Upkeep upkeep = new Upkeep();
    boolean done = false;
    for (int operation = 1; !done; operation++) {
      RoutedDisk.route(warehouse, new LocalDisk());
      try (Warehouse tables = routed(warehouse)) {
        CollectionTable table =
            tables.exists(DOCS)
                ? tables.load(DOCS)
                : tables.create(DOCS, Records.schema(), Map.of());
        Tables.upsert(table, List.of(Records.of("a" + operation, 1)));
      }
      StoppingDisk disk = StoppingDisk.route(warehouse, new Stop(operation, crash));
      try (Warehouse tables = routed(warehouse)) {
        upkeep.run(new StatisticsWriting(), tables.load(DOCS));
      } catch (RuntimeException e) {
        assertThat(disk.isStopped()).as("%s", e).isTrue();
      }
      done = !disk.isStopped();
      disk.end();
      try (Warehouse tables = routed(warehouse)) {
        CollectionTable table = tables.load(DOCS);
        long now = upkeep.clock().nowMicros();
        assertThat(new TableStatistics().of(table, now).liveRows()).isEqualTo(operation);
        Upkeep later = new Upkeep();
        later.pass(Duration.ofDays(9));
        later.run(new OrphanCleanup(), table);
        later.run(new StatisticsWriting(), table);
        assertThat(written(table)).containsExactly(file(table));
        assertThat(Upkeep.files(table)).noneMatch(found -> found.toString().endsWith(".tmp"));
      }
    }
    RoutedDisk.unroute(warehouse);
  }

  private static Warehouse routed(Path warehouse) {
    return Warehouse.open(
        Map.of("warehouse", warehouse.toString(), Disks.DISK_IMPL, RoutedDisk.class.getName()));
  }
}
