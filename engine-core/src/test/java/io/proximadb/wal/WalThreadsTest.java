package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.ClosedException;
import io.proximadb.error.UnavailableException;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.FaultyDisk.Fault;
import io.proximadb.testkit.FaultyDisk.Step;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.WalHistory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads that share groups, and what happens to all of them when one is disturbed. */
class WalThreadsTest {
  private static final int THREADS = 16;

  @TempDir Path folder;

  private final WalHistory history = new WalHistory();

  /** In some folders; a negative number of them is a mirror. */
  private WalOptions options(int stripes) {
    List<Path> directories = new ArrayList<>();
    for (int i = 0; i < Math.abs(stripes); i++) {
      directories.add(folder.resolve("disk" + i));
    }
    return WalOptions.builder()
        .segmentBytes(6_000)
        .preallocateBytes(WalFixture.PREALLOCATED)
        .directories(directories)
        .layout(stripes < 0 ? DirectoryLayout.MIRROR : DirectoryLayout.STRIPE)
        .build();
  }

  /** Appends a unit and waits for it. */
  private void write(FileWal wal, Random random) {
    List<WalRecord> unit = WalFixture.randomUnit(random);
    long first = wal.append(unit);
    history.appended(first, unit);
    wal.awaitDurable(first + unit.size() - 1);
    history.acknowledged(first + unit.size() - 1);
  }

  private void expectAllThatWasAcknowledged(WalOptions options) {
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder, 2, options)) {
      assertThat(history.violations(log.records(), log.wal().nextSequence())).isEmpty();
    }
  }

  private static <T> List<T> runAll(List<Callable<T>> tasks) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(tasks.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> future : pool.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    } finally {
      pool.shutdownNow();
    }
  }

  /** A writer, and how often it was interrupted and knew of it. */
  private static final class Writer {
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger seen = new AtomicInteger();
    private volatile Thread thread = Thread.currentThread();

    void look() {
      if (Thread.interrupted()) {
        seen.incrementAndGet();
      }
    }

    /** Interrupts it unless it has not seen the last time yet. */
    void interrupt() {
      if (sent.get() == seen.get()) {
        sent.incrementAndGet();
        thread.interrupt();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, -2})
  void interruptsHarmNothingAndAreKept(int stripes) throws Exception {
    Random random = Seed.random("WalThreadsTest");
    int interrupts = 150;
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch started = new CountDownLatch(THREADS);
    List<Writer> writers = new ArrayList<>();
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder, options(stripes))) {
      List<Callable<Integer>> tasks = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        Random own = new Random(random.nextLong());
        Writer writer = new Writer();
        writers.add(writer);
        tasks.add(
            () -> {
              writer.thread = Thread.currentThread();
              started.countDown();
              while (!done.get()) {
                write(log.wal(), own);
                writer.look();
              }
              writer.look();
              return writer.sent.get() - writer.seen.get();
            });
      }
      tasks.add(
          () -> {
            try {
              started.await();
              for (int i = 0; i < interrupts; i++) {
                long before = log.wal().durableSequence();
                writers.get(random.nextInt(THREADS)).interrupt();
                while (log.wal().durableSequence() == before
                    && log.wal().stats().readOnlyBecause().isEmpty()) {
                  Thread.onSpinWait();
                }
              }
            } finally {
              done.set(true);
            }
            return 0;
          });
      assertThat(runAll(tasks)).as("interrupts that were swallowed").containsOnly(0);
      assertThat(log.wal().stats().readOnlyBecause()).isEmpty();
      assertThat(log.wal().segments()).as("segments were ended too").isGreaterThan(2);
    }
    assertThat(writers.stream().mapToInt(writer -> writer.seen.get()).sum())
        .isGreaterThan(interrupts / 4);
    expectAllThatWasAcknowledged(options(stripes));
  }

  @Test
  void anInterruptedThreadMayEndSegmentsAndDeleteThem() {
    try (WalFixture.Opened log =
        WalFixture.open(WalFixture.LOCAL, folder, WalFixture.segmentsOf(1))) {
      for (int i = 1; i <= 4; i++) {
        Thread.currentThread().interrupt();
        log.wal().awaitDurable(log.wal().append(List.of(WalFixture.delete(WalFixture.TABLE, "x"))));
        assertThat(Thread.interrupted()).as("still interrupted").isTrue();
      }
      assertThat(log.wal().segments()).isEqualTo(4);
      Thread.currentThread().interrupt();
      log.wal().release(WalFixture.TABLE, 3);
      assertThat(Thread.interrupted()).as("still interrupted").isTrue();
      assertThat(log.wal().segments()).isEqualTo(1);
      Thread.currentThread().interrupt();
    }
    assertThat(Thread.interrupted()).as("still interrupted").isTrue();
  }

  @ParameterizedTest
  @CsvSource({"1, SYNC", "1, WRITE", "2, SYNC", "2, WRITE", "-2, SYNC", "-2, WRITE"})
  void theFailureOfALeaderReachesAllWhoWait(int stripes, Step step) throws Exception {
    FaultyDisk disk = new FaultyDisk(WalFixture.UNSYNCED, 1);
    try (WalFixture.Opened log = WalFixture.open(disk, folder, options(stripes))) {
      disk.failAt(step, 30, Fault.IO_ERROR);
      List<Callable<UnavailableException>> tasks = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        Random own = new Random(t);
        tasks.add(
            () -> {
              while (true) {
                List<WalRecord> unit = WalFixture.randomUnit(own);
                try {
                  synchronized (history) {
                    // What was not acknowledged may come back, so the history must know of it.
                    history.appended(log.wal().nextSequence(), unit);
                    log.wal().append(unit);
                  }
                  long last = log.wal().nextSequence() - 1;
                  log.wal().awaitDurable(last);
                  history.acknowledged(last);
                } catch (UnavailableException e) {
                  return e;
                }
              }
            });
      }
      for (UnavailableException failure : runAll(tasks)) {
        assertThat(failure)
            .hasMessageContaining("read-only")
            .hasMessageContaining("Input/output error");
      }
      long next = log.wal().nextSequence();
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> write(log.wal(), new Random(1)))
            .isInstanceOf(UnavailableException.class);
      }
      assertThat(log.wal().nextSequence()).isEqualTo(next);
    }
    expectAllThatWasAcknowledged(options(stripes));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void closingKeepsWhatWasAppendedAndRefusesTheRest(int stripes) throws Exception {
    WalFixture.Opened log = WalFixture.open(WalFixture.UNSYNCED, folder, options(stripes));
    CountDownLatch atWork = new CountDownLatch(THREADS);
    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      Random own = new Random(t);
      boolean waits = t % 2 == 0;
      tasks.add(
          () -> {
            for (int units = 0; ; units++) {
              List<WalRecord> unit = WalFixture.randomUnit(own);
              long first;
              try {
                first = log.wal().append(unit);
              } catch (ClosedException e) {
                return units;
              }
              // What was appended counts, whether somebody waits or not.
              history.appended(first, unit);
              history.acknowledged(first + unit.size() - 1);
              if (units == 0) {
                atWork.countDown();
              }
              if (waits) {
                log.wal().awaitDurable(first + unit.size() - 1);
              }
            }
          });
    }
    tasks.add(
        () -> {
          atWork.await();
          log.close();
          return 1;
        });
    assertThat(runAll(tasks)).allMatch(units -> units > 0);
    assertThat(log.wal().durableSequence()).isEqualTo(log.wal().nextSequence() - 1);
    expectAllThatWasAcknowledged(options(stripes));
  }
}
