package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.error.ProximaException;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.LossyDisk;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.WalHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lives of logs that acknowledge before they sync, each ended by a power cut: what comes back has
 * no gap, no part of a unit, and all that was synced; and it is never taken for damage.
 */
class WalSyncCrashTest {
  private static final int RUNS = Integer.getInteger("proximadb.test.sync-crash-runs", 150);
  private static final int LIVES = 3;

  @TempDir Path temp;

  private long atRisk;
  private long kept;

  @Test
  void aPowerCutIsNeverTakenForDamage() throws Exception {
    Random seeds = Seed.random("WalSyncCrashTest");
    for (int run = 0; run < RUNS; run++) {
      long seed = seeds.nextLong();
      assertThat(simulate(seed, temp.resolve("log" + run))).as("seed %d", seed).isEmpty();
    }
    // The simulation reached what it is for.
    assertThat(atRisk).isGreaterThan(RUNS);
    assertThat(kept).isGreaterThan(RUNS);
  }

  private static WalOptions options(Random random, Path folder) {
    WalOptions.Builder options =
        WalOptions.builder()
            .sync(random.nextInt(3) > 0 ? SyncPolicy.INTERVAL : SyncPolicy.OS)
            .syncInterval(Duration.ofMillis(random.nextInt(3) > 0 ? 1 : 1_000_000))
            .segmentBytes(200 + random.nextInt(3_000))
            .preallocateBytes(random.nextBoolean() ? 0 : random.nextInt(20_000))
            .layout(DirectoryLayout.values()[random.nextInt(2)]);
    if (random.nextInt(3) > 0) {
      List<Path> directories = new ArrayList<>();
      for (int i = 0; i < 2 + random.nextInt(2); i++) {
        directories.add(folder.resolve("disk" + i));
      }
      options.directories(directories);
    }
    return options.build();
  }

  private List<String> simulate(long seed, Path folder) throws IOException {
    Random random = new Random(seed);
    WalHistory history = new WalHistory();
    for (int life = 1; life <= LIVES; life++) {
      LossyDisk lossy = new LossyDisk();
      Random partly = new Random(random.nextLong());
      boolean partial = random.nextBoolean();
      FaultyDisk disk = new FaultyDisk(lossy, random.nextLong());
      disk.crashAt(
          20 + random.nextInt(200),
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
        if (lossy.isDead()) {
          continue;
        }
        return List.of("life " + life + ": " + e.getMessage());
      }
      List<String> wrong = history.violations(log.records(), log.wal().nextSequence());
      history.recovered(log.wal().nextSequence());
      long reached = wrong.isEmpty() ? use(log.wal(), random, history) : 0;
      lossy.crash(partly);
      log.close();
      if (!wrong.isEmpty()) {
        return wrong;
      }
      atRisk += reached - history.acknowledged();
    }
    try (WalFixture.Opened log =
        WalFixture.open(new LossyDisk(), folder, LIVES + 1, options(random, folder))) {
      kept += log.records().size();
      return history.violations(log.records(), log.wal().nextSequence());
    } catch (ProximaException e) {
      return List.of("at last: " + e.getMessage());
    }
  }

  /** Appends from two threads until the disk dies or it is enough; the last number acknowledged. */
  private static long use(FileWal wal, Random random, WalHistory history) {
    Random own = new Random(random.nextLong());
    Thread other = new Thread(() -> append(wal, own, history));
    other.start();
    append(wal, random, history);
    try {
      other.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return wal.durableSequence();
  }

  private static void append(FileWal wal, Random random, WalHistory history) {
    int steps = random.nextInt(60);
    try {
      for (int step = 0; step < steps; step++) {
        List<WalRecord> unit = WalFixture.randomUnit(random);
        long first;
        synchronized (history) {
          // The history must know of a unit before the crash can keep it.
          history.appended(wal.nextSequence(), unit);
          first = wal.append(unit);
        }
        wal.awaitDurable(first + unit.size() - 1);
        if (random.nextInt(4) == 0) {
          // Synced is at least what was acknowledged before, less what is not synced now.
          long acknowledged = wal.durableSequence();
          history.acknowledged(acknowledged - wal.stats().unsyncedRecords());
        }
      }
    } catch (ProximaException e) {
      assertThat(e).hasMessageContaining("crashed");
    }
  }
}
