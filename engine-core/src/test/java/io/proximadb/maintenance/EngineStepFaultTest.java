package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.io.Disks;
import io.proximadb.io.LocalDisk;
import io.proximadb.model.CollectionName;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.SchemaChange;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.Engines;
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
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An engine does one thing and is stopped at each operation of the disk in it, by an error and by a
 * crash that loses what is not synced: the next engine finds what was acknowledged, and after a
 * clean-up there is no stray file.
 */
class EngineStepFaultTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  /** How many operations of each are drawn; {@code -Dproximadb.fault-runs=1000} for all. */
  private static final int RUNS = Integer.getInteger("proximadb.fault-runs", 3);

  /** What an engine does. */
  enum Deed {
    FLUSH("first", "viper") {
      @Override
      void run(ProximaEngine engine, Collection docs) {
        docs.flush();
      }
    },
    COMPACTION("first", "viper") {
      @Override
      void run(ProximaEngine engine, Collection docs) {
        engine.maintain(DOCS);
      }
    },
    LAYOUT_TO_LSM("first", "lsm") {
      @Override
      void run(ProximaEngine engine, Collection docs) {
        engine.maintain(DOCS);
      }
    },
    LAYOUT_TO_VIPER("first", "viper") {
      @Override
      void run(ProximaEngine engine, Collection docs) {
        engine.maintain(DOCS);
      }
    },
    SCHEMA_CHANGE("first", "lsm") {
      @Override
      void run(ProximaEngine engine, Collection docs) {
        docs.alter(SchemaChange.add("added", Scalar.LONG), SchemaChange.drop("category"));
      }
    },
    TAKEOVER("second", "viper") {
      @Override
      void run(ProximaEngine engine, Collection docs) {
        docs.upsert(List.of(Records.of("taken", 100)));
        docs.flush();
      }
    };

    private final String home;
    private final String layout;

    Deed(String home, String layout) {
      this.home = home;
      this.layout = layout;
    }

    abstract void run(ProximaEngine engine, Collection docs);
  }

  @TempDir Path temp;

  private Path data() {
    return temp.resolve("data");
  }

  private EngineOptions options(String home) {
    return Engines.quiet(data().resolve("warehouse"))
        .withHome(data().resolve(home))
        .withFlush(64 << 20, Duration.ofDays(1))
        .withRefreshInterval(Duration.ZERO)
        .withCatalogProperty(Disks.DISK_IMPL, RoutedDisk.class.getName());
  }

  /**
   * Files of which some were written before the layout was changed, and a log that is not empty.
   */
  private Map<String, Long> prepare(Deed deed) {
    RoutedDisk.route(data(), new LocalDisk());
    String before =
        deed == Deed.LAYOUT_TO_LSM ? "viper" : deed == Deed.LAYOUT_TO_VIPER ? "lsm" : deed.layout;
    try (ProximaEngine engine = ProximaEngine.open(options("first"))) {
      Collection docs =
          engine.createCollection(
              DOCS, Records.schema(), Map.of(StorageFormat.LAYOUT_PROPERTY, before));
      for (int i = 0; i < 5; i++) {
        docs.upsert(List.of(Records.of("a", i), Records.of("b" + i, i)));
        docs.flush();
      }
      docs.upsert(List.of(Records.of("c", 9)));
      docs.delete(List.of("b0"));
      if (deed.home.equals("first")) {
        // As a process that is killed leaves it.
        Folders.copy(data(), temp.resolve("template"));
      }
    }
    if (deed.home.equals("first")) {
      Folders.restore(temp.resolve("template"), data());
    }
    try (Warehouse warehouse = Warehouse.open(options("first").catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      Upkeep.set(table, Map.of(StorageFormat.LAYOUT_PROPERTY, deed.layout));
    }
    Map<String, Long> expected = new TreeMap<>(Map.of("a", 4L, "c", 9L));
    for (long i = 1; i < 5; i++) {
      expected.put("b" + i, i);
    }
    return expected;
  }

  @ParameterizedTest
  @EnumSource(Deed.class)
  void aFailureAtAnyOperationLosesNothingAndLeavesNothing(Deed deed) throws Exception {
    Map<String, Long> expected = prepare(deed);
    if (Files.exists(temp.resolve("template"))) {
      Folders.delete(temp.resolve("template"));
    }
    Folders.copy(data(), temp.resolve("template"));
    int operations = stopAt(deed, Stop.NONE, expected);
    assertThat(operations).isGreaterThan(5);
    Random random = Seed.random("EngineStepFaultTest " + deed);
    for (Stop stop : Stop.draw(operations, RUNS, random)) {
      Folders.restore(temp.resolve("template"), data());
      stopAt(deed, stop, expected);
    }
    System.out.println("EngineStepFaultTest " + deed + ": " + operations + " operations");
    RoutedDisk.unroute(data());
  }

  /** Gives the number of operations that there were, those of opening and closing included. */
  private int stopAt(Deed deed, Stop stop, Map<String, Long> expected) throws IOException {
    StoppingDisk disk = StoppingDisk.route(data(), stop);
    boolean done = false;
    try (ProximaEngine engine = ProximaEngine.open(options(deed.home))) {
      deed.run(engine, engine.collection(DOCS));
      done = true;
    } catch (RuntimeException e) {
      assertThat(disk.isStopped()).as("%s", e).isTrue();
    }
    int operations = disk.operations();
    assertThat(disk.isStopped()).as("%s", stop).isEqualTo(stop != Stop.NONE);
    disk.end();
    String as = deed + " " + stop;
    check(deed, done, expected, as);
    return operations;
  }

  private void check(Deed deed, boolean done, Map<String, Long> expected, String as) {
    try (ProximaEngine engine = ProximaEngine.open(options(deed.home))) {
      Collection docs = engine.collection(DOCS);
      docs.flush();
      engine.maintain(DOCS);
    }
    try (Warehouse warehouse = Warehouse.open(options(deed.home).catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      checkRows(table, deed, done, expected, as);
      new Upkeep().cleanUp(table);
      checkRows(table, deed, done, expected, as);
      Upkeep.checkWhole(table);
      assertThat(Upkeep.strays(table)).as(as).isEmpty();
      String suffix = deed.layout.equals("lsm") ? ".avro" : ".parquet";
      assertThat(table.liveFiles())
          .as(as)
          .isNotEmpty()
          .allMatch(file -> file.location().endsWith(suffix));
    }
  }

  private static void checkRows(
      CollectionTable table, Deed deed, boolean done, Map<String, Long> expected, String as) {
    Map<String, Long> found = Tables.numbers(table);
    assertThat(Tables.numbersByIceberg(table)).as(as).isEqualTo(found);
    if (deed == Deed.TAKEOVER && (done || found.containsKey("taken"))) {
      // Acknowledged or not, it is there whole.
      assertThat(found.remove("taken")).as(as).isEqualTo(100L);
    }
    assertThat(found).as(as).isEqualTo(expected);
    if (deed == Deed.SCHEMA_CHANGE && done) {
      assertThat(table.schema().metadataField("added")).as(as).isPresent();
    }
  }
}
