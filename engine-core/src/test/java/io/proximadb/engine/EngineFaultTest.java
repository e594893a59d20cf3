package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.io.Disk;
import io.proximadb.io.Disks;
import io.proximadb.io.LocalDisk;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.FaultyDisk.Step;
import io.proximadb.testkit.LyingDisk;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.RoutedDisk;
import io.proximadb.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Short lives of an engine whose disk fails under log and table files alike, and whose catalog
 * refuses commits or does not say how they ended: nothing acknowledged is lost, nothing doubled,
 * nothing resurrected, no unit torn, damage never served.
 */
class EngineFaultTest {
  /** How many engines; {@code -Dproximadb.fault-runs=10000} for a long search. */
  private static final int RUNS = Integer.getInteger("proximadb.fault-runs", 3_000) / 15;

  /** Each on a processor of its own; their engines have nothing to do with each other. */
  private static final int LANES = 2;

  private static final int BROKEN_RUNS = 60;

  private static final String REPLAY = "-Dproximadb.fault-seed=%d";

  @TempDir Path temp;

  private static long firstSeed() {
    Long given = Long.getLong("proximadb.fault-seed");
    return given == null ? Seed.random("EngineFaultTest").nextLong(1L << 40) : given;
  }

  @Test
  void whatWasAcknowledgedIsThereWhateverFails() throws Exception {
    long base = firstSeed();
    List<EngineSimulation> simulations = new ArrayList<>();
    List<Callable<Void>> lanes = new ArrayList<>();
    for (int lane = 0; lane < LANES; lane++) {
      EngineSimulation simulation = new EngineSimulation(temp, UnaryOperator.identity());
      simulations.add(simulation);
      int first = lane;
      lanes.add(
          () -> {
            for (int run = first; run < RUNS; run += LANES) {
              assertThat(simulation.run(base + run)).as(REPLAY, base + run).isEmpty();
            }
            return null;
          });
    }
    ExecutorService pool = Executors.newFixedThreadPool(LANES);
    try {
      for (Future<Void> lane : pool.invokeAll(lanes)) {
        lane.get();
      }
    } finally {
      pool.shutdownNow();
    }
    simulations.forEach(simulation -> System.out.println(simulation.counts()));
    assertThat(sum(simulations, EngineSimulation::acknowledged)).isGreaterThan(RUNS);
    assertThat(sum(simulations, EngineSimulation::flushes)).isGreaterThan(RUNS / 4);
    assertThat(sum(simulations, EngineSimulation::maintenanceSteps)).isGreaterThan(0);
    assertThat(sum(simulations, EngineSimulation::failedOperations)).isGreaterThan(RUNS / 10);
    assertThat(sum(simulations, EngineSimulation::commitFaults)).isGreaterThan(RUNS / 10);
    assertThat(sum(simulations, EngineSimulation::damagedReads)).isGreaterThan(0);
  }

  private static long sum(
      List<EngineSimulation> simulations, ToLongFunction<EngineSimulation> count) {
    return simulations.stream().mapToLong(count).sum();
  }

  @Test
  void closingOnAFailedDiskLetsTheCollectionGo() throws Exception {
    Path warehouse = Files.createDirectories(temp.resolve("warehouse"));
    CollectionName docs = CollectionName.parse("docs");
    FaultyDisk failing = new FaultyDisk(new LocalDisk(), 1);
    RoutedDisk.route(warehouse, failing);
    EngineOptions options =
        Engines.quiet(warehouse).withCatalogProperty(Disks.DISK_IMPL, RoutedDisk.class.getName());
    ProximaEngine first = ProximaEngine.open(options);
    first.createCollection(docs, Records.schema()).upsert(List.of(Records.of("a", 1)));
    // The data file and its ids are made; what Iceberg writes for the commit is not.
    failing.failFrom(Step.CREATE, 3, FaultyDisk.Fault.IO_ERROR);
    first.close();
    RoutedDisk.route(warehouse, new LocalDisk());
    try (ProximaEngine second = ProximaEngine.open(options)) {
      second.collection(docs).upsert(List.of(Records.of("b", 2)));
      assertThat(second.collection(docs).get(List.of("a", "b"))).hasSize(2);
    }
    RoutedDisk.unroute(warehouse);
  }

  @ParameterizedTest
  @EnumSource(LyingDisk.Lie.class)
  void aDiskThatDoesNotSyncIsFoundOut(LyingDisk.Lie lie) throws Exception {
    UnaryOperator<Disk> layer = disk -> new LyingDisk(disk, lie);
    EngineSimulation simulation = new EngineSimulation(temp, layer);
    int run = 0;
    List<String> wrong = List.of();
    while (run < BROKEN_RUNS && wrong.isEmpty()) {
      wrong = simulation.run(run++);
    }
    assertThat(wrong).isNotEmpty();
    System.out.println("Found out in run " + run + ": " + wrong.get(0));
  }
}
