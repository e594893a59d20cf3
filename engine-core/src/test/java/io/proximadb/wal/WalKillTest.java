package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.error.CorruptFileException;
import io.proximadb.io.Disk;
import io.proximadb.io.LocalDisk;
import io.proximadb.testkit.ChildJvm;
import io.proximadb.testkit.LossyDisk;
import io.proximadb.testkit.LyingDisk;
import io.proximadb.testkit.WalHistory;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process with several appenders, killed with SIGKILL, on a real and on a forgetful disk. */
class WalKillTest {
  private static final int ROUNDS = 3;
  private static final int THREADS = 4;

  @TempDir Path temp;

  /** Says it synced, and forgets all the same. */
  public static final class LyingLossyDisk extends LyingDisk {
    public LyingLossyDisk() {
      super(new LossyDisk(), Lie.SYNC_OF_FILES);
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {LocalDisk.class, LossyDisk.class})
  void aKilledProcessLosesNothingItAcknowledged(Class<?> disk) throws Exception {
    Path folder = temp.resolve("log");
    long acknowledged = 0;
    for (int round = 1; round <= ROUNDS; round++) {
      acknowledged = liveAndDie(folder, disk, round, acknowledged);
    }
    try (WalFixture.Opened log =
        WalFixture.open(WalFixture.LOCAL, folder, ROUNDS + 1, WalOptions.DEFAULT)) {
      assertThat(log.wal().nextSequence()).isGreaterThan(acknowledged);
      long expected = 1;
      for (WalRecord record : log.records()) {
        assertThat(record.sequence()).isEqualTo(expected++);
        assertThat(WalHistory.describe(record))
            .isEqualTo(
                WalHistory.describe(Appender.record(record.id()).withSequence(record.sequence())));
      }
      assertThat(log.records().stream().map(WalRecord::id)).doesNotHaveDuplicates();
    }
  }

  @Test
  void aKillOverADiskThatLiesIsSeen() throws Exception {
    Path folder = temp.resolve("log");
    long acknowledged = liveAndDie(folder, LyingLossyDisk.class, 1, 0);
    boolean damaged = false;
    long recovered = 0;
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder, 2, WalOptions.DEFAULT)) {
      recovered = log.wal().nextSequence() - 1;
    } catch (CorruptFileException e) {
      damaged = true;
    }
    assertThat(damaged || recovered < acknowledged).isTrue();
  }

  /** One process from start to kill; the highest number it acknowledged. */
  private static long liveAndDie(Path folder, Class<?> disk, int round, long before)
      throws Exception {
    long acknowledged = before;
    long target = 150 + new Random(round).nextInt(150);
    try (ChildJvm child =
        ChildJvm.start(
            Appender.class, folder.toString(), disk.getName(), Integer.toString(round))) {
      assertThat(Long.parseLong(child.readLine())).isGreaterThan(before);
      for (long acks = 0; acks < target; acks++) {
        acknowledged = Math.max(acknowledged, Long.parseLong(child.readLine()));
      }
      child.kill();
      // Lines that were on their way are acknowledgements too.
      for (String line : child.remainingWholeLines()) {
        acknowledged = Math.max(acknowledged, Long.parseLong(line));
      }
    }
    return acknowledged;
  }

  /** Appends and tells what was acknowledged, until it is killed. */
  static final class Appender {
    private Appender() {}

    static WalRecord record(String id) {
      return WalFixture.upsert(WalFixture.TABLE, id, id.hashCode(), id.length());
    }

    public static void main(String[] arguments) throws Exception {
      Disk disk =
          Class.forName(arguments[1]).asSubclass(Disk.class).getDeclaredConstructor().newInstance();
      FileWal wal =
          FileWal.open(
              disk,
              Path.of(arguments[0]),
              WalFixture.ENGINE,
              Long.parseLong(arguments[2]),
              WalFixture.segmentsOf(10_000),
              record -> {});
      System.out.println(wal.nextSequence());
      ExecutorService pool = Executors.newFixedThreadPool(THREADS);
      for (int t = 0; t < THREADS; t++) {
        String name = arguments[2] + "-" + t + "-";
        pool.submit(
            () -> {
              for (int i = 0; ; i++) {
                long last = wal.append(List.of(record(name + i + "a"), record(name + i + "b"))) + 1;
                wal.awaitDurable(last);
                System.out.println(last);
              }
            });
      }
      // The parent kills this process; should the parent die, it ends by itself.
      System.in.transferTo(System.err);
      pool.shutdownNow();
      pool.awaitTermination(1, TimeUnit.SECONDS);
      System.exit(1);
    }
  }
}
