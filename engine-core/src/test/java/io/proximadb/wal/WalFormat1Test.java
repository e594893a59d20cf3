package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.testkit.WalHistory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Index;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log that the release before wrote, with a crash at its end: it is read, replayed and continued
 * as if this release had written it. The files are kept as they were, never made anew.
 */
class WalFormat1Test {
  private static final Path KEPT = Path.of("src/test/resources/io/proximadb/wal/v1");

  @TempDir Path temp;

  /** The lines of the kept file, with the names that operations have now. */
  private static List<String> expected() throws Exception {
    return Files.readAllLines(KEPT.resolve("expected.txt")).stream()
        .map(line -> line.replaceFirst(" UPSERT ", " UPDATE "))
        .map(line -> line.replaceFirst(" DELETE ", " SOFT_DELETE "))
        .toList();
  }

  private static List<String> describe(List<WalRecord> records) {
    return records.stream()
        .map(record -> WalHistory.describe(record).replace("\n", "\\n").replace("\0", "\\0"))
        .toList();
  }

  @Test
  void everyRecordComesBack() throws Exception {
    Path folder = WalFixture.copy(KEPT, temp.resolve("wal"));
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder, 3, WalOptions.DEFAULT)) {
      assertThat(describe(log.records())).isEqualTo(expected());
      assertThat(log.wal().recovery().closedInOrder()).isFalse();
      assertThat(log.wal().recovery().tornTail()).isNotNull();
      assertThat(log.wal().nextSequence()).isEqualTo(expected().size() + 1);
    }
  }

  @Test
  void itGoesOnInTheFormatOfToday() throws Exception {
    Path folder = WalFixture.copy(KEPT, temp.resolve("wal"));
    int kept = expected().size();
    WalRecord next =
        WalRecord.ofId(
            WalFixture.TABLE, 5, WalRecord.Operation.SET_TTL, "new", 6, 7, 8_000_000_000_000_000L);
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder, 3, WalOptions.DEFAULT)) {
      log.wal().awaitDurable(log.wal().append(List.of(next)));
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder, 4, WalOptions.DEFAULT)) {
      assertThat(describe(log.records().subList(0, kept))).isEqualTo(expected());
      assertThat(log.records())
          .hasSize(kept + 1)
          .contains(next.withSequence(kept + 1L), atIndex(kept));
      assertThat(log.wal().recovery().closedInOrder()).isTrue();
      log.wal().release(WalFixture.TABLE, kept);
      log.wal().release(WalFixture.OTHER_TABLE, kept);
      assertThat(WalFixture.segments(folder)).as("segments of format 1 go too").hasSize(2);
    }
  }

  private static Index atIndex(int index) {
    return Index.atIndex(index);
  }
}
