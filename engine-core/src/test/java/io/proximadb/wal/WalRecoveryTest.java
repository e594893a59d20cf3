package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.io.Disk;
import io.proximadb.testkit.LossyDisk;
import io.proximadb.testkit.LyingDisk;
import io.proximadb.testkit.WalHistory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalRecoveryTest {
  @TempDir Path temp;

  /** A log whose engine died: units of two records, each a frame, and no seal. */
  private Path deadLog(int units) throws IOException {
    Path folder = temp.resolve("log");
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      for (int i = 0; i < units; i++) {
        log.wal().awaitDurable(log.wal().append(unit(i)) + 1);
      }
    }
    Path segment = last(folder);
    List<LogFrame> frames = WalFixture.frames(segment);
    assertThat(frames).hasSize(units + 1);
    byte[] bytes = Files.readAllBytes(segment);
    Files.write(segment, Arrays.copyOf(bytes, (int) frames.get(units).offset()));
    return folder;
  }

  private static List<WalRecord> unit(int number) {
    return List.of(
        WalFixture.upsert(WalFixture.TABLE, "a" + number, number, 1),
        WalFixture.delete(WalFixture.TABLE, "b" + number));
  }

  private static Path last(Path folder) throws IOException {
    List<Path> segments = WalFixture.segments(folder);
    return segments.get(segments.size() - 1);
  }

  private static List<String> describe(List<WalRecord> records) {
    return records.stream().map(WalHistory::describe).toList();
  }

  private static void expectUnits(List<WalRecord> records, int units) {
    List<WalRecord> expected = new ArrayList<>();
    for (int i = 0; i < units; i++) {
      for (WalRecord record : unit(i)) {
        expected.add(record.withSequence(expected.size() + 1));
      }
    }
    assertThat(describe(records)).isEqualTo(describe(expected));
  }

  @Test
  void aTailTornAtAnyByteIsCutAndNothingElse() throws Exception {
    Path folder = deadLog(3);
    Path segment = last(folder);
    byte[] whole = Files.readAllBytes(segment);
    int lastFrame = (int) WalFixture.frames(segment).get(2).offset();
    for (int length = lastFrame; length <= whole.length; length++) {
      Path copy = WalFixture.copy(folder, temp.resolve("torn" + length));
      Files.write(last(copy), Arrays.copyOf(whole, length));
      int units = length == whole.length ? 3 : 2;
      int cut = length == whole.length ? 0 : length - lastFrame;
      try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, copy)) {
        expectUnits(log.records(), units);
        WalRecovery recovery = log.wal().recovery();
        assertThat(recovery.closedInOrder()).isFalse();
        assertThat(recovery.nextSequence()).isEqualTo(2L * units + 1);
        assertThat(recovery.tornTail() == null ? 0 : recovery.tornTail().bytes()).isEqualTo(cut);
        // What is lost is free to be written again, under the same numbers.
        log.wal().awaitDurable(log.wal().append(unit(units)) + 1);
      }
      try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, copy)) {
        expectUnits(log.records(), units + 1);
        assertThat(log.wal().recovery().closedInOrder()).isTrue();
        assertThat(log.wal().recovery().tornTail()).isNull();
      }
      WalFixture.delete(copy);
    }
  }

  @Test
  void aLastFrameWithAnyDamagedByteIsCut() throws Exception {
    Path folder = deadLog(2);
    Path segment = last(folder);
    byte[] whole = Files.readAllBytes(segment);
    int lastFrame = (int) WalFixture.frames(segment).get(1).offset();
    for (int at = lastFrame; at < whole.length; at++) {
      Path copy = WalFixture.copy(folder, temp.resolve("damaged" + at));
      flip(last(copy), at, 1 << (at % 8));
      try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, copy)) {
        expectUnits(log.records(), 1);
      }
      WalFixture.delete(copy);
    }
  }

  @Test
  void damageBelowTheWatermarkIsFoundInTheNewestSegment() throws Exception {
    Path folder = deadLog(3);
    Path segment = last(folder);
    byte[] before = Files.readAllBytes(segment);
    // The frame of the third unit says that the second was durable.
    LogFrame second = WalFixture.frames(segment).get(1);
    for (long at = second.offset(); at < second.endOffset(); at++) {
      flip(segment, (int) at, 4);
      assertThatThrownBy(() -> WalFixture.open(WalFixture.LOCAL, folder))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("record 3 was durable");
      flip(segment, (int) at, 4);
    }
    assertThat(Files.readAllBytes(segment)).isEqualTo(before);
  }

  @Test
  void aGroupOfFramesTornInTheMiddleIsCutThoughLaterFramesAreGood() throws Exception {
    Path folder = temp.resolve("log");
    LogRetention retention =
        new LogRetention(
            WalFixture.LOCAL, LogDirectories.open(WalFixture.LOCAL, folder, WalFixture.SMALL));
    WalFixture.LOCAL.createDirectories(folder);
    List<LogUnit> group = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      LogUnit unit =
          LogUnit.encode(
              List.of(WalFixture.upsert(WalFixture.TABLE, "big" + i, new float[200_000])),
              WalOptions.MAX_UNIT_BYTES);
      unit.number(i + 1);
      group.add(unit);
    }
    long bytes = group.stream().mapToLong(LogUnit::length).sum();
    try (LogStripe stripe =
        new LogStripe(
            WalFixture.LOCAL,
            List.of(folder),
            new LogOwner(WalFixture.ENGINE, 1, 0),
            0,
            1,
            WalFixture.SMALL,
            retention,
            new CodecChooser(Compression.NONE))) {
      stripe.begin(1);
      stripe.write(group, bytes, 0);
    }
    Path segment = last(folder);
    LogFrame second = WalFixture.frames(segment).get(1);
    flip(segment, (int) second.payloadOffset() + 99, 1);
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(log.records()).hasSize(1);
      assertThat(log.wal().recovery().tornTail().offset()).isEqualTo(second.offset());
    }
  }

  @Test
  void aMissingSegmentIsFound() throws Exception {
    Path folder = temp.resolve("log");
    try (WalFixture.Opened log =
        WalFixture.open(WalFixture.LOCAL, folder, WalFixture.segmentsOf(1))) {
      for (int i = 0; i < 3; i++) {
        log.wal().awaitDurable(log.wal().append(unit(i)) + 1);
      }
    }
    List<Path> segments = WalFixture.segments(folder);
    assertThat(segments).hasSize(3);
    Files.delete(segments.get(1));
    assertThatThrownBy(() -> WalFixture.open(WalFixture.LOCAL, folder))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(segments.get(2).toString())
        .hasMessageContaining("sequences=3 to 4");
  }

  @Test
  void anOlderSegmentThatEndsEarlyIsFound() throws Exception {
    Path folder = deadLog(2);
    WalFixture.open(WalFixture.LOCAL, folder).close();
    Path oldest = WalFixture.segments(folder).get(0);
    int second = (int) WalFixture.frames(oldest).get(1).offset();
    Files.write(oldest, Arrays.copyOf(Files.readAllBytes(oldest), second));
    assertThatThrownBy(() -> WalFixture.open(WalFixture.LOCAL, folder))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("a footer is missing")
        .hasMessageContaining("offset=" + second);
  }

  @Test
  void aFrameOfAnotherSegmentIsNoFrameHere() throws Exception {
    Path folder = deadLog(1);
    Path segment = last(folder);
    LogFrame first = WalFixture.frames(segment).get(0);
    byte[] original = Files.readAllBytes(segment);
    byte[] frame = Arrays.copyOfRange(original, (int) first.offset(), (int) first.endOffset());
    Path other = temp.resolve("other");
    WalFixture.open(WalFixture.LOCAL, other).close();
    Path empty = last(other);
    byte[] header = Files.readAllBytes(empty);
    int headerLength = header.length - LogFormat.FRAME_HEADER_BYTES - LogFooter.FIXED_BYTES;
    ByteBuffer forged = ByteBuffer.allocate(headerLength + frame.length);
    forged.put(header, 0, headerLength).put(frame);
    Files.write(empty, forged.array());
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, other)) {
      assertThat(log.records()).isEmpty();
      assertThat(log.wal().recovery().tornTail().reason()).contains("checksum");
    }
  }

  @Test
  void aLogOfAnotherEngineIsRefused() throws Exception {
    Path folder = deadLog(1);
    UUID stranger = new UUID(1, 1);
    assertThatThrownBy(() -> FileWal.open(WalFixture.LOCAL, folder, stranger, 1, record -> {}))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("expected=" + stranger)
        .hasMessageContaining("found=" + WalFixture.ENGINE);
  }

  @Test
  void anIncarnationThatGoesBackIsFound() throws Exception {
    Path folder = temp.resolve("log");
    FileWal.open(WalFixture.LOCAL, folder, WalFixture.ENGINE, 5, record -> {}).close();
    assertThatThrownBy(
            () -> FileWal.open(WalFixture.LOCAL, folder, WalFixture.ENGINE, 4, record -> {}))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("incarnation");
  }

  /**
   * A process dies with its writes in the page cache, its syncs having failed or never happened;
   * the next one reads them there, and then the power fails.
   */
  @Test
  void whatIsReplayedIsDurableBeforeTheLogIsOpen() throws Exception {
    Path folder = temp.resolve("log");
    LossyDisk pageCache = new LossyDisk();
    Disk lying = new LyingDisk(pageCache, LyingDisk.Lie.SYNC_OF_FILES);
    // Not closed: nobody gets to write a seal.
    FileWal dead = WalFixture.open(lying, folder).wal();
    dead.awaitDurable(dead.append(unit(0)) + 1);
    WalFixture.Opened next = WalFixture.open(pageCache, folder);
    expectUnits(next.records(), 1);
    pageCache.crash();
    dead.close();
    next.close();
    try (WalFixture.Opened last = WalFixture.open(WalFixture.LOCAL, folder)) {
      expectUnits(last.records(), 1);
    }
  }

  @Test
  void opensWithoutWritesLeaveOneSegment() throws Exception {
    Path folder = temp.resolve("log");
    for (int i = 0; i < 5; i++) {
      WalFixture.open(WalFixture.LOCAL, folder).close();
    }
    assertThat(WalFixture.segments(folder)).hasSize(1);
    Files.writeString(folder.resolve("wal-00000000000000000001.log.tmp"), "left by a crash");
    Files.writeString(folder.resolve("README"), "not ours, left alone");
    WalFixture.open(WalFixture.LOCAL, folder).close();
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("wal-00000000000000000001.log", "README");
    }
  }

  @Test
  void whatAConsumerThrowsComesThroughAndTheLogIsUnchanged() throws Exception {
    Path folder = deadLog(2);
    byte[] before = Files.readAllBytes(last(folder));
    IllegalStateException refusal = new IllegalStateException("enough");
    assertThatThrownBy(
            () ->
                FileWal.open(
                    WalFixture.LOCAL,
                    folder,
                    WalFixture.ENGINE,
                    1,
                    record -> {
                      throw refusal;
                    }))
        .isSameAs(refusal);
    assertThat(Files.readAllBytes(last(folder))).isEqualTo(before);
  }

  @Test
  void theReportCountsWhatWasRead() throws Exception {
    Path folder = deadLog(3);
    long size = Files.size(last(folder));
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      WalRecovery recovery = log.wal().recovery();
      assertThat(recovery.segments()).isEqualTo(1);
      assertThat(recovery.frames()).isEqualTo(3);
      assertThat(recovery.records()).isEqualTo(6);
      assertThat(recovery.firstSequence()).isEqualTo(1);
      assertThat(recovery.bytes()).isEqualTo(size);
    }
  }

  private static void flip(Path file, int at, int mask) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= (byte) mask;
    Files.write(file, bytes);
  }
}
