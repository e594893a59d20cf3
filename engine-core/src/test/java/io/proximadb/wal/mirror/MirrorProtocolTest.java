package io.proximadb.wal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.io.LocalDisk;
import io.proximadb.testkit.ForwardingDisk;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol of the mirror over thousands of random histories, see {@link MirrorSimulation}. */
class MirrorProtocolTest {
  private static final int MEMORY_HISTORIES = 2_000;
  private static final int FILE_HISTORIES = 100;
  private static final int FAULT_PERCENT = 12;

  @TempDir Path folder;

  @Test
  void keepsWhatWasAcknowledgedInMemory() throws Exception {
    Random random = Seed.random("MirrorProtocolTest.memory");
    Map<String, Integer> sums =
        MirrorSimulation.runAll(
            random.longs(MEMORY_HISTORIES).boxed().toList(), MemoryStore::new, FAULT_PERCENT);
    assertThat(sums.get("acknowledged")).isGreaterThan(MEMORY_HISTORIES);
    assertThat(sums.get("fenced")).isGreaterThan(MEMORY_HISTORIES / 10);
  }

  @Test
  void keepsWhatWasAcknowledgedOnFiles() throws Exception {
    Random random = Seed.random("MirrorProtocolTest.files");
    AtomicInteger histories = new AtomicInteger();
    Map<String, Integer> sums =
        MirrorSimulation.runAll(
            random.longs(FILE_HISTORIES).boxed().toList(),
            () ->
                new LocalObjectStore(
                    new Unsynced(), folder.resolve("h" + histories.incrementAndGet())),
            FAULT_PERCENT);
    assertThat(sums.get("fenced")).isGreaterThan(FILE_HISTORIES / 10);
  }

  @Test
  void findsAStoreThatReplacesWhatIsThere() {
    Random random = Seed.random("MirrorProtocolTest.replaces");
    assertThatThrownBy(
            () ->
                MirrorSimulation.runAll(
                    random.longs(200).boxed().toList(), () -> new MemoryStore(true), FAULT_PERCENT))
        .isInstanceOf(AssertionError.class);
  }

  /** Nobody pulls the plug here, and syncs would be most of the time. */
  private static final class Unsynced extends ForwardingDisk {
    Unsynced() {
      super(new LocalDisk());
    }

    @Override
    protected Output wrap(Path file, Output output) {
      return new ForwardingOutput(output) {
        @Override
        public void sync() {}
      };
    }

    @Override
    public void syncDirectory(Path directory) {}
  }
}
