package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.model.Row;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Records at the limits of size and number. */
class WalLimitsTest {
  private static final int LARGE_BYTES = 16 << 20;

  /** {@code -Dproximadb.test.many-records=10000000 -Dtest.heap=1g} for the whole of it. */
  private static final int MANY = Integer.getInteger("proximadb.test.many-records", 300_000);

  @TempDir Path folder;

  private static WalRecord large(int vectorBytes, int textBytes) {
    Random random = new Random(1);
    float[] vector = new float[vectorBytes / Float.BYTES];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = random.nextFloat();
    }
    return new WalRecord(
        0,
        WalFixture.TABLE,
        1,
        WalRecord.Operation.INSERT,
        "large",
        2,
        3,
        Row.NO_EXPIRY,
        Map.of(1, vector),
        Map.of(2, "text ".repeat(textBytes / 5)),
        0);
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"NONE", "ZSTD"})
  void aRecordOf16MbComesBack(Compression compression) {
    WalOptions options = WalOptions.builder().compression(compression).build();
    WalRecord vector = large(LARGE_BYTES, 0);
    WalRecord text = large(0, LARGE_BYTES);
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder, options)) {
      log.wal().append(List.of(vector));
      log.wal().append(List.of(text));
      log.wal().append(List.of(WalFixture.delete(WalFixture.TABLE, "small"), vector, text));
      log.wal().awaitDurable(5);
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder, options)) {
      assertThat(log.records()).hasSize(5);
      for (int i : new int[] {0, 3}) {
        assertThat(log.records().get(i).vectors().get(1)).isEqualTo(vector.vectors().get(1));
        assertThat(log.records().get(i + 1).metadata()).isEqualTo(text.metadata());
      }
      assertThat(log.wal().recovery().closedInOrder()).isTrue();
    }
  }

  @Test
  void aRecordOverTheLimitIsRefusedAndNothingIsWritten() throws Exception {
    WalRecord vector = large(WalOptions.MAX_UNIT_BYTES / 2, 0);
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder)) {
      Path segment = WalFixture.segments(folder).get(0);
      long size = Files.size(segment);
      for (List<WalRecord> unit :
          List.of(
              List.of(vector, vector),
              List.of(large(WalOptions.MAX_UNIT_BYTES, 0)),
              List.of(large(0, WalOptions.MAX_UNIT_BYTES + 5)))) {
        assertThatThrownBy(() -> log.wal().append(unit))
            .isInstanceOf(ResourceExhaustedException.class)
            .hasMessageContaining("MAX_UNIT_BYTES")
            .hasMessageContaining("" + WalOptions.MAX_UNIT_BYTES);
      }
      assertThat(log.wal().nextSequence()).isEqualTo(1);
      assertThat(log.wal().stats().groups()).isZero();
      assertThat(Files.size(segment)).isEqualTo(size);
      log.wal().awaitDurable(log.wal().append(List.of(vector)));
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder)) {
      assertThat(log.records()).hasSize(1);
    }
  }

  /** Checks records as they come, and keeps none. */
  private static final class Replay {
    private long next;
    private long wrong;

    Replay(long first) {
      this.next = first;
    }

    void accept(WalRecord record) {
      if (record.sequence() != next || !record.id().equals("r" + next)) {
        wrong++;
      }
      next++;
    }
  }

  private static WalRecord tiny(long number) {
    return WalFixture.delete(
        number % 2 == 0 ? WalFixture.TABLE : WalFixture.OTHER_TABLE, "r" + number);
  }

  @Test
  void manyTinyRecordsAreWrittenReplayedAndReleased() {
    WalOptions options = WalOptions.builder().segmentBytes(4 << 20).build();
    int single = MANY / 100;
    long next = 1;
    long start = System.nanoTime();
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder, options)) {
      for (int i = 0; i < single; i++) {
        log.wal().awaitDurable(log.wal().append(List.of(tiny(next++))));
      }
      report(single + " records, each awaited", start);
      start = System.nanoTime();
      for (int i = 0; i < single; i++) {
        log.wal().append(List.of(tiny(next++)));
      }
      log.wal().awaitDurable(next - 1);
      report(single + " records, awaited together", start);
      start = System.nanoTime();
      while (next <= MANY) {
        WalRecord[] unit = new WalRecord[(int) Math.min(1_000, MANY - next + 1)];
        for (int i = 0; i < unit.length; i++) {
          unit[i] = tiny(next++);
        }
        log.wal().append(List.of(unit));
      }
      log.wal().awaitDurable(MANY);
      report((MANY - 2 * single) + " records in units of 1000", start);
      assertThat(log.wal().stats().records()).isEqualTo(MANY);
    }
    start = System.nanoTime();
    Replay replay = new Replay(1);
    try (FileWal wal = open(2, options, replay)) {
      report(MANY + " records replayed", start);
      assertThat(replay.wrong).isZero();
      assertThat(replay.next).isEqualTo(MANY + 1L);
      int segments = wal.segments();
      assertThat(segments).isGreaterThan(2);
      start = System.nanoTime();
      for (UUID table : List.of(WalFixture.TABLE, WalFixture.OTHER_TABLE)) {
        wal.release(table, MANY / 2);
      }
      assertThat(wal.segments()).isBetween(2, segments - 1);
    }
    Replay rest = new Replay(-1);
    try (FileWal wal =
        FileWal.open(
            WalFixture.UNSYNCED,
            folder,
            WalFixture.ENGINE,
            3,
            options,
            record -> {
              rest.next = rest.next < 0 ? record.sequence() : rest.next;
              rest.accept(record);
            })) {
      assertThat(rest.wrong).isZero();
      assertThat(rest.next).isEqualTo(MANY + 1L);
      assertThat(wal.recovery().firstSequence()).isBetween(2L, MANY / 2 + 1L);
      assertThat(wal.recovery().records()).isEqualTo(MANY + 1 - wal.recovery().firstSequence());
      wal.forget(WalFixture.TABLE);
      wal.forget(WalFixture.OTHER_TABLE);
      assertThat(wal.segments()).isEqualTo(1);
      report("released, the second half replayed", start);
    }
    Replay none = new Replay(MANY + 1L);
    try (FileWal wal = open(4, options, none)) {
      assertThat(none.next).isEqualTo(MANY + 1L);
      assertThat(wal.nextSequence()).isEqualTo(MANY + 1L);
    }
  }

  private FileWal open(long incarnation, WalOptions options, Replay replay) {
    return FileWal.open(
        WalFixture.UNSYNCED, folder, WalFixture.ENGINE, incarnation, options, replay::accept);
  }

  private static void report(String what, long start) {
    Runtime runtime = Runtime.getRuntime();
    System.out.printf(
        "WalLimitsTest: %s in %d ms, heap %d MB of %d MB%n",
        what,
        (System.nanoTime() - start) / 1_000_000,
        runtime.totalMemory() - runtime.freeMemory() >> 20,
        runtime.maxMemory() >> 20);
  }
}
