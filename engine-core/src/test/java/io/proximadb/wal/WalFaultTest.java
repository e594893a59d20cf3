package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.io.Disk;
import io.proximadb.testkit.FaultSchedule;
import io.proximadb.testkit.ForwardingDisk;
import io.proximadb.testkit.LyingDisk;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.WalHistory;
import io.proximadb.testkit.WrongBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Short lives of a log under random faults of its disk, each ended by a crash: nothing that was
 * acknowledged is lost, nothing comes back that was not given, units are whole. And logs that break
 * one promise each, which the same checks must find out.
 */
class WalFaultTest {
  /** How many logs; {@code -Dproximadb.fault-runs=100000} for a long search. */
  private static final int RUNS = Integer.getInteger("proximadb.fault-runs", 3_000);

  /** A broken log must be found out within so many runs. */
  private static final int BROKEN_RUNS = 100;

  private static final String REPLAY = "-Dproximadb.fault-seed=%d";

  @TempDir Path temp;

  private static long firstSeed() {
    Long given = Long.getLong("proximadb.fault-seed");
    return given == null ? Seed.random("WalFaultTest").nextLong(1L << 40) : given;
  }

  @Test
  void whatWasAcknowledgedIsThereWhateverTheDiskDoes() throws Exception {
    long base = firstSeed();
    WalSimulation simulation = new WalSimulation(temp);
    Map<FaultSchedule.Kind, Integer> met = new EnumMap<>(FaultSchedule.Kind.class);
    simulation.onEndOfLife(
        schedule -> {
          for (FaultSchedule.Kind kind : FaultSchedule.Kind.values()) {
            met.merge(kind, schedule.happened(kind) ? 1 : 0, Integer::sum);
          }
        });
    for (int run = 0; run < RUNS; run++) {
      assertThat(simulation.run(base + run)).as(REPLAY, base + run).isEmpty();
    }
    System.out.println(simulation.counts() + ", faults met: " + met);
    // The simulation reached what it is for.
    assertThat(simulation.recoveries()).isGreaterThan(RUNS);
    assertThat(simulation.recoveredRecords()).isGreaterThan(RUNS);
    assertThat(simulation.tornTails()).isGreaterThan(RUNS / 50);
    assertThat(simulation.rolledSegments()).isGreaterThan(RUNS / 10);
    met.remove(FaultSchedule.Kind.TRUNCATE_ERROR); // a log may have no need to cut files
    assertThat(met.values()).allSatisfy(count -> assertThat(count).isGreaterThan(RUNS / 1_000));
  }

  @Test
  void aLogThatDoesNotSyncIsFoundOut() throws Exception {
    assertFoundOut(over(disk -> new LyingDisk(disk, LyingDisk.Lie.SYNC_OF_FILES)));
  }

  @Test
  void aLogThatDoesNotSyncItsFolderIsFoundOut() throws Exception {
    assertFoundOut(over(disk -> new LyingDisk(disk, LyingDisk.Lie.SYNC_OF_FOLDERS)));
  }

  @Test
  void aLogThatAcknowledgesBeforeItSyncsIsFoundOut() throws Exception {
    assertFoundOut(new WalSimulation(temp).withLog(HastyWal::new));
  }

  /** As if the log took no notice: the error ends between the faulty disk and the log. */
  @Test
  void aLogThatIgnoresAFailedSyncIsFoundOut() throws Exception {
    assertFoundOut(
        new WalSimulation(temp)
            .withSchedules(random -> new FaultSchedule(random, 60))
            .withAbove(DeafDisk::new));
  }

  /** Bits are flipped so that every checksum stays right: a reader might as well have none. */
  @Test
  void aLogWithoutChecksumsIsFoundOut() throws Exception {
    assertThat(
            foundOutAfter(
                damaged(
                    (file, random) -> {
                      int size = (int) Files.size(file);
                      WrongBytes.flipUnseenByCrc32c(file, size / 2 + random.nextInt(size / 2 - 5));
                    })))
        .isLessThan(BROKEN_RUNS);
  }

  /** The same with single bits, which checksums are for. */
  @Test
  void damagedBytesAreNeverServed() throws Exception {
    int runs = Math.max(BROKEN_RUNS, RUNS / 10);
    long base = Seed.random("WalFaultTest.damage").nextLong(1L << 40);
    WalSimulation simulation = damaged(WrongBytes::flipBit);
    for (int run = 0; run < runs; run++) {
      assertThat(simulation.run(base + run)).as(REPLAY, base + run).isEmpty();
    }
    assertThat(simulation.refusals()).isGreaterThan(runs / 20);
  }

  @Test
  void theHistorySeesWhatALogCouldGetWrong() {
    WalHistory history = new WalHistory();
    List<WalRecord> given = new ArrayList<>();
    for (int i = 1; i <= 4; i += 2) {
      List<WalRecord> unit =
          List.of(
              WalFixture.upsert(WalFixture.TABLE, "a" + i, i),
              WalFixture.delete(WalFixture.TABLE, "b" + i));
      history.appended(i, unit);
      given.add(unit.get(0).withSequence(i));
      given.add(unit.get(1).withSequence(i + 1));
    }
    history.acknowledged(2);
    assertThat(history.violations(given, 5)).isEmpty();
    assertThat(history.violations(given.subList(0, 2), 3)).as("not acknowledged").isEmpty();
    assertThat(history.violations(List.of(), 1)).as("all lost").isNotEmpty();
    assertThat(history.violations(given.subList(0, 3), 4)).as("half a unit").isNotEmpty();
    assertThat(history.violations(given.subList(2, 4), 5)).as("first lost").isNotEmpty();
    assertThat(history.violations(List.of(given.get(0), given.get(0), given.get(1)), 3))
        .as("one doubled")
        .isNotEmpty();
    WalRecord changed = WalFixture.upsert(WalFixture.TABLE, "a1", 1.5f).withSequence(1);
    assertThat(history.violations(List.of(changed, given.get(1)), 3)).as("changed").isNotEmpty();
    history.released(2);
    assertThat(history.violations(given.subList(2, 4), 5)).as("first released").isEmpty();
  }

  private WalSimulation over(UnaryOperator<Disk> layer) {
    return new WalSimulation(temp).withSchedules(random -> new FaultSchedule(random, 60, layer));
  }

  private WalSimulation damaged(WalSimulation.Damage damage) {
    return new WalSimulation(temp).withDamage(damage);
  }

  private static void assertFoundOut(WalSimulation simulation) throws IOException {
    assertThat(foundOutAfter(simulation)).isLessThan(BROKEN_RUNS);
  }

  /** After how many runs something was wrong. */
  private static int foundOutAfter(WalSimulation simulation) throws IOException {
    for (int run = 0; run < BROKEN_RUNS; run++) {
      List<String> wrong = simulation.run(run);
      if (!wrong.isEmpty()) {
        System.out.println("Found out in run " + run + ": " + wrong.get(0));
        return run;
      }
    }
    return BROKEN_RUNS;
  }

  /** Does not hear that a sync failed. */
  private static final class DeafDisk extends ForwardingDisk {
    DeafDisk(Disk disk) {
      super(disk);
    }

    @Override
    protected Output wrap(Path file, Output output) {
      return new ForwardingOutput(output) {
        @Override
        public void sync() throws IOException {
          try {
            super.sync();
          } catch (IOException e) {
            assertThat(e).hasMessageMatching("Input/output error|.*crashed");
          }
        }
      };
    }
  }

  /** Waits for nothing. */
  private record HastyWal(Wal target) implements Wal {
    @Override
    public long append(List<WalRecord> records) {
      return target.append(records);
    }

    @Override
    public void awaitDurable(long sequence) {}

    @Override
    public long durableSequence() {
      return target.nextSequence() - 1;
    }

    @Override
    public long nextSequence() {
      return target.nextSequence();
    }

    @Override
    public void release(java.util.UUID tableUuid, long flushedSequence) {
      target.release(tableUuid, flushedSequence);
    }

    @Override
    public void forget(java.util.UUID tableUuid) {
      target.forget(tableUuid);
    }

    @Override
    public void close() {
      target.close();
    }
  }
}
