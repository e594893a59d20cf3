package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.PropertyCommit;
import io.proximadb.catalog.Warehouse;
import io.proximadb.io.Disks;
import io.proximadb.io.LocalDisk;
import io.proximadb.model.CollectionName;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.Folders;
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
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each work is stopped at each operation of the disk, by an error and by a crash that loses what is
 * not synced: the table stays readable with the right rows, and a clean-up leaves no stray file.
 */
class MaintenanceFaultTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  /** How many operations of each work are drawn; {@code -Dproximadb.fault-runs=1000} for all. */
  private static final int RUNS = Integer.getInteger("proximadb.fault-runs", 3);

  enum Work {
    SWEEP(TtlSweep::new),
    MANIFESTS(ManifestRewrite::new),
    EXPIRY(SnapshotExpiry::new),
    ORPHANS(OrphanCleanup::new),
    LAYOUT(ChangeOfLayout::new);

    private final Supplier<MaintenanceWork> work;

    Work(Supplier<MaintenanceWork> work) {
      this.work = work;
    }
  }

  /** Names the other layout, and rewrites all files in it. */
  private static final class ChangeOfLayout implements MaintenanceWork {
    private final Compaction compaction = new Compaction();

    @Override
    public Kind kind() {
      return Kind.COMPACTION;
    }

    @Override
    public MaintenanceResult run(MaintenanceScope scope) {
      PropertyCommit.on(scope.table()).set(StorageFormat.LAYOUT_PROPERTY, "lsm").commit();
      return compaction.run(scope);
    }
  }

  @TempDir Path temp;

  private Path warehouseFolder() {
    return temp.resolve("warehouse");
  }

  private Warehouse open() {
    return Warehouse.open(
        Map.of(
            "warehouse",
            warehouseFolder().toString(),
            Disks.DISK_IMPL,
            RoutedDisk.class.getName()));
  }

  /** A table on which every work has something to do. */
  private Map<String, Long> prepare() throws IOException {
    Files.createDirectories(warehouseFolder());
    RoutedDisk.route(warehouseFolder(), new LocalDisk());
    try (Warehouse warehouse = open()) {
      CollectionTable table =
          warehouse.create(
              DOCS, Records.schema(), Map.of(MaintenanceSettings.MANIFEST_MIN_COUNT, "3"));
      Instant past = Instant.now().minusSeconds(1);
      for (int i = 0; i < 4; i++) {
        Tables.upsert(
            table,
            List.of(
                Records.of("a", i),
                Records.of("b" + i, i),
                Records.of("expired" + i, i).expiringAt(past)));
      }
      Tables.delete(table, List.of("b0"));
      Upkeep.stray(table, "data", "lost.parquet");
      Upkeep.stray(table, "metadata", "lost-m0.avro");
      Upkeep.stray(table, "_proximadb/index", "lost.parquet.ids-v1");
      Upkeep.stray(table, Upkeep.staging("compaction"), "lost2.parquet");
      return withoutExpired(Tables.numbers(table));
    }
  }

  private static Map<String, Long> withoutExpired(Map<String, Long> rows) {
    rows.keySet().removeIf(id -> id.startsWith("expired"));
    return rows;
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void aFailureAtAnyOperationLosesNothingAndLeavesNothing(Work work) throws Exception {
    Map<String, Long> expected = prepare();
    Folders.copy(warehouseFolder(), temp.resolve("template"));
    int operations = stopAt(work, Stop.NONE, expected);
    assertThat(operations).isGreaterThan(5);
    Random random = Seed.random("MaintenanceFaultTest " + work);
    for (Stop stop : Stop.draw(operations, RUNS, random)) {
      Folders.restore(temp.resolve("template"), warehouseFolder());
      stopAt(work, stop, expected);
    }
    System.out.println("MaintenanceFaultTest " + work + ": " + operations + " operations");
    RoutedDisk.unroute(warehouseFolder());
  }

  /** Gives the number of operations that there were. */
  private int stopAt(Work work, Stop stop, Map<String, Long> expected) throws IOException {
    Upkeep upkeep = new Upkeep();
    upkeep.pass(Duration.ofDays(2));
    StoppingDisk disk = StoppingDisk.route(warehouseFolder(), stop);
    try (Warehouse warehouse = open()) {
      upkeep.run(work.work.get(), warehouse.load(DOCS));
    } catch (RuntimeException e) {
      assertThat(disk.isStopped()).as("%s", e).isTrue();
    }
    int operations = disk.operations();
    assertThat(disk.isStopped()).as("%s", stop).isEqualTo(stop != Stop.NONE);
    disk.end();
    try (Warehouse warehouse = open()) {
      CollectionTable table = warehouse.load(DOCS);
      String as = work + " " + stop;
      check(table, expected, as);
      upkeep.cleanUp(table);
      check(table, expected, as);
      assertThat(Tables.numbers(table)).as(as).isEqualTo(expected);
      assertThat(Upkeep.strays(table)).as(as).isEmpty();
    }
    return operations;
  }

  private static void check(CollectionTable table, Map<String, Long> expected, String as) {
    assertThat(withoutExpired(Tables.numbers(table))).as(as).isEqualTo(expected);
    assertThat(withoutExpired(Tables.numbersByIceberg(table))).as(as).isEqualTo(expected);
    Upkeep.checkWhole(table);
  }
}
