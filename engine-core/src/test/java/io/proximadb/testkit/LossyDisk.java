package io.proximadb.testkit;

import io.proximadb.io.Disk;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A disk that loses on a crash all that was not synced: bytes, creations, renames and deletions.
 *
 * <p>They are kept in memory over a real folder and reach the real files only when the file or the
 * folder is synced; so killing the process (with SIGKILL too) loses them, as a power failure would.
 * This process sees its own changes at once; others see what is synced. A file synced in a folder
 * that is not has its bytes but no name: it is gone after a crash. A move across two folders of
 * which only the first is synced loses the file; if only the second is, both names stay. Making
 * folders is durable at once, as {@link Disk#createDirectories} promises.
 *
 * <p>Usable by class name in child processes. In one process, {@link #crash()} and {@link
 * #crash(Random)} make the disk unusable; a new one over the same folder shows what is left.
 */
public final class LossyDisk implements Disk {
  private final LossyNames names = new LossyNames();
  private boolean dead;

  /** Makes a disk with nothing unsynced. */
  public LossyDisk() {}

  @Override
  public synchronized Output create(Path file) throws IOException {
    Path path = key(file);
    if (names.find(path) != null || Files.exists(path) && !names.changed(path)) {
      throw new FileAlreadyExistsException(path.toString());
    }
    if (path.getParent() == null || !Files.isDirectory(path.getParent())) {
      throw new NoSuchFileException(path.toString(), null, "no such folder");
    }
    LossyNode node = LossyNode.created();
    names.link(path, node);
    return open(node);
  }

  @Override
  public synchronized Output append(Path file) throws IOException {
    LossyNode node = existing(key(file));
    names.keep(node);
    return open(node);
  }

  private Output open(LossyNode node) throws IOException {
    node.load();
    node.opened();
    return new LossyOutput(node);
  }

  /** A {@link FileChannel} if the file is durable as it is, so that it can be mapped. */
  @Override
  public synchronized SeekableByteChannel read(Path file) throws IOException {
    LossyNode node = existing(key(file));
    if (!node.inMemory()) {
      return FileChannel.open(node.durablePath(), StandardOpenOption.READ);
    }
    return new LossyChannel(this, node);
  }

  @Override
  public synchronized void move(Path from, Path to) throws IOException {
    Path source = key(from);
    Path target = key(to);
    LossyNode node = existing(source);
    if (!Files.isDirectory(target.getParent())) {
      throw new NoSuchFileException(target.toString(), null, "no such folder");
    }
    if (!source.equals(target)) {
      names.keep(node);
      names.unlink(source);
      names.link(target, node);
    }
  }

  @Override
  public synchronized boolean delete(Path file) throws IOException {
    Path path = key(file);
    if (names.find(path) == null) {
      if (!Files.isDirectory(path)) {
        return false;
      }
      removeTemporaries(path);
      return Files.deleteIfExists(path);
    }
    names.unlink(path);
    return true;
  }

  /**
   * Removes what a process left that was killed while it made names durable: nobody can see it, so
   * nobody could empty the folder. While the disk is locked no such file is in use.
   */
  private static void removeTemporaries(Path folder) throws IOException {
    try (Stream<Path> real = Files.list(folder)) {
      for (Path file :
          real.filter(each -> each.toString().endsWith(LossyNode.TEMPORARY_SUFFIX)).toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public synchronized void syncDirectory(Path directory) throws IOException {
    Path folder = key(directory);
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(folder.toString(), null, "no such folder");
    }
    names.sync(folder);
  }

  @Override
  public synchronized void createDirectories(Path directory) throws IOException {
    Files.createDirectories(key(directory));
  }

  @Override
  public synchronized boolean exists(Path file) {
    Path path = file.toAbsolutePath().normalize();
    return names.find(path) != null || Files.isDirectory(path);
  }

  @Override
  public synchronized long size(Path file) throws IOException {
    return existing(key(file)).size();
  }

  @Override
  public synchronized List<Path> list(Path directory) throws IOException {
    Path folder = key(directory);
    TreeSet<Path> found = new TreeSet<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> real = Files.list(folder)) {
        real.filter(path -> !path.toString().endsWith(LossyNode.TEMPORARY_SUFFIX))
            .forEach(found::add);
      }
    }
    for (Map.Entry<Path, LossyNode> change : names.changesIn(folder)) {
      if (change.getValue() == LossyNames.GONE) {
        found.remove(change.getKey());
      } else {
        found.add(change.getKey());
      }
    }
    // In the caller's form, as a real disk answers.
    List<Path> answer = new ArrayList<>();
    found.forEach(path -> answer.add(directory.resolve(path.getFileName())));
    return answer;
  }

  /** Loses all that is not synced, and answers nothing but errors from now on. */
  public synchronized void crash() {
    dead = true;
    names.clear();
  }

  /**
   * Crashes like {@link #crash()}, but lets a random part of what is not synced reach the disk, as
   * the kernel may have written it back: some names, and of files a first part, random sectors, or
   * bytes with flipped bits.
   */
  public synchronized void crash(Random random) throws IOException {
    dead = true;
    names.syncSome(random);
    names.clear();
  }

  /** True after a crash. */
  public synchronized boolean isDead() {
    return dead;
  }

  private LossyNode existing(Path path) throws IOException {
    LossyNode node = names.find(path);
    if (node == null) {
      throw new NoSuchFileException(path.toString());
    }
    return node;
  }

  private Path key(Path file) throws IOException {
    checkAlive();
    return file.toAbsolutePath().normalize();
  }

  void checkAlive() throws IOException {
    if (dead) {
      throw new FileNotFoundException("The disk has crashed");
    }
  }

  private final class LossyOutput implements DroppingOutput {
    private final LossyNode node;
    private int position;
    private boolean open = true;

    LossyOutput(LossyNode node) throws IOException {
      this.node = node;
      this.position = (int) node.size();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      synchronized (LossyDisk.this) {
        check();
        int count = bytes.remaining();
        node.write(position, bytes);
        position += count;
      }
    }

    @Override
    public long position() throws IOException {
      synchronized (LossyDisk.this) {
        check();
        return position;
      }
    }

    @Override
    public void reserve(long bytes) throws IOException {
      synchronized (LossyDisk.this) {
        check();
        node.reserve(Math.toIntExact(position + bytes));
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (LossyDisk.this) {
        check();
        node.truncate(Math.toIntExact(size));
        position = Math.toIntExact(size);
      }
    }

    @Override
    public void sync() throws IOException {
      synchronized (LossyDisk.this) {
        check();
        node.sync();
      }
    }

    @Override
    public void dropUnsynced() throws IOException {
      synchronized (LossyDisk.this) {
        check();
        node.dropUnsynced();
      }
    }

    @Override
    public void close() throws IOException {
      synchronized (LossyDisk.this) {
        if (open) {
          open = false;
          node.closed();
          names.tidy(node);
        }
      }
    }

    private void check() throws IOException {
      checkAlive();
      if (!open) {
        throw new IOException("The output is closed");
      }
    }
  }
}
