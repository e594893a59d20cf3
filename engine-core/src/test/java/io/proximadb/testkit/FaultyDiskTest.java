package io.proximadb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.io.Disk;
import io.proximadb.io.LocalDisk;
import io.proximadb.testkit.FaultyDisk.Fault;
import io.proximadb.testkit.FaultyDisk.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultyDiskTest {
  @TempDir Path temp;

  @Test
  void theNthOperationFailsAndTheNextWorks() throws Exception {
    FaultyDisk disk = new FaultyDisk(new LocalDisk(), 1).failAt(Step.SYNC, 2, Fault.IO_ERROR);
    try (Disk.Output out = disk.create(temp.resolve("a"))) {
      out.sync();
      assertThatThrownBy(out::sync)
          .isInstanceOf(IOException.class)
          .hasMessage("Input/output error");
      out.sync();
    }
    assertThat(disk.count(Step.SYNC)).isEqualTo(3);
  }

  @Test
  void everyStepCanFailWithoutEffect() throws Exception {
    Files.write(temp.resolve("a"), new byte[10]);
    FaultyDisk disk = new FaultyDisk(new LocalDisk(), 1);
    Path a = temp.resolve("a");
    Path b = temp.resolve("b");
    for (Step step : Step.values()) {
      disk.failRandomly(step, 1, Fault.NO_SPACE);
    }
    assertThatThrownBy(() -> disk.create(b)).hasMessage("No space left on device");
    assertThatThrownBy(() -> disk.read(a)).hasMessage("No space left on device");
    assertThatThrownBy(() -> disk.move(a, b)).hasMessage("No space left on device");
    assertThatThrownBy(() -> disk.delete(a)).hasMessage("No space left on device");
    assertThatThrownBy(() -> disk.syncDirectory(temp)).hasMessage("No space left on device");
    try (Disk.Output out = disk.append(a)) {
      assertThatThrownBy(() -> out.write(ByteBuffer.allocate(1)))
          .hasMessage("No space left on device");
      assertThatThrownBy(() -> out.truncate(1)).hasMessage("No space left on device");
    }
    assertThat(disk.list(temp)).containsExactly(a);
    assertThat(disk.size(a)).isEqualTo(10);
  }

  @Test
  void aTornWriteLeavesAFirstPart() throws Exception {
    boolean seenPart = false;
    for (int seed = 0; seed < 20; seed++) {
      FaultyDisk disk =
          new FaultyDisk(new LocalDisk(), seed).failAt(Step.WRITE, 1, Fault.TORN_WRITE);
      Path file = temp.resolve("torn" + seed);
      try (Disk.Output out = disk.create(file)) {
        assertThatThrownBy(() -> out.write(ByteBuffer.allocate(100)))
            .isInstanceOf(IOException.class);
      }
      assertThat(disk.size(file)).isBetween(0L, 100L);
      seenPart |= disk.size(file) > 0 && disk.size(file) < 100;
    }
    assertThat(seenPart).isTrue();
  }

  @Test
  void somethingElseCanHappenAtAnOperation() throws Exception {
    LossyDisk lossy = new LossyDisk();
    FaultyDisk disk = new FaultyDisk(lossy, 1).crashAt(3, lossy::crash);
    Disk.Output out = disk.create(temp.resolve("a"));
    out.write(ByteBuffer.allocate(1));
    assertThatThrownBy(out::sync).hasMessageContaining("crashed");
    assertThat(lossy.isDead()).isTrue();
    out.close();
  }
}
