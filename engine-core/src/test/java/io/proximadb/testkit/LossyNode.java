package io.proximadb.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A file of a {@link LossyDisk}, whatever its name: what this process sees, and what is durable.
 * Guarded by the disk.
 */
final class LossyNode {
  /** Of files that are made durable right now. */
  static final String TEMPORARY_SUFFIX = ".lossy";

  private static final int SECTOR_BYTES = 512;
  private static final byte[] EMPTY = {};

  /** The real file with the durable bytes; null while the file has no durable name. */
  private Path durablePath;

  /** Durable bytes of a file that has no durable name. */
  private byte[] synced;

  /** What this process sees; null if that is what the real file holds. */
  private byte[] data;

  private int size;

  /** How many first bytes of data are durable. */
  private int clean;

  private boolean dirty;
  private int outputs;

  /** Ranges that a failed sync took from the bytes on their way to the disk: pairs of from, to. */
  private final List<int[]> dropped = new ArrayList<>();

  private LossyNode() {}

  static LossyNode created() {
    LossyNode node = new LossyNode();
    node.synced = EMPTY;
    node.data = EMPTY;
    return node;
  }

  static LossyNode existing(Path file) {
    LossyNode node = new LossyNode();
    node.durablePath = file;
    return node;
  }

  Path durablePath() {
    return durablePath;
  }

  boolean inMemory() {
    return data != null;
  }

  long size() throws IOException {
    return data != null ? size : Files.size(durablePath);
  }

  byte[] data() {
    return data;
  }

  void load() throws IOException {
    if (data == null) {
      data = Files.readAllBytes(durablePath);
      size = data.length;
      clean = size;
    }
  }

  void opened() {
    outputs++;
  }

  void closed() {
    outputs--;
    if (outputs == 0 && !dirty && durablePath != null) {
      data = null;
    }
  }

  /** True if there is nothing to know about the file but its name. */
  boolean forgettable() {
    return outputs == 0 && data == null;
  }

  /** Writes at an offset up to the end, or over what is there. */
  void write(int offset, ByteBuffer bytes) {
    int end = offset + bytes.remaining();
    grow(end);
    bytes.get(data, offset, bytes.remaining());
    clean = Math.min(clean, offset);
    dirty = true;
    keepAgain(offset, end);
  }

  /** What is written again after a failed sync is on its way to the disk again. */
  private void keepAgain(int from, int to) {
    List<int[]> before = List.copyOf(dropped);
    dropped.clear();
    for (int[] range : before) {
      addDropped(range[0], Math.min(range[1], from));
      addDropped(Math.max(range[0], to), range[1]);
    }
  }

  private void addDropped(int from, int to) {
    if (from < to) {
      dropped.add(new int[] {from, to});
    }
  }

  /** Makes the file that long with zeros, if it is shorter. */
  void reserve(int end) {
    if (end > size) {
      grow(end);
      dirty = true;
    }
  }

  private void grow(int end) {
    if (end > data.length) {
      data = Arrays.copyOf(data, Math.max(end, 2 * data.length));
    }
    size = Math.max(size, end);
  }

  void truncate(int newSize) {
    if (newSize < size) {
      Arrays.fill(data, newSize, size, (byte) 0);
      size = newSize;
      dropped.removeIf(range -> range[0] >= newSize);
      dropped.forEach(range -> range[1] = Math.min(range[1], newSize));
      clean = Math.min(clean, newSize);
      dirty = true;
    }
  }

  /** Makes the bytes durable; whether the name is, is another matter. */
  void sync() throws IOException {
    if (!dirty) {
      return;
    }
    if (durablePath == null) {
      synced = Arrays.copyOf(data, size);
      for (int[] range : dropped) {
        Arrays.fill(synced, range[0], Math.min(range[1], size), (byte) 0);
      }
    } else {
      try (FileChannel file = FileChannel.open(durablePath, StandardOpenOption.WRITE)) {
        writeFully(file, clean, size);
        file.truncate(size);
      }
    }
    clean = size;
    dirty = false;
  }

  /**
   * What a system does whose sync failed: the bytes it could not write are taken for written. This
   * process goes on seeing them, and no later sync writes them.
   */
  void dropUnsynced() {
    if (dirty && clean < size) {
      dropped.add(new int[] {clean, size});
      clean = size;
    }
    dirty = false;
  }

  /** Lets some of the unsynced bytes reach the disk. */
  void syncSome(Random random) throws IOException {
    if (!dirty || durablePath == null || clean >= size) {
      return;
    }
    try (FileChannel file = FileChannel.open(durablePath, StandardOpenOption.WRITE)) {
      switch (random.nextInt(7)) {
        case 0, 1, 2 -> writeFully(file, clean, clean + random.nextInt(size - clean));
        case 3 -> writeFully(file, clean, size);
        case 4 -> {
          for (int from = clean; from < size; ) {
            int to = Math.min(size, (from / SECTOR_BYTES + 1) * SECTOR_BYTES);
            if (random.nextBoolean()) {
              writeFully(file, from, to);
            }
            from = to;
          }
        }
        case 5 -> {
          int to = clean + 1 + random.nextInt(size - clean);
          for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
            data[clean + random.nextInt(to - clean)] ^= (byte) (1 << random.nextInt(8));
          }
          writeFully(file, clean, to);
        }
        default -> {}
      }
    }
  }

  private void writeFully(FileChannel file, int from, int to) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(data, from, to - from);
    for (long at = from; bytes.hasRemaining(); ) {
      at += file.write(bytes, at);
    }
  }

  /** Gives the durable bytes a durable name in place of what is there; atomic. */
  void linkDurably(Path path, boolean moveFromOldName) throws IOException {
    Path temporary = path.resolveSibling(path.getFileName() + TEMPORARY_SUFFIX);
    if (durablePath == null) {
      Files.write(temporary, synced);
      synced = null;
    } else if (moveFromOldName) {
      temporary = durablePath;
    } else {
      // A second name of the same file until the folder of the first is synced.
      Files.deleteIfExists(temporary);
      Files.createLink(temporary, durablePath);
    }
    Files.move(
        temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    // Where both are names of one file already, POSIX's rename leaves both.
    Files.deleteIfExists(temporary);
    durablePath = path;
    if (outputs == 0 && !dirty) {
      data = null;
    }
  }

  /** The durable name is about to go to another file, or away. */
  void unlinkDurably() throws IOException {
    synced = Files.readAllBytes(durablePath);
    if (data == null) {
      data = synced;
      size = synced.length;
      clean = size;
    }
    durablePath = null;
  }
}
