package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.FaultyDisk.Fault;
import io.proximadb.testkit.FaultyDisk.Step;
import io.proximadb.testkit.WalHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs in several directories that are written side by side. */
class WalStripesTest {
  @TempDir Path temp;

  private Path home;
  private Path a;
  private Path b;

  @BeforeEach
  void nameFolders() {
    home = temp.resolve("home");
    a = temp.resolve("a");
    b = temp.resolve("b");
  }

  private static WalOptions in(DirectoryLayout layout, Path... directories) {
    return WalOptions.builder()
        .preallocateBytes(WalFixture.PREALLOCATED)
        .layout(layout)
        .directories(List.of(directories))
        .build();
  }

  private static WalOptions stripes(Path... directories) {
    return in(DirectoryLayout.STRIPE, directories);
  }

  private WalFixture.Opened open(long incarnation, WalOptions options) {
    return WalFixture.open(WalFixture.UNSYNCED, home, incarnation, options);
  }

  /** Appends records named by their numbers, and waits for each. */
  private static void write(FileWal wal, int count) {
    for (int i = 0; i < count; i++) {
      String id = "r" + wal.nextSequence();
      wal.awaitDurable(wal.append(List.of(WalFixture.upsert(WalFixture.TABLE, id, i))));
    }
  }

  private static void expectRecords(WalFixture.Opened log, int count) {
    assertThat(log.records())
        .extracting(WalRecord::id)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, count).mapToObj(number -> "r" + number).toList());
    assertThat(log.wal().nextSequence()).isEqualTo(count + 1L);
  }

  private static TreeSet<Long> sequences(Path directory) throws IOException {
    TreeSet<Long> sequences = new TreeSet<>();
    for (Path segment : WalFixture.segments(directory)) {
      for (LogFrame frame : WalFixture.frames(segment)) {
        for (int i = 0; i < frame.records(); i++) {
          sequences.add(frame.firstSequence() + i);
        }
      }
    }
    return sequences;
  }

  /** Numbers as messages name them. */
  private static String name(TreeSet<Long> sequences) {
    StringJoiner names = new StringJoiner(", ");
    for (Long first = sequences.isEmpty() ? null : sequences.first(); first != null; ) {
      long last = first;
      while (sequences.contains(last + 1)) {
        last++;
      }
      names.add(first == last ? "" + first : first + " to " + last);
      first = sequences.higher(last);
    }
    return names.toString();
  }

  @Test
  void manyThreadsFillAllDirectoriesAndRecoveryMergesThem() throws Exception {
    int threads = 8;
    int each = 60;
    WalHistory history = new WalHistory();
    Path c = temp.resolve("c");
    try (WalFixture.Opened log = open(1, stripes(a, b, c))) {
      List<Thread> writers = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        String prefix = "t" + t + "-";
        Thread writer =
            new Thread(
                () -> {
                  for (int i = 0; i < each; i++) {
                    List<WalRecord> unit =
                        List.of(
                            WalFixture.upsert(WalFixture.TABLE, prefix + i, i),
                            WalFixture.delete(WalFixture.TABLE, prefix + i));
                    long first = log.wal().append(unit);
                    history.appended(first, unit);
                    log.wal().awaitDurable(first + 1);
                    history.acknowledged(first + 1);
                  }
                });
        writer.start();
        writers.add(writer);
      }
      for (Thread writer : writers) {
        writer.join();
      }
    }
    TreeSet<Long> all = new TreeSet<>();
    for (Path directory : List.of(a, b, c)) {
      TreeSet<Long> part = sequences(directory);
      assertThat(part).as("records in %s", directory).isNotEmpty();
      int before = all.size();
      all.addAll(part);
      assertThat(all).as("none twice").hasSize(before + part.size());
    }
    assertThat(all).hasSize(2 * threads * each);
    try (WalFixture.Opened log = open(2, stripes(a, b, c))) {
      assertThat(log.wal().recovery().closedInOrder()).isTrue();
      assertThat(history.violations(log.records(), log.wal().nextSequence())).isEmpty();
    }
  }

  @Test
  void twoDirectoriesReplayAsOneDoes() {
    try (WalFixture.Opened log = open(1, WalFixture.SMALL)) {
      write(log.wal(), 20);
    }
    List<String> alone;
    try (WalFixture.Opened log = open(2, WalFixture.SMALL)) {
      alone = log.records().stream().map(WalHistory::describe).toList();
    }
    Path other = temp.resolve("other");
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, other, 1, stripes(a, b))) {
      write(log.wal(), 20);
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, other, 2, stripes(b, a))) {
      assertThat(log.records().stream().map(WalHistory::describe)).isEqualTo(alone);
    }
  }

  private enum Loss {
    FOLDER,
    CONTENTS
  }

  @ParameterizedTest
  @ValueSource(strings = {"a FOLDER", "b FOLDER", "a CONTENTS", "b CONTENTS"})
  void aMissingDirectoryIsRefusedWithItsRecordsNamed(String loss) throws Exception {
    try (WalFixture.Opened log = open(1, stripes(a, b))) {
      write(log.wal(), 9);
      log.wal()
          .awaitDurable(
              log.wal()
                      .append(
                          List.of(
                              WalFixture.upsert(WalFixture.TABLE, "r10", 1),
                              WalFixture.upsert(WalFixture.TABLE, "r11", 1)))
                  + 1);
    }
    loseAndBringBack(loss.startsWith("a") ? a : b, loss, 2, 11);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a FOLDER", "b FOLDER", "a CONTENTS", "b CONTENTS"})
  void soIsOneOfALogThatWasOpenedOften(String loss) throws Exception {
    try (WalFixture.Opened log = open(1, stripes(a, b))) {
      write(log.wal(), 8);
    }
    open(2, stripes(a, b)).close();
    open(3, stripes(a, b)).close();
    loseAndBringBack(loss.startsWith("a") ? a : b, loss, 4, 8);
  }

  private void loseAndBringBack(Path lost, String loss, long incarnation, int records)
      throws IOException {
    TreeSet<Long> missing = sequences(lost);
    assertThat(missing).isNotEmpty();
    Path kept = temp.resolve("kept");
    Files.move(lost, kept);
    if (Loss.valueOf(loss.substring(2)) == Loss.CONTENTS) {
      Files.createDirectory(lost);
    }
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> open(incarnation, stripes(a, b)))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("directories=[" + lost + "]")
          .hasMessageContaining("sequences=" + name(missing) + ", and any written after");
      assertThat(Files.exists(lost.resolve(LogDirectories.MARKER))).isFalse();
    }
    // What the settings say does not matter for what was written.
    assertThatThrownBy(() -> open(incarnation, stripes(lost.equals(a) ? b : a)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("directories=[" + lost + "]");
    WalFixture.delete(lost);
    Files.move(kept, lost);
    try (WalFixture.Opened log = open(incarnation, stripes(a, b))) {
      expectRecords(log, records);
      assertThat(log.wal().recovery().closedInOrder()).isTrue();
    }
  }

  @Test
  void theListMayBeLostIfTheSettingsNameAllDirectories() throws Exception {
    try (WalFixture.Opened log = open(1, stripes(a, b))) {
      write(log.wal(), 8);
    }
    TreeSet<Long> missing = sequences(b);
    WalFixture.delete(home);
    assertThatThrownBy(() -> open(2, stripes(a)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("1 of its 2 directories are not known")
        .hasMessageContaining("sequences=" + name(missing) + ", and any")
        .hasMessageContaining(WalOptions.DIRECTORIES_PROPERTY);
    try (WalFixture.Opened log = open(2, stripes(a, b))) {
      expectRecords(log, 8);
    }
  }

  @Test
  void directoriesOfBeforeAreListedUntilTheirSegmentsAreReleased() throws Exception {
    List<WalOptions> settings =
        List.of(
            WalFixture.SMALL,
            stripes(a, b),
            in(DirectoryLayout.MIRROR, a, temp.resolve("c")),
            WalFixture.SMALL);
    Path list = home.resolve(LogDirectories.FILE);
    for (int i = 0; i < settings.size(); i++) {
      try (WalFixture.Opened log = open(i + 1, settings.get(i))) {
        expectRecords(log, 6 * i);
        assertThat(Files.exists(list)).isEqualTo(i > 0);
        write(log.wal(), 6);
      }
    }
    assertThat(Files.readString(list))
        .contains(home.toString(), a.toString(), b.toString(), temp.resolve("c").toString());
    try (WalFixture.Opened log = open(5, WalFixture.SMALL)) {
      expectRecords(log, 24);
      log.wal().release(WalFixture.TABLE, 12);
      assertThat(WalFixture.segments(b)).isEmpty();
      assertThat(Files.readString(list)).doesNotContain(b.toString()).contains(a.toString());
      // A directory that is no longer listed may go.
      WalFixture.delete(b);
    }
    try (WalFixture.Opened log = open(6, WalFixture.SMALL)) {
      assertThat(log.records()).extracting(WalRecord::sequence).startsWith(13L).hasSize(12);
      log.wal().release(WalFixture.TABLE, 24);
      assertThat(Files.exists(list)).as("one folder needs no list").isFalse();
      assertThat(WalFixture.segments(a)).isEmpty();
      write(log.wal(), 1);
    }
    WalFixture.delete(a);
    WalFixture.delete(temp.resolve("c"));
    try (WalFixture.Opened log = open(7, WalFixture.SMALL)) {
      assertThat(log.records()).extracting(WalRecord::sequence).containsExactly(25L);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"STRIPE", "MIRROR"})
  void aDirectoryWithSegmentsOfAnotherEngineIsRefused(DirectoryLayout layout) throws Exception {
    UUID stranger = new UUID(1, 1);
    FileWal other =
        FileWal.open(WalFixture.UNSYNCED, b, stranger, 1, WalFixture.SMALL, record -> {});
    write(other, 3);
    other.close();
    Path segment = WalFixture.segments(b).get(0);
    byte[] before = Files.readAllBytes(segment);
    assertThatThrownBy(() -> open(1, in(layout, a, b)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(segment.toString())
        .hasMessageContaining("expected=" + WalFixture.ENGINE)
        .hasMessageContaining("found=" + stranger);
    assertThat(Files.readAllBytes(segment)).isEqualTo(before);
    assertThat(WalFixture.segments(b)).containsExactly(segment);
  }

  /** An engine died while it wrote its first groups; the next ones die while they open the log. */
  @ParameterizedTest
  @EnumSource(
      value = Step.class,
      names = {"CREATE", "WRITE", "SYNC", "MOVE", "SYNC_DIRECTORY", "DELETE"})
  void anOpeningThatFailsAnywhereMayBeTriedAgain(Step step) throws Exception {
    open(1, stripes(a, b)).close();
    byte[] garbage = new byte[600];
    garbage[599] = 1;
    for (Path directory : List.of(a, b)) {
      Path segment = WalFixture.segments(directory).get(0);
      long footer = WalFixture.frames(segment).get(0).offset();
      Files.write(segment, Arrays.copyOf(Files.readAllBytes(segment), (int) footer));
      Files.write(segment, garbage, StandardOpenOption.APPEND);
    }
    int failures = 0;
    for (boolean opened = false; !opened; ) {
      FaultyDisk disk = new FaultyDisk(WalFixture.UNSYNCED, 1);
      disk.failAt(step, failures + 1, Fault.IO_ERROR);
      try (WalFixture.Opened log = WalFixture.open(disk, home, failures + 2, stripes(a, b))) {
        opened = true;
        assertThat(log.wal().nextSequence()).isEqualTo(1);
      } catch (UnavailableException e) {
        assertThat(e).hasMessageContaining("Input/output error");
        failures++;
      }
    }
    try (WalFixture.Opened log = open(failures + 3, stripes(a, b))) {
      expectRecords(log, 0);
    }
    assertThat(failures).isPositive();
  }
}
