package io.proximadb.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.testkit.ForwardingDisk;
import io.proximadb.testkit.LossyDisk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFileIOTest {
  @TempDir Path folder;

  private final LocalFileIO io = new LocalFileIO();

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private void write(String location, byte[] bytes) throws IOException {
    try (PositionOutputStream out = io.newOutputFile(location).create()) {
      out.write(bytes);
    }
  }

  private byte[] read(String location) throws IOException {
    try (SeekableInputStream in = io.newInputFile(location).newStream()) {
      return in.readAllBytes();
    }
  }

  @Test
  void deletesAFolderThatIsStillWrittenTo() throws Exception {
    Path data = Files.createDirectories(folder.resolve("table/data"));
    Files.writeString(data.resolve("first"), "1");
    AtomicInteger late = new AtomicInteger();
    Disk busy =
        new ForwardingDisk(new LocalDisk()) {
          @Override
          public boolean delete(Path file) throws IOException {
            if (Files.isDirectory(file) && late.incrementAndGet() <= 2) {
              Files.writeString(file.resolve("late" + late), "2");
            }
            return super.delete(file);
          }
        };
    try (LocalFileIO files = new LocalFileIO(busy)) {
      files.deletePrefix(folder.resolve("table").toString());
    }
    assertThat(late.get()).isGreaterThan(2);
    assertThat(folder.resolve("table")).doesNotExist();
  }

  @Test
  void readsBackWhatWasWrittenAtEveryPositionAndLength() throws IOException {
    long seed = 17;
    Random random = new Random(seed);
    byte[] bytes = new byte[300_001];
    random.nextBytes(bytes);
    String location = at("a/b/c.bin");
    try (PositionOutputStream out = io.newOutputFile(location).create()) {
      int at = 0;
      while (at < bytes.length) {
        int length = Math.min(bytes.length - at, random.nextInt(100_000));
        if (length == 1) {
          out.write(bytes[at]);
        } else {
          out.write(bytes, at, length);
        }
        at += length;
        assertThat(out.getPos()).isEqualTo(at);
      }
    }
    assertThat(read(location)).isEqualTo(bytes);
    assertThat(io.newInputFile(location).getLength()).isEqualTo(bytes.length);
    try (SeekableInputStream in = io.newInputFile(location).newStream()) {
      for (int i = 0; i < 500; i++) {
        int position = random.nextInt(bytes.length);
        int length = Math.min(bytes.length - position, 1 + random.nextInt(40_000));
        byte[] part = new byte[length];
        switch (random.nextInt(3)) {
          case 0 -> {
            in.seek(position);
            assertThat(in.readNBytes(part, 0, length)).isEqualTo(length);
            assertThat(in.getPos()).isEqualTo(position + length);
          }
          case 1 -> {
            in.seek(position);
            part = new byte[] {(byte) in.read()};
          }
          default -> {
            long before = in.getPos();
            ((RangeReadable) in).readFully(position, part);
            assertThat(in.getPos()).isEqualTo(before);
          }
        }
        assertThat(ByteBuffer.wrap(part))
            .as("seed %s, position %s", seed, position)
            .isEqualTo(ByteBuffer.wrap(bytes, position, part.length));
      }
      in.seek(bytes.length);
      assertThat(in.read()).isEqualTo(-1);
      byte[] tail = new byte[8];
      assertThat(((RangeReadable) in).readTail(tail)).isEqualTo(8);
      assertThat(ByteBuffer.wrap(tail)).isEqualTo(ByteBuffer.wrap(bytes, bytes.length - 8, 8));
      assertThatThrownBy(() -> ((RangeReadable) in).readFully(bytes.length - 7, new byte[8]))
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("the file ends after 7");
    }
  }

  @Test
  void createRefusesAnExistingFileAndOverwriteReplacesItOnClose() throws IOException {
    String location = at("f");
    write(location, "old".getBytes(UTF_8));
    assertThatThrownBy(() -> io.newOutputFile(location).create())
        .isInstanceOf(AlreadyExistsException.class)
        .hasMessageContaining(location);
    try (PositionOutputStream out = io.newOutputFile(location).createOrOverwrite()) {
      out.write("new".getBytes(UTF_8));
      out.flush();
      assertThat(read(location)).isEqualTo("old".getBytes(UTF_8));
    }
    assertThat(read(location)).isEqualTo("new".getBytes(UTF_8));
    assertThat(io.listPrefix(folder.toString())).hasSize(1);
  }

  @Test
  void missingFilesAreNotFoundButDeletingThemIsFine() {
    String location = at("missing");
    assertThat(io.newInputFile(location).exists()).isFalse();
    assertThatThrownBy(() -> io.newInputFile(location).newStream())
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(location);
    assertThatThrownBy(() -> io.newInputFile(location).getLength())
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> io.move(location, at("to"))).isInstanceOf(NotFoundException.class);
    io.deleteFile(location);
    io.deletePrefix(location);
  }

  @Test
  void movesIntoAFolderThatDoesNotExistYet() throws IOException {
    write(at("x/from"), new byte[] {1, 2});
    io.move("file://" + at("x/from"), "file:" + at("y/z/to"));
    assertThat(read(at("y/z/to"))).containsExactly(1, 2);
    assertThat(io.newInputFile(at("x/from")).exists()).isFalse();
  }

  @Test
  void listsAndDeletesByPrefixInTheNotationAskedFor() throws IOException {
    write(at("d/one"), new byte[3]);
    write(at("d/e/two"), new byte[5]);
    List<String> found = new ArrayList<>();
    for (FileInfo info : io.listPrefix("file:" + at("d"))) {
      found.add(info.location() + " " + info.size());
    }
    assertThat(found)
        .containsExactlyInAnyOrder("file:" + at("d/one") + " 3", "file:" + at("d/e/two") + " 5");
    io.deletePrefix(at("d"));
    assertThat(Files.exists(folder.resolve("d"))).isFalse();
  }

  @Test
  void understandsPlainPathsAndFileUrisAndNothingElse() {
    assertThat(LocalPaths.of("/a/b c")).isEqualTo(Path.of("/a/b c"));
    assertThat(LocalPaths.of("file:/a/b c")).isEqualTo(Path.of("/a/b c"));
    assertThat(LocalPaths.of("file:///a/b%20c")).isEqualTo(Path.of("/a/b%20c"));
    assertThat(LocalPaths.of("file://localhost/a")).isEqualTo(Path.of("/a"));
    for (String bad : List.of("s3://bucket/a", "file://host/a", "")) {
      assertThatThrownBy(() -> LocalPaths.of(bad))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessage("Invalid location: '" + bad + "' (expected a local path or a file: URI)");
    }
  }

  @Test
  void shipsToAnotherProcessWithItsProperties() throws Exception {
    io.initialize(Map.of(Disks.DISK_IMPL, RecordingDisk.class.getName()));
    assertThat(io.disk()).isInstanceOf(RecordingDisk.class);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(io);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      LocalFileIO copy = (LocalFileIO) in.readObject();
      assertThat(copy.properties()).isEqualTo(io.properties());
      assertThat(copy.disk()).as("one instance of a class in a JVM").isSameAs(io.disk());
    }
  }

  @Test
  void closingSyncsTheFileAndThenItsFolder() throws IOException {
    io.initialize(Map.of(Disks.DISK_IMPL, RecordingDisk.class.getName()));
    RecordingDisk.STEPS.clear();
    write(at("f"), new byte[1]);
    assertThat(RecordingDisk.STEPS).containsExactly("create f", "sync f", "close f", "folder");
    RecordingDisk.STEPS.clear();
    try (PositionOutputStream out = io.newOutputFile(at("f")).createOrOverwrite()) {
      out.write(1);
    }
    assertThat(RecordingDisk.STEPS).last().isEqualTo("folder");
    assertThat(RecordingDisk.STEPS).element(3).asString().startsWith("move ").endsWith(" to f");
    assertThat(RecordingDisk.STEPS).element(1).asString().startsWith("sync .f.");
  }

  @Test
  void whatWasClosedOrMovedSurvivesACrash() throws IOException {
    Path file = folder.resolve("a/b/new");
    untilCrash(
        lossy -> {
          try (PositionOutputStream out = lossy.newOutputFile(file.toString()).create()) {
            out.write(1);
          }
        });
    assertThat(Files.readAllBytes(file)).containsExactly(1);
    untilCrash(
        lossy -> {
          try (PositionOutputStream out =
              lossy.newOutputFile(file.toString()).createOrOverwrite()) {
            out.write(2);
          }
        });
    assertThat(Files.readAllBytes(file)).containsExactly(2);
    untilCrash(lossy -> lossy.move(file.toString(), at("c/moved")));
    assertThat(Files.readAllBytes(folder.resolve("c/moved"))).containsExactly(2);
    assertThat(file).doesNotExist();
    untilCrash(
        lossy -> {
          PositionOutputStream open = lossy.newOutputFile(at("open")).create();
          open.write(3);
          open.flush();
        });
    assertThat(folder.resolve("open")).as("never closed").doesNotExist();
  }

  /** Steps on a disk that then loses what is not synced. */
  private interface Steps {
    void on(LocalFileIO lossy) throws IOException;
  }

  private static void untilCrash(Steps steps) throws IOException {
    LossyDisk disk = new LossyDisk();
    steps.on(new LocalFileIO(disk));
    disk.crash();
  }

  @Test
  void anUnknownDiskIsRefusedByName() {
    assertThatThrownBy(() -> Disks.of(Map.of(Disks.DISK_IMPL, "no.such.Disk")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'no.such.Disk'");
    assertThatThrownBy(() -> Disks.of(Map.of(Disks.DISK_IMPL, "java.lang.String")))
        .isInstanceOf(InvalidArgumentException.class);
  }

  /** Notes what happens to files, in order. */
  public static final class RecordingDisk implements Disk {
    static final List<String> STEPS = new ArrayList<>();
    private final Disk below = new LocalDisk();

    @Override
    public Output create(Path file) throws IOException {
      STEPS.add("create " + file.getFileName());
      Output output = below.create(file);
      return new Output() {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
          output.write(bytes);
        }

        @Override
        public long position() throws IOException {
          return output.position();
        }

        @Override
        public void reserve(long bytes) throws IOException {
          output.reserve(bytes);
        }

        @Override
        public void truncate(long size) throws IOException {
          output.truncate(size);
        }

        @Override
        public void sync() throws IOException {
          STEPS.add("sync " + file.getFileName());
          output.sync();
        }

        @Override
        public void close() throws IOException {
          STEPS.add("close " + file.getFileName());
          output.close();
        }
      };
    }

    @Override
    public Output append(Path file) throws IOException {
      return below.append(file);
    }

    @Override
    public SeekableByteChannel read(Path file) throws IOException {
      return below.read(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
      STEPS.add("move " + from.getFileName() + " to " + to.getFileName());
      below.move(from, to);
    }

    @Override
    public boolean delete(Path file) throws IOException {
      return below.delete(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
      STEPS.add("folder");
      below.syncDirectory(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
      below.createDirectories(directory);
    }

    @Override
    public boolean exists(Path file) {
      return below.exists(file);
    }

    @Override
    public long size(Path file) throws IOException {
      return below.size(file);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
      return below.list(directory);
    }
  }
}
