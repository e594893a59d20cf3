package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A random history of writes, deletions, failed writes, tags and pins, while another thread runs
 * all works over the table: no row is lost, every snapshot that is left can be read, no live file
 * goes, and in the end no stray file is left.
 */
class MaintenanceHistoryTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int COMMITS = Integer.getInteger("proximadb.history-commits", 60);
  private static final int IDS = 40;

  @TempDir Path folder;

  /** Held for reading by a commit under way, for writing while all files are made old. */
  private final ReadWriteLock aging = new ReentrantReadWriteLock();

  private final Upkeep upkeep = new Upkeep();

  @Test
  void rowsAndSnapshotsSurviveAllWorks() throws Exception {
    Random random = Seed.random("MaintenanceHistoryTest");
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      warehouse.create(
          DOCS,
          Records.schema(),
          Map.of(
              MaintenanceSettings.MANIFEST_MIN_COUNT,
              "4",
              MaintenanceSettings.SNAPSHOT_MIN_AGE,
              "60000"));
      long seed = random.nextLong();
      Future<Map<String, Long>> writer =
          threads.submit(() -> write(warehouse.load(DOCS), new Random(seed)));
      CollectionTable table = warehouse.load(DOCS);
      long removed = 0;
      int rounds = 0;
      while (!writer.isDone()) {
        // Files and snapshots of now are old, those that come from now on are not.
        long then;
        aging.writeLock().lock();
        try {
          Upkeep.age(table, Duration.ofDays(9));
          then = System.currentTimeMillis() + 60_000;
        } finally {
          aging.writeLock().unlock();
        }
        for (MaintenanceWork work : MaintenanceWorks.standard()) {
          Clock clock = Clock.of(() -> then * 1_000);
          boolean byFileTime = work.kind() == MaintenanceWork.Kind.ORPHAN_CLEANUP;
          MaintenanceScope scope =
              byFileTime
                  ? upkeep.scope(table)
                  : new MaintenanceScope(table, clock, FailPoints.NONE);
          removed += work.run(scope).filesRemoved();
        }
        rounds++;
      }
      Map<String, Long> expected = writer.get();
      System.out.println("MaintenanceHistoryTest: " + rounds + " rounds, " + removed + " files");
      assertThat(withoutExpired(Tables.numbers(table))).isEqualTo(expected);
      assertThat(withoutExpired(Tables.numbersByIceberg(table))).isEqualTo(expected);
      Upkeep.checkWhole(table);
      assertThat(removed).isPositive();
      upkeep.cleanUp(table);
      assertThat(Tables.numbers(table)).isEqualTo(expected);
      assertThat(Upkeep.strays(table)).isEmpty();
      Upkeep.checkWhole(table);
    } finally {
      threads.shutdownNow();
    }
  }

  private static Map<String, Long> withoutExpired(Map<String, Long> rows) {
    rows.keySet().removeIf(id -> id.startsWith("expired"));
    return rows;
  }

  private Map<String, Long> write(CollectionTable table, Random random) {
    Map<String, Long> expected = new TreeMap<>();
    SnapshotPins pins = new SnapshotPins(table, upkeep.clock());
    List<String> pinned = new ArrayList<>();
    for (int i = 0; i < COMMITS; i++) {
      aging.readLock().lock();
      try {
        switch (random.nextInt(10)) {
          case 0 -> {
            List<String> ids = List.of(id(random), id(random));
            Tables.delete(table, ids);
            expected.keySet().removeAll(ids);
          }
          case 1 -> {
            List<StagedSegment> lost = Tables.stage(table, List.of(Records.of("lost", i)));
            if (random.nextBoolean()) {
              lost.forEach(segment -> Staging.promote(table.table().io(), segment));
            }
          }
          case 2 ->
              Tables.upsert(
                  table,
                  List.of(Records.of("expired" + i, i).expiringAt(Instant.now().minusSeconds(1))));
          case 3 -> {
            if (table.snapshotId().isPresent()) {
              pinned.add(pins.create(table.snapshotId().getAsLong(), Duration.ofHours(1)));
            }
          }
          case 4 -> {
            if (!pinned.isEmpty()) {
              pins.release(pinned.remove(random.nextInt(pinned.size())));
            }
          }
          default -> Tables.upsert(table, records(random, i, expected));
        }
      } finally {
        aging.readLock().unlock();
      }
    }
    return expected;
  }

  private static String id(Random random) {
    return "r" + random.nextInt(IDS);
  }

  private static List<VectorRecord> records(Random random, int number, Map<String, Long> expected) {
    Map<String, VectorRecord> records = new TreeMap<>();
    for (int n = 1 + random.nextInt(5); n > 0; n--) {
      String id = id(random);
      records.put(id, Records.of(id, number));
      expected.put(id, (long) number);
    }
    return List.copyOf(records.values());
  }
}
