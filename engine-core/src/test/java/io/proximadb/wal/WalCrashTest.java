package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.error.ProximaException;
import io.proximadb.io.Disk;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.LossyDisk;
import io.proximadb.testkit.LyingDisk;
import io.proximadb.testkit.WalHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Short lives of a log on a disk that loses what is not synced, each ended by a crash at a random
 * operation of the disk: while writing, between write and sync, while a segment is begun or
 * deleted, while the log recovers from the crash before.
 *
 * <p>A failing seed is named in the message: {@code simulate(seed, ...)} runs it again. What the
 * writer thread groups depends on timing, so a seed may need some tries.
 */
class WalCrashTest {
  /** How many logs; {@code -Dproximadb.test.crash-runs=100000} for a long search. */
  private static final int RUNS = Integer.getInteger("proximadb.test.crash-runs", 1_000);

  private static final int LYING_RUNS = 60;
  private static final int MAX_LIVES = 4;

  @TempDir Path temp;

  private long recoveries;
  private long tornTails;
  private long recoveredRecords;
  private long rolledSegments;

  @Test
  void whatWasAcknowledgedIsThereAfterEveryCrash() throws Exception {
    long base = System.nanoTime();
    for (int run = 0; run < RUNS; run++) {
      List<String> wrong = simulate(base + run, UnaryOperator.identity());
      assertThat(wrong).as("seed %d", base + run).isEmpty();
    }
    // The simulation reached what it is for.
    assertThat(recoveries).isGreaterThan(RUNS);
    assertThat(recoveredRecords).isGreaterThan(RUNS);
    assertThat(tornTails).isGreaterThan(RUNS / 50);
    assertThat(rolledSegments).isGreaterThan(RUNS / 10);
  }

  @Test
  void theSimulationSeesADiskThatDoesNotSyncFiles() throws Exception {
    assertThat(lossesWith(LyingDisk.Lie.SYNC_OF_FILES)).isGreaterThan(LYING_RUNS / 2);
  }

  @Test
  void theSimulationSeesADiskThatDoesNotSyncFolders() throws Exception {
    assertThat(lossesWith(LyingDisk.Lie.SYNC_OF_FOLDERS)).isGreaterThan(LYING_RUNS / 4);
  }

  private int lossesWith(LyingDisk.Lie lie) throws IOException {
    int losses = 0;
    for (int seed = 0; seed < LYING_RUNS; seed++) {
      if (!simulate(seed, disk -> new LyingDisk(disk, lie)).isEmpty()) {
        losses++;
      }
    }
    return losses;
  }

  /** Some lives of one log; what was wrong with the recovered records at the first wrong one. */
  private List<String> simulate(long seed, UnaryOperator<Disk> layer) throws IOException {
    Random random = new Random(seed);
    Path folder = temp.resolve("log" + seed);
    WalHistory history = new WalHistory();
    int lives = 2 + random.nextInt(MAX_LIVES - 1);
    for (int life = 1; life <= lives; life++) {
      List<String> wrong = liveAndCrash(random, folder, life, history, layer);
      if (!wrong.isEmpty()) {
        return wrong;
      }
    }
    // Only reads: a disk that does not wait for a real one is faster.
    try (WalFixture.Opened log =
        WalFixture.open(new LossyDisk(), folder, lives + 1, options(random, folder))) {
      return check(log, history);
    } catch (ProximaException e) {
      return List.of(e.getMessage());
    } finally {
      WalFixture.delete(folder);
    }
  }

  /** Other directories, sizes and codecs at each opening. */
  private static WalOptions options(Random random, Path folder) {
    WalOptions.Builder options =
        WalOptions.builder()
            .segmentBytes(200 + random.nextInt(3_000))
            .preallocateBytes(random.nextBoolean() ? 0 : random.nextInt(20_000))
            .compression(Compression.values()[random.nextInt(Compression.values().length)])
            .layout(DirectoryLayout.values()[random.nextInt(2)]);
    if (random.nextBoolean()) {
      List<Path> directories = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        if (random.nextInt(3) > 0) {
          directories.add(i == 0 ? folder : folder.resolve("disk" + i));
        }
      }
      options.directories(directories);
    }
    return options.build();
  }

  private List<String> liveAndCrash(
      Random random, Path folder, int life, WalHistory history, UnaryOperator<Disk> layer)
      throws IOException {
    LossyDisk lossy = new LossyDisk();
    Random partly = new Random(random.nextLong());
    boolean partial = random.nextBoolean();
    FaultyDisk disk = new FaultyDisk(layer.apply(lossy), random.nextLong());
    disk.crashAt(
        1 + random.nextInt(120),
        () -> {
          if (partial) {
            lossy.crash(partly);
          } else {
            lossy.crash();
          }
        });
    WalFixture.Opened log;
    try {
      log = WalFixture.open(disk, folder, life, options(random, folder));
    } catch (ProximaException e) {
      // A crash while opening loses nothing; anything else is damage that should not be.
      return lossy.isDead() ? List.of() : List.of(e.getMessage());
    }
    List<String> wrong = check(log, history);
    if (wrong.isEmpty()) {
      use(log.wal(), random, history);
    }
    if (!lossy.isDead() && random.nextBoolean()) {
      log.close();
    }
    lossy.crash(partly);
    log.close();
    return wrong;
  }

  private List<String> check(WalFixture.Opened log, WalHistory history) {
    WalRecovery recovery = log.wal().recovery();
    recoveries++;
    recoveredRecords += recovery.records();
    tornTails += recovery.tornTail() == null ? 0 : 1;
    rolledSegments += Math.max(0, recovery.segments() - 1);
    List<String> wrong = history.violations(log.records(), recovery.nextSequence());
    history.recovered(recovery.nextSequence());
    return wrong;
  }

  /** Appends, waits and releases, from several threads, until the disk dies or it is enough. */
  private static void use(FileWal wal, Random random, WalHistory history) {
    List<Thread> threads = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      Random own = new Random(random.nextLong());
      Thread thread = new Thread(() -> use(wal, history, own));
      thread.start();
      threads.add(thread);
    }
    use(wal, history, random);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static void use(FileWal wal, WalHistory history, Random random) {
    int steps = random.nextInt(40);
    long last = wal.durableSequence();
    try {
      for (int step = 0; step < steps; step++) {
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> {
            wal.awaitDurable(last);
            history.acknowledged(last);
          }
          case 3 -> {
            long released = history.acknowledged();
            history.released(released);
            for (UUID table : List.of(WalFixture.TABLE, WalFixture.OTHER_TABLE)) {
              wal.release(table, released);
            }
          }
          default -> {
            List<WalRecord> unit = WalFixture.randomUnit(random);
            synchronized (history) {
              // The history must know of a unit before the crash can keep it.
              history.appended(wal.nextSequence(), unit);
              last = wal.append(unit) + unit.size() - 1;
            }
          }
        }
      }
    } catch (ProximaException e) {
      // The disk died: from here on nothing is acknowledged.
      assertThat(e).hasMessageContaining("crashed");
    }
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
}
