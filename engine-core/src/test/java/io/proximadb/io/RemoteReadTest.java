package io.proximadb.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.testkit.Seed;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.iceberg.inmemory.InMemoryFileIO;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SeekableInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading files that are not local: requests, retries, the cache on disk. */
class RemoteReadTest {
  private static final int MIB = 1 << 20;
  private static final String FILE = "mem://f";

  @TempDir Path folder;

  /** A store in memory some of whose first requests fail. */
  private static final class Store implements FileIO {
    private final InMemoryFileIO files = new InMemoryFileIO();
    private final AtomicInteger failures = new AtomicInteger();
    private final Map<String, String> properties = new HashMap<>();

    byte[] add(int size, long seed) {
      byte[] bytes = new byte[size];
      new Random(seed).nextBytes(bytes);
      files.addFile(FILE, bytes);
      return bytes;
    }

    @Override
    public Map<String, String> properties() {
      return properties;
    }

    @Override
    public InputFile newInputFile(String location) {
      InputFile file = files.newInputFile(location);
      return new InputFile() {
        @Override
        public long getLength() {
          return file.getLength();
        }

        @Override
        public SeekableInputStream newStream() {
          SeekableInputStream stream = file.newStream();
          return failures.getAndDecrement() > 0 ? new Cut(stream) : stream;
        }

        @Override
        public String location() {
          return location;
        }

        @Override
        public boolean exists() {
          return file.exists();
        }
      };
    }

    @Override
    public OutputFile newOutputFile(String location) {
      return files.newOutputFile(location);
    }

    @Override
    public void deleteFile(String location) {
      files.deleteFile(location);
    }
  }

  /** An answer that ends early. */
  private static final class Cut extends SeekableInputStream {
    private final SeekableInputStream stream;

    Cut(SeekableInputStream stream) {
      this.stream = stream;
    }

    @Override
    public long getPos() throws IOException {
      return stream.getPos();
    }

    @Override
    public void seek(long position) throws IOException {
      stream.seek(position);
    }

    @Override
    public int read() throws IOException {
      throw new EOFException("cut");
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  private static void assertSame(FileBytes file, byte[] expected, long offset, int length) {
    byte[] found = new byte[length];
    file.read(offset, length).get(found);
    assertThat(Arrays.equals(found, 0, length, expected, (int) offset, (int) offset + length))
        .as("%s bytes at %s", length, offset)
        .isTrue();
  }

  @Test
  void neighboursGoTogetherAndGapsAreBounded() {
    List<ByteRange> ranges =
        List.of(
            new ByteRange(100, 10),
            new ByteRange(0, 10),
            new ByteRange(12, 8),
            new ByteRange(15, 3),
            new ByteRange(26, 4),
            new ByteRange(31, 90));
    assertThat(ByteRange.merge(ranges, 5, 60))
        .containsExactly(new ByteRange(0, 20), new ByteRange(26, 4), new ByteRange(31, 90));
    assertThat(ByteRange.merge(ranges, 6, 60))
        .containsExactly(new ByteRange(0, 30), new ByteRange(31, 90));
    assertThat(ByteRange.merge(List.of(), 6, 60)).isEmpty();
  }

  @Test
  void randomRangesAreRightHoweverTheyAreFetched() {
    Random random = Seed.random("RemoteReadTest.ranges");
    Store store = new Store();
    byte[] expected = store.add(3 * MIB + 17, random.nextLong());
    if (random.nextBoolean()) {
      store.properties.put(ReadCache.DIRECTORY, folder.toString());
    }
    try (FileBytes file = FileBytes.open(store, FILE, expected.length)) {
      for (int round = 0; round < 30; round++) {
        List<ByteRange> ranges = new ArrayList<>();
        int count = random.nextInt(20);
        for (int i = 0; i < count; i++) {
          int offset = random.nextInt(expected.length);
          int length = 1 + random.nextInt(Math.min(300_000, expected.length - offset));
          ranges.add(new ByteRange(offset, length));
        }
        file.prefetch(ranges);
        for (ByteRange range : ranges) {
          if (random.nextInt(5) > 0) {
            assertSame(file, expected, range.offset(), range.length());
          }
        }
        int offset = random.nextInt(expected.length);
        assertSame(file, expected, offset, random.nextInt(expected.length - offset));
      }
    }
  }

  @Test
  void aWholeFileTakesFewRequestsAndIsNotFetchedFarAhead() {
    Store store = new Store();
    byte[] expected = store.add(64 * MIB, 1);
    try (FileBytes file = FileBytes.open(store, FILE, expected.length)) {
      List<ByteRange> pages = new ArrayList<>();
      for (int i = 0; i < 63; i++) {
        pages.add(new ByteRange((long) i * MIB, MIB));
      }
      ReadStatistics before = ReadStatistics.now();
      file.prefetch(pages);
      Awaitility.await()
          .atMost(1, TimeUnit.MINUTES)
          .until(() -> ReadStatistics.now().since(before).bytes() >= Prefetch.WINDOW_BYTES);
      assertThat(ReadStatistics.now().since(before).bytes())
          .as("before anything is read")
          .isEqualTo(Prefetch.WINDOW_BYTES);
      pages.forEach(page -> assertSame(file, expected, page.offset(), page.length()));
      ReadStatistics read = ReadStatistics.now().since(before);
      assertThat(read.requests()).isEqualTo(8);
      assertThat(read.bytes()).isEqualTo(63L * MIB);
    }
  }

  @Test
  void answersThatAreCutAreAskedForAgain() {
    Store store = new Store();
    byte[] expected = store.add(MIB, 2);
    try (FileBytes file = FileBytes.open(store, FILE, expected.length)) {
      ReadStatistics before = ReadStatistics.now();
      store.failures.set(2);
      assertSame(file, expected, 5, 1_000);
      assertThat(ReadStatistics.now().since(before).retries()).isEqualTo(2);
    }
  }

  @Test
  void aFileThatLostItsEndIsDamagedAndNotJustUnavailable() {
    Store store = new Store();
    byte[] whole = store.add(MIB, 3);
    try (FileBytes file = FileBytes.open(store, FILE, whole.length + 100)) {
      assertThatThrownBy(() -> file.read(whole.length, 100))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("it ends at offset " + whole.length);
    }
  }

  @Test
  void theCacheSavesRequestsAndSurvivesDamage() throws IOException {
    Store store = new Store();
    store.properties.put(ReadCache.DIRECTORY, folder.toString());
    byte[] expected = store.add(2 * MIB + 5, 4);
    ReadStatistics before = ReadStatistics.now();
    for (int round = 0; round < 3; round++) {
      try (FileBytes file = FileBytes.open(store, FILE, expected.length)) {
        assertSame(file, expected, 300, MIB);
      }
    }
    ReadStatistics read = ReadStatistics.now().since(before);
    assertThat(read.requests()).isEqualTo(1);
    assertThat(read.cachedBytes()).isEqualTo(2L * MIB);
    List<Path> blocks;
    try (Stream<Path> files = Files.list(folder.resolve("process-0"))) {
      blocks = files.filter(file -> file.toString().endsWith(".block")).sorted().toList();
    }
    assertThat(blocks).hasSize(5);
    for (Path block : blocks) {
      byte[] damaged = Files.readAllBytes(block);
      damaged[damaged.length / 2] ^= 1;
      Files.write(block, damaged);
    }
    try (FileBytes file = FileBytes.open(store, FILE, expected.length)) {
      assertSame(file, expected, 300, MIB);
    }
    assertThat(ReadStatistics.now().since(before).bytes()).isEqualTo(2 * read.bytes());
  }

  @Test
  void theCacheKeepsToItsSizeAndDropsWhatWasUsedLongestAgo() throws IOException {
    int blockBytes = BlockStore.BLOCK_BYTES;
    byte[] content = new byte[blockBytes];
    long maxBytes = 4L * (blockBytes + Integer.BYTES);
    BlockStore store = open(maxBytes);
    for (int block = 0; block < 4; block++) {
      content[0] = (byte) block;
      store.put(FILE, 100L * blockBytes, block, content, 0, blockBytes);
    }
    assertThat(store.get(FILE, 100L * blockBytes, 0)).isNotNull();
    store.put(FILE, 100L * blockBytes, 4, content, 0, blockBytes);
    assertThat(store.get(FILE, 100L * blockBytes, 1)).isNull();
    assertThat(store.get(FILE, 99L * blockBytes, 0)).as("of another file").isNull();
    BlockStore next = open(maxBytes);
    byte[] kept = next.get(FILE, 100L * blockBytes, 2);
    assertThat(kept).isNotNull();
    assertThat(ByteBuffer.wrap(kept).get()).isEqualTo((byte) 2);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(file -> file.toString().endsWith(".block"))).hasSize(4);
    }
  }

  private BlockStore open(long maxBytes) throws IOException {
    return BlockStore.open(
        folder,
        maxBytes,
        FileChannel.open(
            Files.write(folder.resolve("lock"), new byte[0]), StandardOpenOption.WRITE));
  }

  @Test
  void aWrongSizeOfTheCacheIsRefused() {
    Store store = new Store();
    store.add(10, 5);
    store.properties.put(ReadCache.DIRECTORY, folder.toString());
    store.properties.put(ReadCache.MAX_BYTES, "12 GB");
    assertThatThrownBy(() -> FileBytes.open(store, FILE, 10))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("12 GB");
  }
}
