package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.io.Disk;
import io.proximadb.testkit.LyingDisk;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.util.List;
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
  private static final int RUNS = Integer.getInteger("proximadb.fault-runs", 3_000) / 10;

  private static final int BROKEN_RUNS = 60;

  @TempDir Path temp;

  @Test
  void whatWasAcknowledgedIsThereWhateverFails() throws Exception {
    long base = Seed.random("EngineFaultTest").nextLong(1L << 40);
    EngineSimulation simulation = new EngineSimulation(temp, UnaryOperator.identity());
    for (int run = 0; run < RUNS; run++) {
      assertThat(simulation.run(base + run)).as("seed %d", base + run).isEmpty();
    }
    System.out.println(simulation.counts());
    assertThat(simulation.acknowledged()).isGreaterThan(RUNS);
    assertThat(simulation.flushes()).isGreaterThan(RUNS / 4);
    assertThat(simulation.failedOperations()).isGreaterThan(RUNS / 10);
    assertThat(simulation.commitFaults()).isGreaterThan(RUNS / 10);
    assertThat(simulation.damagedReads()).isGreaterThan(0);
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
