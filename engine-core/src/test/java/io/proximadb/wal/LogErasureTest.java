package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Segments that are ended beside writers, and dropped. */
class LogErasureTest {
  private static final int WRITERS = 4;
  private static final int MARKS = 25;

  @TempDir Path temp;

  private WalOptions options(int folders, String layout) {
    return WalOptions.builder()
        .preallocateBytes(WalFixture.PREALLOCATED)
        .layout(DirectoryLayout.valueOf(layout))
        .directories(IntStream.range(0, folders).mapToObj(i -> temp.resolve("log" + i)).toList())
        .build();
  }

  private WalFixture.Opened open(long incarnation, WalOptions options) {
    return WalFixture.open(WalFixture.UNSYNCED, temp.resolve("home"), incarnation, options);
  }

  private static void write(FileWal wal) {
    wal.awaitDurable(wal.append(List.of(WalFixture.upsert(WalFixture.TABLE, "x", 1, 2))));
  }

  private static WalRecord note(WalFixture.Opened log) {
    return WalRecord.flushMark(WalFixture.TABLE, 1, log.wal().durableSequence(), 1, 1);
  }

  @ParameterizedTest
  @CsvSource({"1,STRIPE", "3,STRIPE", "2,MIRROR"})
  void writersGoOnWhileSegmentsAreEndedAndWhatWasMarkedCanGo(int folders, String layout)
      throws Exception {
    WalOptions options = options(folders, layout);
    long last;
    long end;
    ExecutorService pool = Executors.newFixedThreadPool(WRITERS);
    try (WalFixture.Opened log = open(1, options)) {
      AtomicBoolean done = new AtomicBoolean();
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(
            pool.submit(
                () -> {
                  while (!done.get()) {
                    write(log.wal());
                  }
                }));
      }
      LogErasure.Marked marked = log.wal().erasure().mark();
      for (int i = 0; i < MARKS; i++) {
        long before = marked.last();
        while (log.wal().durableSequence() < before + WRITERS) {
          Thread.onSpinWait();
        }
        marked = log.wal().erasure().mark();
        assertThat(marked.last()).isGreaterThan(before);
      }
      done.set(true);
      for (Future<?> writer : writers) {
        writer.get();
      }
      assertThat(marked.segments()).hasSizeGreaterThanOrEqualTo(MARKS).allMatch(Files::exists);
      assertThat(log.wal().erasure().drop(marked, note(log)).holders())
          .as("not released yet")
          .containsExactly(WalFixture.TABLE);
      last = marked.last();
      log.wal().release(WalFixture.TABLE, last);
      LogErasure.Dropped dropped = log.wal().erasure().drop(marked, note(log));
      assertThat(dropped.holders()).isEqualTo(Set.of());
      assertThat(dropped.segments()).containsExactlyElementsOf(marked.segments());
      assertThat(marked.segments()).noneMatch(Files::exists);
      write(log.wal());
      end = log.wal().durableSequence();
      List<Long> left = new ArrayList<>();
      log.wal().erasure().forEachRecord(record -> left.add(record.sequence()));
      assertThat(left).containsExactlyElementsOf(range(last + 1, end));
      assertThat(log.wal().stats().readOnlyBecause()).isEmpty();
    } finally {
      pool.shutdownNow();
    }
    try (WalFixture.Opened log = open(2, options)) {
      assertThat(log.records())
          .extracting(WalRecord::sequence)
          .containsExactlyElementsOf(range(last + 1, end));
      LogErasure.Marked marked = log.wal().erasure().mark();
      log.wal().release(WalFixture.TABLE, marked.last());
      assertThat(log.wal().erasure().drop(marked, note(log)).holders()).isEmpty();
      assertThat(log.wal().erasure().mark().segments()).as("nothing was written since").isEmpty();
    }
    try (WalFixture.Opened log = open(3, options)) {
      assertThat(log.records()).isEmpty();
      assertThat(log.wal().nextSequence()).isEqualTo(end + 1);
    }
  }

  private static List<Long> range(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }
}
