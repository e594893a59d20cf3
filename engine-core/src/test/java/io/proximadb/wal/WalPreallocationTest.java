package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are made longer ahead of what is written. */
class WalPreallocationTest {
  private static final int AHEAD = 100_000;

  @TempDir Path temp;

  private Path folder;

  @BeforeEach
  void nameFolder() {
    folder = temp.resolve("log");
  }

  private static WalOptions ahead(int bytes) {
    return WalOptions.builder().preallocateBytes(bytes).build();
  }

  private static void write(FileWal wal, int dimension) {
    wal.awaitDurable(
        wal.append(List.of(WalFixture.upsert(WalFixture.TABLE, "r", new float[dimension]))));
  }

  private Path newest() throws IOException {
    List<Path> segments = WalFixture.segments(folder);
    return segments.get(segments.size() - 1);
  }

  private static long end(Path segment) throws IOException {
    List<LogFrame> frames = WalFixture.frames(segment);
    return frames.get(frames.size() - 1).endOffset();
  }

  @Test
  void theFileIsLongerThanWhatWasWrittenAndZerosAreItsEnd() throws Exception {
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder, ahead(AHEAD))) {
      write(log.wal(), 10);
      long size = Files.size(newest());
      assertThat(size).isEqualTo(end(newest()) + AHEAD);
      for (int i = 0; i < 20; i++) {
        write(log.wal(), 10);
        assertThat(Files.size(newest())).as("no new size for a small write").isEqualTo(size);
      }
      for (int i = 0; i < 30; i++) {
        write(log.wal(), 1_000);
        assertThat(Files.size(newest())).isGreaterThanOrEqualTo(end(newest()));
      }
      assertThat(Files.size(newest())).isGreaterThan(size);
      Path copy = WalFixture.copy(folder, temp.resolve("copy"));
      try (WalFixture.Opened dead = WalFixture.open(WalFixture.UNSYNCED, copy)) {
        assertThat(dead.records()).hasSize(51);
        assertThat(dead.wal().recovery().tornTails()).isEmpty();
        assertThat(dead.wal().recovery().closedInOrder()).isFalse();
      }
      Path ended = WalFixture.segments(copy).get(0);
      assertThat(Files.size(ended)).as("recovery cuts the zeros").isEqualTo(end(ended));
    }
    assertThat(Files.size(newest())).as("so does closing").isEqualTo(end(newest()));
    assertThat(WalFixture.frames(newest())).last().matches(LogFrame::footer);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 39, 40, 41, 4_095})
  void zerosOfAnyLengthAreTheEnd(int zeros) throws Exception {
    Path copy;
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder, ahead(0))) {
      write(log.wal(), 10);
      write(log.wal(), 10);
      copy = WalFixture.copy(folder, temp.resolve("copy"));
    }
    Path segment = WalFixture.segments(copy).get(0);
    Files.write(segment, new byte[zeros], java.nio.file.StandardOpenOption.APPEND);
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, copy)) {
      assertThat(log.records()).hasSize(2);
      assertThat(log.wal().recovery().tornTails()).isEmpty();
    }
  }

  @Test
  void aFullSegmentHasNoTail() throws Exception {
    WalOptions options = WalOptions.builder().preallocateBytes(AHEAD).segmentBytes(10_000).build();
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder, options)) {
      for (int i = 0; i < 40; i++) {
        write(log.wal(), 250);
      }
      List<Path> segments = WalFixture.segments(folder);
      assertThat(segments.size()).isGreaterThan(3);
      for (Path segment : segments.subList(0, segments.size() - 1)) {
        assertThat(Files.size(segment)).isEqualTo(end(segment)).isLessThan(11_000);
        assertThat(WalFixture.frames(segment)).last().matches(LogFrame::footer);
      }
      assertThat(Files.size(newest())).isGreaterThan(end(newest()));
    }
  }

  @Test
  void largeGroupsAreNotPreallocatedFor() throws Exception {
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder, ahead(AHEAD))) {
      for (int i = 0; i < 5; i++) {
        write(log.wal(), AHEAD / 16 / Float.BYTES);
        assertThat(Files.size(newest())).isEqualTo(end(newest()));
      }
      write(log.wal(), 10);
      assertThat(Files.size(newest())).isEqualTo(end(newest()) + AHEAD);
    }
  }

  @Test
  void zeroTurnsItOff() throws Exception {
    try (WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder, ahead(0))) {
      for (int i = 0; i < 5; i++) {
        write(log.wal(), 10);
        assertThat(Files.size(newest())).isEqualTo(end(newest()));
      }
    }
  }
}
