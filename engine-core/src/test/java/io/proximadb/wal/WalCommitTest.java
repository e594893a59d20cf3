package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.proximadb.error.ClosedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.error.UnavailableException;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.FaultyDisk.Fault;
import io.proximadb.testkit.FaultyDisk.Step;
import io.proximadb.testkit.ForwardingDisk;
import io.proximadb.testkit.WalHistory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WalCommitTest {
  @TempDir Path folder;

  private static List<WalRecord> one(String id) {
    return List.of(WalFixture.upsert(WalFixture.TABLE, id, 1, 2));
  }

  /** Knows how many bytes of outputs were written, and how many of these were synced. */
  private static final class CountingDisk extends ForwardingDisk {
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong synced = new AtomicLong();
    private final AtomicLong syncs = new AtomicLong();

    CountingDisk() {
      super(WalFixture.LOCAL);
    }

    @Override
    protected Output wrap(Path file, Output output) {
      return new ForwardingOutput(output) {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
          int count = bytes.remaining();
          super.write(bytes);
          written.addAndGet(count);
        }

        @Override
        public void sync() throws IOException {
          long before = written.get();
          super.sync();
          synced.set(before);
          syncs.incrementAndGet();
        }
      };
    }
  }

  /** Stops every sync until it is let through. */
  private static final class GatedDisk extends ForwardingDisk {
    private final Semaphore gate = new Semaphore(0);
    private volatile boolean closed;

    GatedDisk() {
      super(WalFixture.LOCAL);
    }

    @Override
    protected Output wrap(Path file, Output output) {
      return new ForwardingOutput(output) {
        @Override
        public void sync() throws IOException {
          if (closed) {
            gate.acquireUninterruptibly();
          }
          super.sync();
        }
      };
    }
  }

  @Test
  void concurrentAppendersGetDenseNumbersAndNoAcknowledgementBeforeTheSync() throws Exception {
    CountingDisk disk = new CountingDisk();
    WalHistory history = new WalHistory();
    int threads = 8;
    int unitsEach = 100;
    long expected = 0;
    try (WalFixture.Opened log = WalFixture.open(disk, folder, WalFixture.segmentsOf(20_000))) {
      List<Callable<Long>> tasks = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        Random random = new Random(t);
        tasks.add(
            () -> {
              long records = 0;
              long last = 0;
              for (int i = 0; i < unitsEach; i++) {
                List<WalRecord> unit = WalFixture.randomUnit(random);
                long first = log.wal().append(unit);
                assertThat(first).as("numbers ascend for a thread").isGreaterThan(last);
                history.appended(first, unit);
                last = first + unit.size() - 1;
                log.wal().awaitDurable(last);
                assertThat(log.wal().durableSequence()).isGreaterThanOrEqualTo(last);
                history.acknowledged(last);
                records += unit.size();
              }
              return records;
            });
      }
      for (long records : runAll(tasks)) {
        expected += records;
      }
      assertThat(log.wal().nextSequence()).isEqualTo(expected + 1);
      assertThat(disk.syncs.get()).isLessThan((long) threads * unitsEach);
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(log.wal().recovery().segments()).isGreaterThan(2);
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

  @Test
  void acknowledgementWaitsForTheSyncAndAGroupSharesOne() throws Exception {
    GatedDisk disk = new GatedDisk();
    ExecutorService pool = Executors.newCachedThreadPool();
    try (WalFixture.Opened log = WalFixture.open(disk, folder)) {
      disk.closed = true;
      long first = log.wal().append(one("first"));
      Future<?> firstWaits = pool.submit(() -> log.wal().awaitDurable(first));
      await().until(() -> disk.gate.hasQueuedThreads());
      List<Future<?>> others = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        long sequence = log.wal().append(one("other" + i));
        others.add(pool.submit(() -> log.wal().awaitDurable(sequence)));
      }
      assertThat(firstWaits.isDone()).isFalse();
      assertThat(log.wal().durableSequence()).isZero();
      disk.gate.release();
      firstWaits.get();
      await().until(() -> disk.gate.hasQueuedThreads());
      assertThat(log.wal().durableSequence()).isEqualTo(1);
      assertThat(others).noneMatch(Future::isDone);
      disk.gate.release();
      for (Future<?> other : others) {
        other.get();
      }
      assertThat(log.wal().durableSequence()).isEqualTo(21);
      disk.closed = false;
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void tooMuchInTheQueueMakesAppendersWait() throws Exception {
    GatedDisk disk = new GatedDisk();
    WalOptions small = WalOptions.builder().maxUnitBytes(1_000).maxQueuedBytes(300).build();
    try (WalFixture.Opened log = WalFixture.open(disk, folder, small)) {
      disk.closed = true;
      CountDownLatch appended = new CountDownLatch(6);
      Thread appender =
          new Thread(
              () -> {
                for (int i = 0; i < 6; i++) {
                  log.wal().append(one("record" + i));
                  appended.countDown();
                }
              });
      appender.start();
      await().until(() -> appender.getState() == Thread.State.WAITING);
      assertThat(appended.getCount()).as("some wait for room").isBetween(1L, 5L);
      disk.closed = false;
      disk.gate.release(10);
      appended.await();
      appender.join();
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(log.records()).hasSize(6);
    }
  }

  @ParameterizedTest
  @CsvSource({"SYNC, IO_ERROR", "WRITE, IO_ERROR", "WRITE, NO_SPACE", "WRITE, TORN_WRITE"})
  void afterAFailureTheLogIsReadOnlyAndTheSyncIsNotTriedAgain(Step step, Fault fault) {
    FaultyDisk disk = new FaultyDisk(WalFixture.LOCAL, 1);
    try (WalFixture.Opened log = WalFixture.open(disk, folder)) {
      log.wal().awaitDurable(log.wal().append(one("kept")));
      disk.failAt(step, 1, fault);
      long doomed = log.wal().append(one("doomed"));
      assertThatThrownBy(() -> log.wal().awaitDurable(doomed))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("read-only")
          .hasMessageContaining(folder.toString())
          .hasRootCauseInstanceOf(IOException.class);
      int syncs = disk.count(Step.SYNC);
      int writes = disk.count(Step.WRITE);
      assertThatThrownBy(() -> log.wal().append(one("late")))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("read-only");
      assertThatThrownBy(() -> log.wal().awaitDurable(doomed))
          .isInstanceOf(UnavailableException.class);
      assertThatCode(() -> log.wal().awaitDurable(1)).doesNotThrowAnyException();
      log.wal().close();
      assertThat(disk.count(Step.SYNC)).isEqualTo(syncs);
      assertThat(disk.count(Step.WRITE)).isEqualTo(writes);
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(log.records()).extracting(WalRecord::id).startsWith("kept").doesNotContain("late");
    }
  }

  @ParameterizedTest
  @CsvSource({"CREATE", "MOVE", "SYNC_DIRECTORY"})
  void aSegmentThatCannotBeBegunMakesTheLogReadOnly(Step step) {
    FaultyDisk disk = new FaultyDisk(WalFixture.LOCAL, 2);
    try (WalFixture.Opened log = WalFixture.open(disk, folder, WalFixture.segmentsOf(1))) {
      log.wal().awaitDurable(log.wal().append(one("kept")));
      disk.failAt(step, 1, Fault.NO_SPACE);
      long doomed = log.wal().append(one("doomed"));
      assertThatThrownBy(() -> log.wal().awaitDurable(doomed))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("No space left");
    }
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(log.records()).extracting(WalRecord::id).containsExactly("kept");
    }
  }

  @Test
  void aDiskThatFailsWhileOpeningIsReported() {
    for (Step step : List.of(Step.CREATE, Step.SYNC, Step.MOVE, Step.SYNC_DIRECTORY)) {
      FaultyDisk disk = new FaultyDisk(WalFixture.LOCAL, 3).failAt(step, 1, Fault.IO_ERROR);
      assertThatThrownBy(() -> WalFixture.open(disk, folder))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("Cannot open log")
          .hasMessageContaining("Input/output error");
    }
  }

  @Test
  void aUnitOverTheLimitIsRefusedByName() {
    WalOptions small = WalOptions.builder().maxUnitBytes(1_000).maxQueuedBytes(10_000).build();
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder, small)) {
      List<WalRecord> large = List.of(WalFixture.upsert(WalFixture.TABLE, "x", new float[250]));
      assertThatThrownBy(() -> log.wal().append(large))
          .isInstanceOf(ResourceExhaustedException.class)
          .hasMessageContaining("MAX_UNIT_BYTES")
          .hasMessageContaining("1000");
      log.wal().awaitDurable(log.wal().append(one("fits")));
      assertThat(log.wal().nextSequence()).isEqualTo(2);
    }
  }

  @Test
  void waitingForWhatWasNotAppendedIsAnErrorNotAWait() {
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThatThrownBy(() -> log.wal().awaitDurable(1))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("was not appended");
    }
  }

  @Test
  void closeKeepsWhatIsQueuedAndEndsWriting() {
    WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder);
    long last = 0;
    for (int i = 0; i < 50; i++) {
      last = log.wal().append(one("r" + i));
    }
    log.close();
    log.close();
    assertThat(log.wal().durableSequence()).isEqualTo(last);
    assertThatThrownBy(() -> log.wal().append(one("late")))
        .isInstanceOf(ClosedException.class)
        .hasMessageContaining(folder.toString());
    try (WalFixture.Opened again = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(again.records()).hasSize(50);
    }
  }

  @Test
  void anInterruptedAppenderDoesNotHarmTheLog() {
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      Thread.currentThread().interrupt();
      log.wal().awaitDurable(log.wal().append(one("a")));
      assertThat(Thread.interrupted()).isTrue();
      log.wal().awaitDurable(log.wal().append(one("b")));
      assertThat(log.wal().durableSequence()).isEqualTo(2);
    }
  }
}
