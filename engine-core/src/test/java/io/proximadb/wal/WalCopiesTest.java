package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs whose directories hold the same. */
class WalCopiesTest {
  private static final int RECORDS = 8;

  @TempDir Path temp;

  private Path home;
  private List<Path> copies;
  private WalOptions options;

  @BeforeEach
  void writeALog() throws Exception {
    home = temp.resolve("home");
    copies = List.of(temp.resolve("a"), temp.resolve("b"));
    options =
        WalOptions.builder()
            .preallocateBytes(WalFixture.PREALLOCATED)
            .layout(DirectoryLayout.MIRROR)
            .directories(copies)
            .build();
    try (WalFixture.Opened log = open(1)) {
      for (int i = 1; i <= RECORDS; i++) {
        log.wal().awaitDurable(log.wal().append(List.of(record(i))));
      }
    }
    assertThat(Files.readAllBytes(segment(0))).isEqualTo(Files.readAllBytes(segment(1)));
  }

  private static WalRecord record(int number) {
    return WalFixture.upsert(WalFixture.TABLE, "r" + number, number);
  }

  private WalFixture.Opened open(long incarnation) {
    return WalFixture.open(WalFixture.UNSYNCED, home, incarnation, options);
  }

  private Path segment(int copy) {
    return LogFormat.segment(copies.get(copy), 1);
  }

  /** Opens the log, which must be whole; both copies are the same and whole afterwards. */
  private WalRecovery expectAll(long incarnation) throws IOException {
    WalRecovery recovery;
    try (WalFixture.Opened log = open(incarnation)) {
      assertThat(log.records())
          .extracting(WalRecord::id)
          .containsExactlyElementsOf(
              IntStream.rangeClosed(1, RECORDS).mapToObj(number -> "r" + number).toList());
      recovery = log.wal().recovery();
    }
    List<Path> first = WalFixture.segments(copies.get(0));
    List<Path> second = WalFixture.segments(copies.get(1));
    assertThat(first).hasSameSizeAs(second).isNotEmpty();
    for (int i = 0; i < first.size(); i++) {
      assertThat(first.get(i).getFileName()).isEqualTo(second.get(i).getFileName());
      assertThat(Files.readAllBytes(first.get(i))).isEqualTo(Files.readAllBytes(second.get(i)));
    }
    assertThat(WalFixture.frames(segment(0))).hasSize(RECORDS + 1);
    return recovery;
  }

  /** Makes the log's only segment one that is not the newest. */
  private void makeOlder() {
    open(2).close();
  }

  private long frameOffset(int number) throws IOException {
    try (LogReader reader = LogReader.open(WalFixture.LOCAL, segment(1))) {
      LogFrame frame = null;
      for (int i = 0; i <= number; i++) {
        frame = reader.next();
      }
      return frame.offset();
    }
  }

  private static void flip(Path file, long at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) at] ^= 8;
    Files.write(file, bytes);
  }

  private static void cut(Path file, long length) throws IOException {
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), (int) length));
  }

  @ParameterizedTest
  @CsvSource({"0, true", "1, true", "0, false", "1, false"})
  void losingADirectoryLosesNothing(int copy, boolean folderToo) throws Exception {
    makeOlder();
    WalFixture.delete(copies.get(copy));
    if (!folderToo) {
      Files.createDirectory(copies.get(copy));
    }
    assertThat(expectAll(3).notes()).contains("Missing copy made anew: " + segment(copy));
    assertThat(expectAll(4).notes()).isEmpty();
    // Now the other one.
    WalFixture.delete(copies.get(1 - copy));
    assertThat(expectAll(5).notes()).contains("Missing copy made anew: " + segment(1 - copy));
  }

  @Test
  void losingBothIsRefused() throws Exception {
    for (Path copy : copies) {
      WalFixture.delete(copy);
    }
    assertThatThrownBy(() -> open(2))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(copies.toString());
  }

  @ParameterizedTest
  @CsvSource({"0, true", "1, true", "0, false", "1, false"})
  void damageInOneCopyIsHealed(int copy, boolean older) throws Exception {
    if (older) {
      makeOlder();
    }
    flip(segment(copy), frameOffset(3) + 50);
    WalRecovery recovery = expectAll(3);
    assertThat(recovery.notes()).contains("Damaged copy made anew: " + segment(copy));
    assertThat(recovery.tornTails()).isEmpty();
    assertThat(expectAll(4).notes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void damageAtDifferentPlacesIsHealed(boolean older) throws Exception {
    if (older) {
      makeOlder();
    }
    flip(segment(0), frameOffset(1) + 50);
    long second = frameOffset(5) + 50;
    flip(segment(0), frameOffset(7) + 50);
    flip(segment(1), second);
    WalRecovery recovery = expectAll(3);
    assertThat(recovery.notes())
        .contains("Damaged copy made anew: " + segment(0), "Damaged copy made anew: " + segment(1));
    assertThat(expectAll(4).notes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, true", "1, true", "0, false", "1, false"})
  void aDamagedHeaderInOneCopyIsHealed(int copy, boolean older) throws Exception {
    if (older) {
      makeOlder();
    }
    flip(segment(copy), LogFormat.HEADER_SALT_OFFSET);
    assertThat(expectAll(3).notes()).anyMatch(note -> note.contains(segment(copy).toString()));
    assertThat(expectAll(4).notes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, true", "1, true", "0, false", "1, false"})
  void aCopyThatEndsEarlyIsHealed(int copy, boolean older) throws Exception {
    if (older) {
      makeOlder();
    }
    cut(segment(copy), frameOffset(0));
    assertThat(expectAll(3).notes()).contains("Damaged copy made anew: " + segment(copy));
    assertThat(expectAll(4).notes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, true", "1, true", "0, false", "1, false"})
  void moreThanTheSegmentInOneCopyIsCut(int copy, boolean older) throws Exception {
    if (older) {
      makeOlder();
    }
    byte[] whole = Files.readAllBytes(segment(copy));
    byte[] longer = Arrays.copyOf(whole, whole.length + 100);
    longer[whole.length + 7] = 1;
    Files.write(segment(copy), longer);
    assertThat(expectAll(3).notes()).contains("Damaged copy made anew: " + segment(copy));
    assertThat(expectAll(4).notes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void damageAtTheSamePlaceOfBothIsRefused(boolean older) throws Exception {
    if (older) {
      makeOlder();
    }
    long offset = frameOffset(3);
    flip(segment(0), offset + 50);
    flip(segment(1), offset + 51);
    expectRefusedAt(offset);
  }

  private void expectRefusedAt(long offset) throws IOException {
    byte[] first = Files.readAllBytes(segment(0));
    byte[] second = Files.readAllBytes(segment(1));
    assertThatThrownBy(() -> open(3))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(LogFormat.segment(Path.of(""), 1).toString())
        .hasMessageContaining("offset=" + offset);
    assertThat(Files.readAllBytes(segment(0))).isEqualTo(first);
    assertThat(Files.readAllBytes(segment(1))).isEqualTo(second);
  }

  /** One copy ends before the damage in the other, behind which good frames stand. */
  @ParameterizedTest
  @CsvSource({"0, true", "1, true", "0, false", "1, false"})
  void oneThatEndsEarlyAndOneDamagedThereAreRefused(int copy, boolean older) throws Exception {
    if (older) {
      makeOlder();
    }
    long offset = frameOffset(3);
    flip(segment(1 - copy), offset + 50);
    cut(segment(copy), offset);
    expectRefusedAt(offset);
  }

  @Test
  void damagedHeadersInBothAreRefused() throws Exception {
    flip(segment(0), LogFormat.HEADER_SALT_OFFSET);
    flip(segment(1), LogFormat.HEADER_SALT_OFFSET + 1);
    assertThatThrownBy(() -> open(3))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("header is damaged");
  }

  /** An engine dies with a group in one folder only. */
  @Test
  void aGroupThatOnlyOneCopyHasMayComeBackAndIsThenInBoth() throws Exception {
    long last = frameOffset(RECORDS - 1);
    long footer = frameOffset(RECORDS);
    cut(segment(0), last);
    cut(segment(1), footer);
    WalRecovery recovery = expectAll(2);
    assertThat(recovery.closedInOrder()).isFalse();
    assertThat(expectAll(3).closedInOrder()).isTrue();
  }

  @Test
  void aCopyOfBeforeIsNotTakenForTheLog() throws Exception {
    // The folder comes back from a backup that is older than the log.
    Path backup = temp.resolve("backup");
    Files.createDirectory(backup);
    cut(Files.copy(segment(0), backup.resolve("x")), frameOffset(4));
    makeOlder();
    Files.copy(backup.resolve("x"), segment(0), StandardCopyOption.REPLACE_EXISTING);
    Files.delete(WalFixture.segments(copies.get(0)).get(1));
    assertThat(expectAll(3).notes()).contains("Damaged copy made anew: " + segment(0));
    assertThat(expectAll(4).notes()).isEmpty();
  }

  /** The settings name one folder again; one of those of before is lost, or damaged. */
  @ParameterizedTest
  @CsvSource({"0, LOST", "1, LOST", "0, HEADER", "1, HEADER", "0, FRAME", "1, FRAME"})
  void aCopyThatIsNoLongerInUseMayBeLost(int copy, String damage) throws Exception {
    WalFixture.open(WalFixture.UNSYNCED, home, 2, WalFixture.SMALL).close();
    switch (damage) {
      case "LOST" -> WalFixture.delete(copies.get(copy));
      case "HEADER" -> flip(segment(copy), LogFormat.HEADER_SALT_OFFSET);
      default -> flip(segment(copy), Files.size(segment(copy)) - 200);
    }
    for (long incarnation = 3; incarnation < 5; incarnation++) {
      try (WalFixture.Opened log =
          WalFixture.open(WalFixture.UNSYNCED, home, incarnation, WalFixture.SMALL)) {
        assertThat(log.records()).hasSize(RECORDS);
      }
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, home, 5, WalFixture.SMALL)) {
      assertThat(log.records()).hasSize(RECORDS);
      log.wal().release(WalFixture.TABLE, RECORDS);
    }
    for (Path directory : copies) {
      if (Files.exists(directory)) {
        WalFixture.delete(directory);
      }
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, home, 6, WalFixture.SMALL)) {
      assertThat(log.records()).isEmpty();
      assertThat(log.wal().nextSequence()).isEqualTo(RECORDS + 1L);
    }
  }
}
