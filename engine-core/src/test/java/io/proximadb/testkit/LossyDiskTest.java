package io.proximadb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.io.Disk;
import io.proximadb.io.LocalDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossyDiskTest {
  @TempDir Path temp;

  private final LossyDisk disk = new LossyDisk();

  private static void write(Disk disk, Path file, String text, boolean sync) throws IOException {
    try (Disk.Output out = disk.exists(file) ? disk.append(file) : disk.create(file)) {
      out.write(StandardCharsets.UTF_8.encode(text));
      if (sync) {
        out.sync();
      }
    }
  }

  private static String read(Disk disk, Path file) throws IOException {
    try (SeekableByteChannel channel = disk.read(file)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // Reads on until all is there.
        assertThat(channel.position()).isEqualTo(bytes.position());
      }
      return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }
  }

  private void durable(String name, String text) throws IOException {
    Files.writeString(temp.resolve(name), text);
  }

  /** Names and texts in the real folder, once the disk has crashed. */
  private TreeMap<String, String> afterCrash() throws IOException {
    disk.crash();
    return realFiles(temp);
  }

  private static TreeMap<String, String> realFiles(Path root) throws IOException {
    TreeMap<String, String> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        found.put(root.relativize(file).toString(), Files.readString(file));
      }
    }
    return found;
  }

  @Test
  void aFolderInWhichAKilledProcessLeftAHalfMadeNameCanBeDeleted() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("folder"));
    Files.writeString(folder.resolve("file" + LossyNode.TEMPORARY_SUFFIX), "half");
    assertThat(disk.list(folder)).isEmpty();
    assertThat(disk.delete(folder)).isTrue();
    assertThat(folder).doesNotExist();
  }

  @Test
  void bytesNotSyncedAreLost() throws Exception {
    durable("a", "old");
    try (Disk.Output out = disk.append(temp.resolve("a"))) {
      out.write(StandardCharsets.UTF_8.encode(" synced"));
      out.sync();
      out.write(StandardCharsets.UTF_8.encode(" not"));
      assertThat(out.position()).isEqualTo(14);
    }
    assertThat(read(disk, temp.resolve("a"))).isEqualTo("old synced not");
    assertThat(afterCrash()).containsEntry("a", "old synced");
  }

  @Test
  void aCutThatIsNotSyncedIsUndone() throws Exception {
    durable("a", "0123456789");
    try (Disk.Output out = disk.append(temp.resolve("a"))) {
      out.truncate(4);
      out.write(StandardCharsets.UTF_8.encode("x"));
    }
    assertThat(read(disk, temp.resolve("a"))).isEqualTo("0123x");
    assertThat(afterCrash()).containsEntry("a", "0123456789");
  }

  @Test
  void aSyncedCutStays() throws Exception {
    durable("a", "0123456789");
    try (Disk.Output out = disk.append(temp.resolve("a"))) {
      out.truncate(4);
      out.write(StandardCharsets.UTF_8.encode("x"));
      out.sync();
    }
    assertThat(afterCrash()).containsEntry("a", "0123x");
  }

  @Test
  void aFileNeedsItsFolderSynced() throws Exception {
    write(disk, temp.resolve("a"), "text", true);
    assertThat(disk.exists(temp.resolve("a"))).isTrue();
    assertThat(disk.list(temp)).containsExactly(temp.resolve("a"));
    assertThat(afterCrash()).isEmpty();
  }

  @Test
  void aFolderDoesNotSyncItsFiles() throws Exception {
    write(disk, temp.resolve("a"), "text", false);
    write(disk, temp.resolve("b"), "text", true);
    disk.syncDirectory(temp);
    assertThat(afterCrash()).containsEntry("a", "").containsEntry("b", "text").hasSize(2);
  }

  @Test
  void aDeletionIsUndoneUntilTheFolderIsSynced() throws Exception {
    durable("a", "1");
    durable("b", "2");
    assertThat(disk.delete(temp.resolve("b"))).isTrue();
    disk.syncDirectory(temp);
    assertThat(disk.delete(temp.resolve("a"))).isTrue();
    assertThat(disk.delete(temp.resolve("a"))).isFalse();
    assertThat(disk.list(temp)).isEmpty();
    assertThatThrownBy(() -> disk.read(temp.resolve("a"))).isInstanceOf(NoSuchFileException.class);
    assertThat(afterCrash()).containsOnlyKeys("a");
  }

  @Test
  void aRenameIsUndoneUntilTheFolderIsSynced() throws Exception {
    durable("a", "new");
    durable("b", "old");
    disk.move(temp.resolve("a"), temp.resolve("b"));
    assertThat(read(disk, temp.resolve("b"))).isEqualTo("new");
    assertThat(disk.exists(temp.resolve("a"))).isFalse();
    assertThat(realFiles(temp)).containsEntry("a", "new").containsEntry("b", "old");
    disk.syncDirectory(temp);
    assertThat(afterCrash()).containsEntry("b", "new").hasSize(1);
  }

  @Test
  void aMoveAcrossFoldersNeedsBothSynced() throws Exception {
    Path from = Files.createDirectory(temp.resolve("from"));
    Path to = Files.createDirectory(temp.resolve("to"));
    for (String name : List.of("both", "first", "second", "none")) {
      Files.createDirectories(from.resolve(name));
      Files.createDirectories(to.resolve(name));
      Files.writeString(from.resolve(name).resolve("f"), name);
      disk.move(from.resolve(name).resolve("f"), to.resolve(name).resolve("f"));
    }
    disk.syncDirectory(to.resolve("both"));
    disk.syncDirectory(from.resolve("both"));
    disk.syncDirectory(from.resolve("first"));
    disk.syncDirectory(to.resolve("second"));
    assertThat(read(disk, to.resolve("first").resolve("f"))).isEqualTo("first");
    assertThat(afterCrash())
        .containsOnlyKeys("to/both/f", "from/second/f", "to/second/f", "from/none/f");
  }

  @Test
  void namesCanBeSwapped() throws Exception {
    durable("a", "1");
    durable("b", "2");
    disk.move(temp.resolve("a"), temp.resolve("t"));
    disk.move(temp.resolve("b"), temp.resolve("a"));
    disk.move(temp.resolve("t"), temp.resolve("b"));
    disk.syncDirectory(temp);
    assertThat(afterCrash()).containsEntry("a", "2").containsEntry("b", "1").hasSize(2);
  }

  @Test
  void whatIsDurableCanBeMappedAndWhatIsNotCanBeRead() throws Exception {
    write(disk, temp.resolve("a"), "text", true);
    try (SeekableByteChannel channel = disk.read(temp.resolve("a"))) {
      assertThat(channel).isNotInstanceOf(FileChannel.class);
    }
    disk.syncDirectory(temp);
    try (SeekableByteChannel channel = disk.read(temp.resolve("a"))) {
      assertThat(channel).isInstanceOf(FileChannel.class);
    }
  }

  @Test
  void aCrashedDiskAnswersNothing() throws Exception {
    Disk.Output out = disk.create(temp.resolve("a"));
    disk.crash();
    assertThat(disk.isDead()).isTrue();
    assertThatThrownBy(() -> out.write(ByteBuffer.allocate(1))).hasMessageContaining("crashed");
    assertThatThrownBy(out::sync).hasMessageContaining("crashed");
    assertThatThrownBy(() -> disk.create(temp.resolve("b"))).hasMessageContaining("crashed");
    out.close();
  }

  @Test
  void existingFilesAndMissingFoldersAreRefusedAsOnARealDisk() throws Exception {
    durable("a", "1");
    assertThatThrownBy(() -> disk.create(temp.resolve("a")))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> disk.create(temp.resolve("no").resolve("a")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.append(temp.resolve("b")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(disk.list(temp.resolve("no"))).isEmpty();
  }

  /** The same random operations here and on a real disk: seen alike, and alike once synced. */
  @Test
  void looksLikeARealDiskToItsProcess() throws Exception {
    long base = System.nanoTime();
    for (int run = 0; run < 100; run++) {
      long seed = base + run;
      Path mine = Files.createDirectories(temp.resolve("lossy" + run));
      Path real = Files.createDirectories(temp.resolve("real" + run));
      LossyDisk lossy = new LossyDisk();
      // Does not wait: the comparison is of what is seen.
      Disk plain =
          new LyingDisk(
              new LyingDisk(new LocalDisk(), LyingDisk.Lie.SYNC_OF_FOLDERS),
              LyingDisk.Lie.SYNC_OF_FILES);
      for (Path root : List.of(mine, real)) {
        Files.createDirectory(root.resolve("x"));
        Files.createDirectory(root.resolve("y"));
        Files.writeString(root.resolve("x").resolve("0"), "there before");
      }
      Random choices = new Random(seed);
      for (int step = 0; step < 60; step++) {
        long choice = choices.nextLong();
        String here = step(lossy, mine, new Random(choice));
        String there = step(plain, real, new Random(choice));
        assertThat(here).as("seed %d step %d", seed, step).isEqualTo(there);
      }
      for (Path file : allFiles(lossy, mine)) {
        try (Disk.Output out = lossy.append(file)) {
          out.sync();
        }
      }
      lossy.syncDirectory(mine.resolve("x"));
      lossy.syncDirectory(mine.resolve("y"));
      lossy.crash();
      assertThat(realFiles(mine)).as("seed %d", seed).isEqualTo(realFiles(real));
    }
  }

  private static List<Path> allFiles(Disk disk, Path root) throws IOException {
    List<Path> files = new ArrayList<>(disk.list(root.resolve("x")));
    files.addAll(disk.list(root.resolve("y")));
    return files;
  }

  /** One operation, and what is to be seen then. */
  private static String step(Disk disk, Path root, Random random) throws IOException {
    Path file = name(root, random);
    String result = "done";
    try {
      switch (random.nextInt(7)) {
        case 0 -> disk.create(file).close();
        case 1 -> write(disk, file, "text" + random.nextInt(1_000), random.nextBoolean());
        case 2 -> disk.move(file, name(root, random));
        case 3 -> result = "deleted " + disk.delete(file);
        case 4 -> disk.syncDirectory(file.getParent());
        case 5 -> {
          try (Disk.Output out = disk.append(file)) {
            out.truncate(Math.min(out.position(), random.nextInt(20)));
            if (random.nextBoolean()) {
              out.sync();
            }
          }
        }
        default -> result = "size " + disk.size(file);
      }
    } catch (IOException e) {
      result = e.getClass().getSimpleName();
    }
    StringBuilder seen = new StringBuilder(result);
    for (Path each : allFiles(disk, root)) {
      seen.append('\n').append(root.relativize(each)).append(' ').append(disk.exists(each));
      seen.append(' ').append(disk.size(each)).append(' ').append(read(disk, each));
    }
    return seen.toString();
  }

  private static Path name(Path root, Random random) {
    return root.resolve(random.nextBoolean() ? "x" : "y").resolve("" + random.nextInt(4));
  }
}
