package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.io.Disk;
import io.proximadb.model.Row;
import io.proximadb.testkit.ForwardingDisk;
import io.proximadb.testkit.WalHistory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WalCompressionTest {
  private static final int LARGE = 300_000;

  @TempDir Path folder;

  private static WalOptions with(Compression compression) {
    return WalOptions.builder().compression(compression).build();
  }

  /** Random in every bit: no codec makes it smaller. */
  private static float[] noise(Random random, int length) {
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      // Exponents from 1 to 254: a NaN might not keep its bits.
      vector[i] =
          Float.intBitsToFloat(random.nextInt() & 0x807F_FFFF | 1 + random.nextInt(254) << 23);
    }
    return vector;
  }

  private static float[] constant(int length) {
    float[] vector = new float[length];
    Arrays.fill(vector, 0.25f);
    return vector;
  }

  private static List<List<WalRecord>> units(Compression compression) {
    Random random = new Random(compression.ordinal());
    WalRecord everything =
        new WalRecord(
            0,
            WalFixture.TABLE,
            1,
            WalRecord.Operation.INSERT,
            "every kind",
            2,
            3,
            Row.NO_EXPIRY,
            Map.of(5, new float[] {1, -0f, Float.MIN_VALUE}, 70_000, new float[0]),
            WalFixture.everyKindOfValue(),
            0);
    return List.of(
        List.of(everything, WalFixture.delete(WalFixture.OTHER_TABLE, "small")),
        List.of(WalFixture.upsert(WalFixture.TABLE, "constant", constant(LARGE))),
        List.of(WalFixture.upsert(WalFixture.TABLE, "noise", noise(random, LARGE))),
        List.of(
            WalFixture.upsert(WalFixture.TABLE, "half", constant(1_000)),
            WalFixture.upsert(WalFixture.TABLE, "and half", noise(random, 1_000))),
        List.of(WalFixture.delete(WalFixture.TABLE, "tiny")));
  }

  /** Appends units, each a frame of its own, and notes what must come back. */
  private static void write(FileWal wal, List<List<WalRecord>> units, List<String> expected) {
    for (List<WalRecord> unit : units) {
      long sequence = wal.append(unit);
      for (WalRecord record : unit) {
        expected.add(WalHistory.describe(record.withSequence(sequence++)));
      }
      wal.awaitDurable(sequence - 1);
    }
  }

  private static List<String> describe(WalFixture.Opened log) {
    return log.records().stream().map(WalHistory::describe).toList();
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void whatIsCompressedComesBack(Compression compression) throws Exception {
    List<String> expected = new ArrayList<>();
    List<List<WalRecord>> units = units(compression);
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder, with(compression))) {
      write(log.wal(), units, expected);
      WalStats stats = log.wal().stats();
      assertThat(stats.records()).isEqualTo(expected.size());
      assertThat(stats.plainBytes()).isGreaterThan(2L * LARGE * Float.BYTES);
      assertThat(stats.codecChoices().values().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(units.size());
      if (compression != Compression.ADAPTIVE) {
        boolean compresses = compression != Compression.NONE;
        assertThat(stats.codec()).isEqualTo(compression);
        assertThat(stats.storedBytes() < stats.plainBytes()).isEqualTo(compresses);
      }
    }
    List<LogFrame> frames = WalFixture.frames(WalFixture.segments(folder).get(0));
    assertThat(frames).hasSize(units.size() + 1);
    assertThat(frames.get(2).codec()).as("noise is stored as it is").isZero();
    assertThat(frames.get(4).codec()).as("too small to try").isZero();
    if (compression != Compression.ADAPTIVE && compression != Compression.NONE) {
      assertThat(frames.get(0).codec()).isEqualTo(FrameCodec.of(compression).number());
      assertThat(frames.get(1).codec()).isEqualTo(FrameCodec.of(compression).number());
      assertThat(frames.get(1).length()).isLessThan(frames.get(1).plainLength() / 10);
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder)) {
      assertThat(describe(log)).isEqualTo(expected);
    }
  }

  @Test
  void aLogMayChangeItsCodecAtEachOpening() {
    List<String> expected = new ArrayList<>();
    long incarnation = 1;
    for (int round = 0; round < 2; round++) {
      for (Compression compression : Compression.values()) {
        try (WalFixture.Opened log =
            WalFixture.open(WalFixture.UNSYNCED, folder, incarnation++, with(compression))) {
          assertThat(describe(log)).isEqualTo(expected);
          write(log.wal(), units(compression).subList(3, 5), expected);
        }
      }
    }
    try (WalFixture.Opened log =
        WalFixture.open(WalFixture.UNSYNCED, folder, incarnation, WalOptions.DEFAULT)) {
      assertThat(describe(log)).isEqualTo(expected);
      assertThat(log.wal().recovery().segments()).isEqualTo(2 * Compression.values().length);
    }
  }

  /** Takes a time in proportion to what is written. */
  private static final class SlowDisk extends ForwardingDisk {
    private final long nanosPerByte;

    SlowDisk(Disk disk, long nanosPerByte) {
      super(disk);
      this.nanosPerByte = nanosPerByte;
    }

    @Override
    protected Output wrap(Path file, Output output) {
      return new ForwardingOutput(output) {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
          long end = System.nanoTime() + bytes.remaining() * nanosPerByte;
          super.write(bytes);
          for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
          }
        }
      };
    }
  }

  @Test
  void adaptiveCompressesWhereTheDiskIsSlow() throws Exception {
    // Codecs that were never used are slow; a log that lives longer than a test forgets that.
    CodecChooser warmUp = new CodecChooser(Compression.ADAPTIVE);
    byte[] sample = new byte[20_000];
    for (int i = 0; i < 64 * 20; i++) {
      warmUp.choose(sample, sample.length);
    }
    List<String> expected = new ArrayList<>();
    Disk slow = new SlowDisk(WalFixture.UNSYNCED, 500);
    try (WalFixture.Opened log = WalFixture.open(slow, folder, with(Compression.ADAPTIVE))) {
      List<List<WalRecord>> units = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        units.add(List.of(WalFixture.upsert(WalFixture.TABLE, "r" + i, constant(1_000 + i))));
      }
      write(log.wal(), units, expected);
      WalStats stats = log.wal().stats();
      assertThat(stats.codec()).isNotIn(Compression.NONE, Compression.ADAPTIVE);
      assertThat(stats.codecChoices().get(stats.codec())).isGreaterThan(60);
      assertThat(stats.storedBytes()).isLessThan(stats.plainBytes());
      assertThat(stats.deviceBytesPerSecond()).isBetween(1.0, 1e9 / 500);
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder)) {
      assertThat(describe(log)).isEqualTo(expected);
    }
  }

  @Test
  void adaptiveLeavesNoiseAlone() {
    Random random = new Random(1);
    List<List<WalRecord>> units = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      units.add(List.of(WalFixture.upsert(WalFixture.TABLE, "r" + i, noise(random, 1_000))));
    }
    try (WalFixture.Opened log =
        WalFixture.open(WalFixture.UNSYNCED, folder, with(Compression.ADAPTIVE))) {
      write(log.wal(), units, new ArrayList<>());
      WalStats stats = log.wal().stats();
      assertThat(stats.codec()).isEqualTo(Compression.NONE);
      assertThat(stats.codecChoices()).containsOnly(Map.entry(Compression.NONE, 300L));
      assertThat(stats.storedBytes()).isGreaterThan(stats.plainBytes());
      assertThat(stats.deviceBytesPerSecond()).isPositive();
    }
  }
}
