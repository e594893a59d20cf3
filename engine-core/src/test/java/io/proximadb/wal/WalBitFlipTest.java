package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.testkit.FlippedDisk;
import io.proximadb.testkit.WalHistory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Turns each bit of an ended segment, of which every codec has a frame, one after the other. */
class WalBitFlipTest {
  @TempDir Path temp;

  private Path folder;
  private Path segment;
  private byte[] whole;
  private final List<String> records = new ArrayList<>();
  private int headerLength;
  private int footerOffset;

  @BeforeEach
  void writeASegmentWithEveryCodec() throws Exception {
    folder = Files.createDirectories(temp.resolve("log"));
    segment = LogFormat.segment(folder, 1);
    long salt = 0x1234_5678_9ABC_DEF0L;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put(
        out,
        LogHeader.encode(new LogOwner(WalFixture.ENGINE, 1, 0), 1, salt, 0, 1, WalSchemas.RECORD));
    headerLength = out.size();
    LogFooter footer = new LogFooter();
    long next = 1;
    for (Compression codec :
        List.of(Compression.NONE, Compression.LZ4, Compression.SNAPPY, Compression.ZSTD)) {
      List<WalRecord> unit =
          List.of(
              WalFixture.upsert(WalFixture.TABLE, "a" + codec, new float[80]),
              WalFixture.delete(WalFixture.OTHER_TABLE, "b" + codec));
      LogUnit encoded = LogUnit.encode(unit, WalOptions.MAX_UNIT_BYTES);
      encoded.number(next);
      GroupEncoder encoder = new GroupEncoder(new CodecChooser(codec));
      encoder.begin(salt);
      encoder.encode(List.of(encoded), next - 1, footer);
      put(out, encoder.frames());
      for (WalRecord record : unit) {
        footer.wrote(record.tableUuid(), next);
        records.add(WalHistory.describe(record.withSequence(next++)));
      }
    }
    footerOffset = out.size();
    GroupEncoder encoder = new GroupEncoder(new CodecChooser(Compression.NONE));
    encoder.begin(salt);
    put(out, encoder.encodeFooter(footer, 1, next - 1));
    whole = out.toByteArray();
    Files.write(segment, whole);
    assertThat(WalFixture.frames(segment)).extracting(LogFrame::codec).contains(0, 1, 2, 3);
  }

  private static void put(ByteArrayOutputStream out, ByteBuffer bytes) {
    out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
  }

  private static List<String> describe(WalFixture.Opened log) {
    return log.records().stream().map(WalHistory::describe).toList();
  }

  @Test
  void everyBitOfAnOlderSegmentCounts() throws Exception {
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder)) {
      assertThat(describe(log)).isEqualTo(records);
      log.wal().append(List.of(WalFixture.delete(WalFixture.TABLE, "newer")));
    }
    assertThat(WalFixture.segments(folder)).hasSize(2);
    assertThat(Files.readAllBytes(segment)).as("an ended segment stays as it is").isEqualTo(whole);
    everyFlipIsRefused(0, whole.length);
  }

  @Test
  void everyBitBehindTheHeaderOfTheNewestSegmentCounts() throws Exception {
    everyFlipIsRefused(headerLength, footerOffset);
    Path copy = Files.createDirectories(temp.resolve("copy"));
    Path target = copy.resolve(segment.getFileName());
    for (int at = footerOffset; at < whole.length; at++) {
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        for (Path left : WalFixture.segments(copy)) {
          Files.delete(left);
        }
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << bit);
        Files.write(target, damaged);
        try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, copy)) {
          assertThat(describe(log)).as("byte %d, bit %d", at, bit).isEqualTo(records);
          WalRecovery recovery = log.wal().recovery();
          assertThat(recovery.closedInOrder()).isFalse();
          assertThat(recovery.tornTails()).hasSize(1);
          WalRecovery.TornTail tail = recovery.tornTails().get(0);
          assertThat(tail.file()).isEqualTo(target);
          assertThat(tail.offset()).isEqualTo(footerOffset);
          assertThat(tail.bytes()).isEqualTo(whole.length - footerOffset);
        } catch (CorruptFileException e) {
          namesThePlace(e, at, bit, target);
        }
      }
    }
  }

  @Test
  void anOlderSegmentMayNotEndEarlyAnywhere() throws Exception {
    WalFixture.open(WalFixture.UNSYNCED, folder).close();
    for (int length = 0; length < whole.length; length++) {
      expectRefused(Arrays.copyOf(whole, length), length, length == headerLength);
      if (length >= headerLength) {
        byte[] zeros = new byte[whole.length];
        System.arraycopy(whole, 0, zeros, 0, length);
        expectRefused(zeros, length, length == headerLength);
      }
    }
  }

  private void expectRefused(byte[] damaged, int length, boolean nothingIsLeft) {
    if (Arrays.equals(damaged, whole)) {
      return; // it ends with zeros
    }
    FlippedDisk disk = new FlippedDisk(WalFixture.LOCAL, segment, damaged);
    assertThatThrownBy(() -> WalFixture.open(disk, folder))
        .as("%d bytes of %d", length, whole.length)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(nothingIsLeft ? "sequences=1 to 8" : segment.toString());
    assertThat(disk.changes()).isZero();
  }

  private void everyFlipIsRefused(int from, int to) throws IOException {
    FlippedDisk disk = new FlippedDisk(WalFixture.LOCAL, segment, whole);
    for (int at = from; at < to; at++) {
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        disk.flip(at, bit);
        namesThePlace(openingFails(disk, at, bit), at, bit, segment);
        disk.flip(at, bit);
      }
    }
    assertThat(disk.changes()).as("changes on disk").isZero();
  }

  private CorruptFileException openingFails(FlippedDisk disk, int at, int bit) {
    try {
      WalFixture.open(disk, folder).close();
    } catch (CorruptFileException e) {
      return e;
    }
    throw new AssertionError("bit " + bit + " of byte " + at + " was not missed");
  }

  private static void namesThePlace(CorruptFileException e, int at, int bit, Path file) {
    String message = String.valueOf(e.getMessage());
    if (!(message.contains("file=" + file)
        && message.contains("offset=")
        && message.contains("expected=")
        && message.contains("found="))) {
      throw new AssertionError("bit " + bit + " of byte " + at + ": " + message);
    }
  }
}
