package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disk;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.FaultyDisk.Fault;
import io.proximadb.testkit.FaultyDisk.Step;
import io.proximadb.testkit.ForwardingDisk;
import io.proximadb.testkit.LossyDisk;
import io.proximadb.testkit.LyingDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WalSyncPolicyTest {
  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir Path folder;

  private static WalOptions.Builder with(SyncPolicy policy, Duration interval) {
    return WalOptions.builder()
        .preallocateBytes(WalFixture.PREALLOCATED)
        .sync(policy)
        .syncInterval(interval);
  }

  /** Appends one record after the other, and waits for each. */
  private static void write(FileWal wal, int count) {
    for (int i = 0; i < count; i++) {
      wal.awaitDurable(wal.append(List.of(WalFixture.upsert(WalFixture.TABLE, "r" + i, i))));
    }
  }

  /** Stops syncs while it is closed. */
  private static final class GatedDisk extends ForwardingDisk {
    private final Semaphore gate = new Semaphore(0);
    private volatile boolean closed;

    GatedDisk(Disk disk) {
      super(disk);
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
  void alwaysSyncsBeforeItAcknowledges() {
    FaultyDisk disk = new FaultyDisk(WalFixture.UNSYNCED, 1);
    try (WalFixture.Opened log =
        WalFixture.open(disk, folder, with(SyncPolicy.ALWAYS, NEVER).build())) {
      int before = disk.count(Step.SYNC);
      for (int i = 1; i <= 20; i++) {
        write(log.wal(), 1);
        assertThat(disk.count(Step.SYNC)).isEqualTo(before + i);
        assertThat(log.wal().stats().unsyncedRecords()).isZero();
      }
    }
  }

  @Test
  void alwaysLosesNothing() throws Exception {
    LossyDisk disk = new LossyDisk();
    WalFixture.Opened log = WalFixture.open(disk, folder, with(SyncPolicy.ALWAYS, NEVER).build());
    write(log.wal(), 20);
    disk.crash();
    log.close();
    expectRecords(20);
  }

  private void expectRecords(int count) {
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder, 2, WalFixture.SMALL)) {
      assertThat(log.records()).hasSize(count);
      assertThat(log.wal().nextSequence()).isEqualTo(count + 1L);
    }
  }

  @Test
  void intervalAcknowledgesBeforeTheSyncWhichFollows() {
    GatedDisk disk = new GatedDisk(WalFixture.UNSYNCED);
    try (WalFixture.Opened log =
        WalFixture.open(disk, folder, with(SyncPolicy.INTERVAL, Duration.ofMillis(5)).build())) {
      disk.closed = true;
      write(log.wal(), 10);
      assertThat(log.wal().durableSequence()).isEqualTo(10);
      assertThat(log.wal().stats().unsyncedRecords()).isEqualTo(10);
      await().until(disk.gate::hasQueuedThreads);
      disk.closed = false;
      disk.gate.release(10);
      await().until(() -> log.wal().stats().unsyncedRecords() == 0);
    }
  }

  @Test
  void intervalLosesNothingThatWasSynced() throws Exception {
    LossyDisk disk = new LossyDisk();
    WalFixture.Opened log =
        WalFixture.open(disk, folder, with(SyncPolicy.INTERVAL, Duration.ofMillis(1)).build());
    write(log.wal(), 10);
    await().until(() -> log.wal().stats().unsyncedRecords() == 0);
    disk.crash();
    log.close();
    expectRecords(10);
  }

  @ParameterizedTest
  @EnumSource(
      value = SyncPolicy.class,
      names = {"INTERVAL", "OS"})
  void aPowerCutTakesWhatWasNotSynced(SyncPolicy policy) throws Exception {
    LossyDisk disk = new LossyDisk();
    WalFixture.Opened log = WalFixture.open(disk, folder, with(policy, NEVER).build());
    write(log.wal(), 10);
    assertThat(log.wal().stats().unsyncedRecords()).isEqualTo(10);
    disk.crash();
    log.close();
    expectRecords(0);
  }

  @ParameterizedTest
  @EnumSource(SyncPolicy.class)
  void aDeadProcessLosesNothing(SyncPolicy policy) throws Exception {
    Disk pageCache = new LyingDisk(WalFixture.LOCAL, LyingDisk.Lie.SYNC_OF_FILES);
    Path home = folder.resolve("log");
    WalFixture.Opened dead = WalFixture.open(pageCache, home, with(policy, NEVER).build());
    write(dead.wal(), 10);
    Path copy = WalFixture.copy(home, folder.resolve("copy"));
    dead.close();
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, copy)) {
      assertThat(log.records()).hasSize(10);
      assertThat(log.wal().recovery().closedInOrder()).isFalse();
      assertThat(log.wal().recovery().tornTails()).isEmpty();
    }
  }

  @Test
  void watermarksCountSyncedRecordsOnly() throws Exception {
    Path home = folder.resolve("log");
    GatedDisk disk = new GatedDisk(WalFixture.UNSYNCED);
    WalFixture.Opened log =
        WalFixture.open(disk, home, with(SyncPolicy.INTERVAL, Duration.ofMillis(1)).build());
    write(log.wal(), 5);
    await().until(() -> log.wal().stats().unsyncedRecords() == 0);
    disk.closed = true;
    write(log.wal(), 5);
    List<LogFrame> frames = WalFixture.frames(WalFixture.segments(home).get(0));
    assertThat(frames).hasSize(10);
    assertThat(frames.subList(5, 10)).extracting(LogFrame::watermark).containsOnly(5L);
    disk.closed = false;
    disk.gate.release(100);
    log.close();
  }

  @Test
  void osSyncsFullSegmentsAndOnCloseOnly() throws Exception {
    FaultyDisk disk = new FaultyDisk(WalFixture.UNSYNCED, 1);
    WalOptions options = with(SyncPolicy.OS, Duration.ofMillis(1)).segmentBytes(4_000).build();
    WalFixture.Opened log = WalFixture.open(disk, folder, options);
    int syncs = disk.count(Step.SYNC);
    write(log.wal(), 10);
    // The log's own thread has nothing to sync, how often it may wake.
    assertThat(disk.count(Step.SYNC)).isEqualTo(syncs);
    assertThat(WalFixture.segments(folder)).hasSize(1);
    assertThat(log.wal().stats().unsyncedRecords()).isEqualTo(10);
    while (WalFixture.segments(folder).size() == 1) {
      assertThat(disk.count(Step.SYNC)).isEqualTo(syncs);
      write(log.wal(), 1);
    }
    assertThat(disk.count(Step.SYNC)).as("segment, footer and header").isEqualTo(syncs + 3);
    write(log.wal(), 1);
    assertThat(disk.count(Step.SYNC)).isEqualTo(syncs + 3);
    log.close();
    assertThat(disk.count(Step.SYNC)).isGreaterThan(syncs + 3);
    try (WalFixture.Opened again = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(again.wal().recovery().closedInOrder()).isTrue();
    }
  }

  @Test
  void osLosesNothingAfterItWasClosed() {
    LossyDisk disk = new LossyDisk();
    try (WalFixture.Opened log =
        WalFixture.open(disk, folder, with(SyncPolicy.OS, NEVER).build())) {
      write(log.wal(), 10);
    }
    disk.crash();
    expectRecords(10);
  }

  @Test
  void aSyncThatFailsInTheBackgroundMakesTheLogReadOnly() {
    FaultyDisk disk = new FaultyDisk(WalFixture.UNSYNCED, 1);
    try (WalFixture.Opened log =
        WalFixture.open(disk, folder, with(SyncPolicy.INTERVAL, Duration.ofMillis(50)).build())) {
      disk.failAt(Step.SYNC, 1, Fault.IO_ERROR);
      write(log.wal(), 1);
      await().until(() -> !log.wal().stats().readOnlyBecause().isEmpty());
      assertThat(log.wal().stats().readOnlyBecause()).contains("Input/output error");
      assertThat(log.wal().stats().unsyncedRecords()).isEqualTo(1);
      assertThatThrownBy(() -> write(log.wal(), 1))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("read-only")
          .hasMessageContaining("Input/output error")
          .hasMessageContaining(folder.toString());
      assertThatCode(() -> log.wal().awaitDurable(1)).doesNotThrowAnyException();
      int syncs = disk.count(Step.SYNC);
      log.close();
      assertThat(disk.count(Step.SYNC)).as("never tried again").isEqualTo(syncs);
    }
    expectRecords(1);
  }

  /**
   * The log's own thread syncs a segment and fails, while a writer ends the same segment; the
   * system tells of a failure only once, so the writer's sync succeeds.
   */
  @Test
  void aSyncThatFailsWhileTheSegmentIsEndedIsNotForgotten() throws Exception {
    CountDownLatch failing = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    AtomicBoolean armed = new AtomicBoolean();
    Disk disk =
        new ForwardingDisk(WalFixture.UNSYNCED) {
          @Override
          protected Output wrap(Path file, Output output) {
            return new ForwardingOutput(output) {
              @Override
              public void sync() throws IOException {
                if (armed.compareAndSet(true, false)) {
                  failing.countDown();
                  awaitShortly(ended);
                  throw new IOException("Input/output error");
                }
                super.sync();
              }
            };
          }
        };
    WalOptions options = with(SyncPolicy.INTERVAL, Duration.ofMillis(100)).segmentBytes(1).build();
    try (WalFixture.Opened log = WalFixture.open(disk, folder, options)) {
      write(log.wal(), 1);
      await().until(() -> log.wal().stats().unsyncedRecords() == 0);
      Thread writer = new Thread(() -> write(log.wal(), 1));
      // The next record ends the segment that this one is in.
      write(log.wal(), 1);
      armed.set(true);
      failing.await();
      writer.start();
      writer.join(200);
      ended.countDown();
      writer.join();
      await().until(() -> !log.wal().stats().readOnlyBecause().isEmpty());
      assertThat(log.wal().stats().unsyncedRecords()).isPositive();
    }
  }

  private static void awaitShortly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
