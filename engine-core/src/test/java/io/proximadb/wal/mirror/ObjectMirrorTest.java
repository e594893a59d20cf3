package io.proximadb.wal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.wal.LogIdentity;
import io.proximadb.wal.MirrorFencedException;
import io.proximadb.wal.MirrorMode;
import io.proximadb.wal.WalOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One engine's mirror in a folder and in memory: modes, reading, releasing, errors. */
class ObjectMirrorTest {
  private static final byte[] HEADER = {7};

  @TempDir Path folder;

  private final UUID engineId = UUID.randomUUID();
  private final AtomicBoolean down = new AtomicBoolean();

  /** A store that can be out of reach. */
  private final MemoryStore memory =
      new MemoryStore() {
        @Override
        public void create(String name, ByteBuffer... content) throws IOException {
          if (down.get()) {
            throw new IOException("out of reach");
          }
          super.create(name, content);
        }
      };

  private ObjectMirror open(MirrorMode mode) throws IOException {
    return ObjectMirror.open(
        WalOptions.builder().mirrorLocation(folder.toString()).mirrorMode(mode).build(),
        Map.of(),
        engineId,
        3);
  }

  private ObjectMirror inMemory(MirrorMode mode, Duration period, Duration roomLimit, long queue) {
    return new ObjectMirror(
        memory,
        engineId,
        1,
        new ObjectMirror.Settings(mode, period, roomLimit, queue, 2, millis -> Thread.yield()));
  }

  private static void write(ObjectMirror mirror, long first, long last) throws IOException {
    ByteBuffer frames = ByteBuffer.allocate((int) (last - first + 1) * Long.BYTES);
    for (long sequence = first; sequence <= last; sequence++) {
      frames.putLong(sequence);
    }
    mirror.write(first, last, HEADER, frames.flip());
  }

  private static List<Long> read(ObjectMirror mirror, long from) throws IOException {
    List<Long> found = new ArrayList<>();
    mirror.read(
        from,
        (name, piece) -> {
          assertThat(piece[0]).as(name).isEqualTo((byte) 7);
          ByteBuffer bytes = ByteBuffer.wrap(piece, 1, piece.length - 1);
          while (bytes.hasRemaining()) {
            found.add(bytes.getLong());
          }
        });
    return found;
  }

  private static List<Long> range(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }

  private Path object(long epoch, long first) {
    return folder.resolve("%s/%010d/%020d.wal".formatted(engineId, epoch, first));
  }

  @Test
  void readsOverEpochsWhatWasWritten() throws IOException {
    for (int epoch = 1; epoch <= 4; epoch++) {
      try (ObjectMirror mirror = open(MirrorMode.SYNC)) {
        assertThat(mirror.takeOver()).isEqualTo(epoch);
        long stored = mirror.storedSequence();
        assertThat(stored).isEqualTo((epoch - 1) * 30L);
        assertThat(read(mirror, 1)).isEqualTo(range(1, stored));
        mirror.begin(stored + 1);
        // One after the other out of order; each is an object.
        write(mirror, stored + 11, stored + 30);
        assertThat(mirror.storedSequence()).isEqualTo(stored);
        write(mirror, stored + 1, stored + 10);
        assertThat(mirror.storedSequence()).isEqualTo(stored + 30);
      }
    }
    try (ObjectMirror mirror = open(MirrorMode.SYNC)) {
      mirror.takeOver();
      assertThat(read(mirror, 45)).isEqualTo(range(41, 120));
      assertThat(read(mirror, 121)).isEmpty();
      assertThat(mirror.endOf(0)).isZero();
      assertThat(mirror.endOf(1)).isEqualTo(30);
      assertThat(mirror.endOf(4)).isEqualTo(120);
      assertThatThrownBy(() -> mirror.endOf(5)).isInstanceOf(InvalidArgumentException.class);
    }
  }

  @Test
  void goesOnBehindNumbersThatItNeverSaw() throws IOException {
    try (ObjectMirror mirror = open(MirrorMode.SYNC)) {
      mirror.takeOver();
      mirror.begin(1_000);
      assertThat(mirror.storedSequence()).isEqualTo(999);
      write(mirror, 1_000, 1_005);
      assertThatThrownBy(() -> write(mirror, 1_005, 1_006))
          .isInstanceOf(InvalidArgumentException.class);
    }
    try (ObjectMirror mirror = open(MirrorMode.SYNC)) {
      mirror.takeOver();
      assertThat(mirror.storedSequence()).isEqualTo(1_005);
      assertThat(read(mirror, 1)).isEqualTo(range(1_000, 1_005));
      assertThatThrownBy(() -> mirror.begin(1_005)).isInstanceOf(InvalidArgumentException.class);
    }
  }

  @Test
  void deletesWhatIsReleasedAndGoesOnFromThere() throws IOException {
    try (ObjectMirror mirror = open(MirrorMode.SYNC)) {
      mirror.takeOver();
      mirror.begin(1);
      for (int i = 0; i < 10; i++) {
        write(mirror, 10 * i + 1, 10 * i + 10);
      }
      mirror.release(55);
      assertThat(object(1, 1)).as("until an object says so").exists();
      write(mirror, 101, 110);
      mirror.release(56);
      assertThat(object(1, 41)).doesNotExist();
      assertThat(object(1, 51)).exists();
      mirror.release(Long.MAX_VALUE);
      write(mirror, 111, 120);
      mirror.release(Long.MAX_VALUE);
      assertThat(object(1, 101)).doesNotExist();
      assertThat(object(1, 111)).as("the newest stays").exists();
    }
    try (ObjectMirror mirror = open(MirrorMode.SYNC)) {
      mirror.takeOver();
      assertThat(mirror.storedSequence()).isEqualTo(120);
      assertThat(read(mirror, 1)).isEqualTo(range(111, 120));
    }
  }

  @Test
  void namesAnObjectThatIsMissingOrDamaged() throws IOException {
    try (ObjectMirror mirror = open(MirrorMode.SYNC)) {
      mirror.takeOver();
      mirror.begin(1);
      for (int i = 1; i <= 30; i++) {
        write(mirror, i, i);
      }
    }
    byte[] bytes = Files.readAllBytes(object(1, 7));
    for (int at = 0; at < bytes.length; at++) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 0x10;
      Files.write(object(1, 7), damaged);
      expectCorrupt(object(1, 7));
    }
    Files.write(object(1, 7), java.util.Arrays.copyOf(bytes, bytes.length - 1));
    expectCorrupt(object(1, 7));
    Files.delete(object(1, 7));
    expectCorrupt(object(1, 7));
    Files.write(object(1, 7), bytes);
    Files.delete(object(1, 1));
    expectCorrupt(object(1, 1));
  }

  private void expectCorrupt(Path object) throws IOException {
    try (ObjectMirror mirror = open(MirrorMode.SYNC)) {
      mirror.takeOver();
      assertThatThrownBy(() -> read(mirror, 1))
          .isInstanceOfAny(
              CorruptFileException.class, io.proximadb.error.UnsupportedVersionException.class)
          .hasMessageContaining(object.getFileName().toString());
    }
  }

  @Test
  void tellsWhoseLogItIs() throws IOException {
    assertThat(ObjectMirror.identity(folder.toString(), Map.of())).isEmpty();
    try (ObjectMirror mirror = open(MirrorMode.SYNC)) {
      mirror.takeOver();
    }
    LogIdentity identity = new LogIdentity(engineId, 3);
    assertThat(ObjectMirror.identity(folder.toString(), Map.of())).contains(identity);
    UUID other = UUID.randomUUID();
    Files.createDirectories(folder.resolve(other.toString()));
    assertThatThrownBy(() -> ObjectMirror.identity(folder.toString(), Map.of()))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(engineId.toString())
        .hasMessageContaining(other.toString())
        .hasMessageContaining(ObjectMirror.ENGINE_ID_PROPERTY);
    assertThat(
            ObjectMirror.identity(
                folder.toString(), Map.of(ObjectMirror.ENGINE_ID_PROPERTY, engineId.toString())))
        .contains(identity);
  }

  @Test
  void givesUpUnderSyncAndStaysSo() throws IOException {
    ObjectMirror mirror =
        inMemory(MirrorMode.SYNC, Duration.ZERO, Duration.ofSeconds(60), Long.MAX_VALUE);
    mirror.takeOver();
    mirror.begin(1);
    write(mirror, 1, 2);
    down.set(true);
    assertThatThrownBy(() -> write(mirror, 3, 4))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("out of reach");
    down.set(false);
    assertThatThrownBy(() -> write(mirror, 5, 6)).isInstanceOf(IOException.class);
    assertThat(mirror.stats().retries()).isEqualTo(StoreAccess.ATTEMPTS - 1);
    mirror.close();
  }

  @Test
  void catchesUpUnderAsyncWithFewObjects() throws IOException {
    ObjectMirror mirror =
        inMemory(MirrorMode.ASYNC, Duration.ZERO, Duration.ofSeconds(60), Long.MAX_VALUE);
    mirror.takeOver();
    mirror.begin(1);
    down.set(true);
    for (int i = 1; i <= 1_000; i++) {
      write(mirror, i, i);
    }
    assertThat(mirror.storedSequence()).isZero();
    assertThat(mirror.stats().queuedBytes()).isEqualTo(9_000);
    down.set(false);
    mirror.close();
    assertThat(mirror.storedSequence()).isEqualTo(1_000);
    assertThat(mirror.stats().objects()).isLessThanOrEqualTo(UploadQueue.UPLOADERS + 10);
    ObjectMirror next =
        inMemory(MirrorMode.SYNC, Duration.ZERO, Duration.ofSeconds(60), Long.MAX_VALUE);
    next.takeOver();
    assertThat(read(next, 1)).isEqualTo(range(1, 1_000));
  }

  @Test
  void waitsForThePeriod() throws IOException {
    ObjectMirror mirror =
        inMemory(MirrorMode.PERIODIC, Duration.ofDays(1), Duration.ofSeconds(60), Long.MAX_VALUE);
    mirror.takeOver();
    mirror.begin(1);
    for (int i = 1; i <= 100; i++) {
      write(mirror, i, i);
    }
    assertThat(mirror.stats().objects()).isZero();
    mirror.close();
    assertThat(mirror.stats().objects()).isEqualTo(1);
    assertThat(mirror.storedSequence()).isEqualTo(100);
  }

  @Test
  void storesWhenThePeriodIsOver() throws IOException {
    ObjectMirror mirror =
        inMemory(MirrorMode.PERIODIC, Duration.ofMillis(5), Duration.ofSeconds(60), Long.MAX_VALUE);
    mirror.takeOver();
    mirror.begin(1);
    write(mirror, 1, 1);
    await().until(() -> mirror.storedSequence() == 1);
    mirror.close();
  }

  @Test
  void waitsForRoomAndGivesUpWhenThereIsNone() throws Exception {
    ObjectMirror mirror = inMemory(MirrorMode.ASYNC, Duration.ZERO, Duration.ofMillis(50), 50);
    mirror.takeOver();
    mirror.begin(1);
    down.set(true);
    write(mirror, 1, 5);
    assertThatThrownBy(() -> write(mirror, 6, 9))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("queue was full");
    assertThatThrownBy(() -> write(mirror, 6, 6)).isInstanceOf(IOException.class);
    assertThatThrownBy(mirror::close).isInstanceOf(IOException.class);
  }

  @Test
  void letsInTheGroupThatTheOthersWaitFor() throws Exception {
    ObjectMirror mirror = inMemory(MirrorMode.ASYNC, Duration.ZERO, Duration.ofSeconds(60), 50);
    mirror.takeOver();
    mirror.begin(1);
    write(mirror, 6, 10);
    var threads = Executors.newSingleThreadExecutor();
    try {
      threads
          .submit(
              () -> {
                write(mirror, 1, 5);
                return null;
              })
          .get();
    } finally {
      threads.shutdown();
    }
    await().until(() -> mirror.storedSequence() == 10);
    mirror.close();
  }

  @Test
  void fencesTheQueueToo() throws Exception {
    ObjectMirror old =
        inMemory(MirrorMode.ASYNC, Duration.ZERO, Duration.ofSeconds(60), Long.MAX_VALUE);
    old.takeOver();
    old.begin(1);
    ObjectMirror taker =
        inMemory(MirrorMode.SYNC, Duration.ZERO, Duration.ofSeconds(60), Long.MAX_VALUE);
    taker.takeOver();
    write(old, 1, 1);
    assertThatThrownBy(old::close).isInstanceOf(MirrorFencedException.class);
  }

  @Test
  void saysThatALocationNeedsAnArtifact() {
    WalOptions options = WalOptions.builder().mirrorLocation("s3a://bucket/mirror").build();
    assertThatThrownBy(() -> ObjectMirror.open(options, Map.of(), engineId, 1))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("org.apache.hadoop:hadoop-aws");
    assertThatThrownBy(() -> ObjectMirror.open(WalOptions.DEFAULT, Map.of(), engineId, 1))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(WalOptions.MIRROR_LOCATION_PROPERTY);
  }

  @Test
  void leavesNoHalfObjects() throws IOException {
    try (ObjectMirror mirror = open(MirrorMode.SYNC)) {
      mirror.takeOver();
      mirror.begin(1);
      write(mirror, 1, 9);
    }
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(file -> file.toString().endsWith(".tmp"))).isEmpty();
    }
  }
}
