package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.UnavailableException;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.FaultyDisk.Fault;
import io.proximadb.testkit.FaultyDisk.Step;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalRetentionTest {
  @TempDir Path folder;

  /** Each of these becomes a segment of its own; numbers begin at 1. */
  private static void appendEach(FileWal wal, UUID... tables) {
    for (UUID table : tables) {
      wal.awaitDurable(wal.append(List.of(WalFixture.delete(table, "id"))));
    }
  }

  @Test
  void segmentsGoWhenNoTableNeedsThemOldestFirst() throws Exception {
    try (WalFixture.Opened log =
        WalFixture.open(WalFixture.LOCAL, folder, WalFixture.segmentsOf(1))) {
      appendEach(
          log.wal(),
          WalFixture.TABLE,
          WalFixture.OTHER_TABLE,
          WalFixture.TABLE,
          WalFixture.OTHER_TABLE,
          WalFixture.TABLE);
      assertThat(firstSequences()).containsExactly(1L, 2L, 3L, 4L, 5L);
      log.wal().release(WalFixture.TABLE, 3);
      assertThat(firstSequences()).containsExactly(2L, 3L, 4L, 5L);
      log.wal().release(WalFixture.OTHER_TABLE, 2);
      assertThat(firstSequences()).containsExactly(4L, 5L);
      log.wal().release(WalFixture.OTHER_TABLE, 1);
      log.wal().release(WalFixture.TABLE, Long.MAX_VALUE);
      assertThat(firstSequences()).as("numbers go up only").containsExactly(4L, 5L);
      log.wal().forget(WalFixture.OTHER_TABLE);
      assertThat(firstSequences()).as("the newest stays").containsExactly(5L);
      assertThat(log.wal().segments()).isEqualTo(1);
    }
  }

  @Test
  void recoveryKnowsWhichTablesNeedASegment() throws Exception {
    try (WalFixture.Opened log =
        WalFixture.open(WalFixture.LOCAL, folder, WalFixture.segmentsOf(1))) {
      appendEach(log.wal(), WalFixture.TABLE, WalFixture.OTHER_TABLE, WalFixture.TABLE);
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(firstSequences()).containsExactly(1L, 2L, 3L, 4L);
      log.wal().release(WalFixture.TABLE, 3);
      assertThat(firstSequences()).containsExactly(2L, 3L, 4L);
      log.wal().forget(WalFixture.OTHER_TABLE);
      assertThat(firstSequences()).containsExactly(4L);
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(log.records()).isEmpty();
      assertThat(log.wal().nextSequence()).as("numbers never start again").isEqualTo(4);
      assertThat(log.wal().recovery().firstSequence()).isEqualTo(4);
    }
  }

  @Test
  void aDeletionThatFailsIsReportedAndDoneNextTime() throws Exception {
    for (Step step : List.of(Step.DELETE, Step.SYNC_DIRECTORY)) {
      Path log = folder.resolve(step.name());
      FaultyDisk disk = new FaultyDisk(WalFixture.LOCAL, 1);
      try (WalFixture.Opened opened = WalFixture.open(disk, log, WalFixture.segmentsOf(1))) {
        appendEach(opened.wal(), WalFixture.TABLE, WalFixture.TABLE, WalFixture.TABLE);
        disk.failAt(step, 1, Fault.IO_ERROR);
        assertThatThrownBy(() -> opened.wal().release(WalFixture.TABLE, 2))
            .isInstanceOf(UnavailableException.class)
            .hasMessageContaining("Cannot delete log segments");
        appendEach(opened.wal(), WalFixture.OTHER_TABLE);
        opened.wal().release(WalFixture.TABLE, 2);
        assertThat(WalFixture.segments(log)).hasSize(2);
      }
    }
  }

  private List<Long> firstSequences() throws Exception {
    return WalFixture.segments(folder).stream()
        .map(file -> LogFormat.firstSequence(file).orElseThrow())
        .toList();
  }
}
