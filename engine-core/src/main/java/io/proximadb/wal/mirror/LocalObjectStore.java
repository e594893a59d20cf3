package io.proximadb.wal.mirror;

import io.proximadb.io.Disk;
import io.proximadb.wal.WalOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A folder of a file system with hard links, local or mounted from elsewhere.
 *
 * <p>An object is written and synced under a temporary name and gets its own by a link, which fails
 * if there is one: so it is whole or not there, and of several creators one succeeds.
 */
final class LocalObjectStore implements ObjectStore {
  private static final String TEMPORARY_SUFFIX = ".tmp";

  private final Disk disk;
  private final Path root;

  LocalObjectStore(Disk disk, Path root) {
    this.disk = disk;
    this.root = root.toAbsolutePath().normalize();
  }

  @Override
  public void create(String name, ByteBuffer... content) throws IOException {
    Path file = root.resolve(name);
    Path folder = root.resolve(name).resolveSibling("");
    if (disk.exists(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    disk.createDirectories(folder);
    Path temporary =
        folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + TEMPORARY_SUFFIX);
    try {
      try (Disk.Output output = disk.create(temporary)) {
        for (ByteBuffer bytes : content) {
          output.write(bytes.duplicate());
        }
        output.sync();
      }
      link(temporary, file);
    } finally {
      disk.delete(temporary);
    }
    disk.syncDirectory(folder);
  }

  private static void link(Path temporary, Path file) throws IOException {
    try {
      Files.createLink(file, temporary);
    } catch (UnsupportedOperationException e) {
      throw new IOException(
          "Cannot create object "
              + file
              + ": this file system has no hard links; set "
              + WalOptions.MIRROR_LOCATION_PROPERTY
              + " to a place on one that has",
          e);
    }
  }

  @Override
  public byte @Nullable [] read(String name, int maxBytes) throws IOException {
    try (SeekableByteChannel channel = disk.read(root.resolve(name))) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), maxBytes));
      while (bytes.hasRemaining()) {
        if (channel.read(bytes) < 0) {
          throw new IOException("File got shorter while it was read (file=" + name + ")");
        }
      }
      return bytes.array();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public List<Entry> list(String folder) throws IOException {
    List<Entry> found = new ArrayList<>();
    collect(root.resolve(folder), folder, found);
    return found;
  }

  private void collect(Path folder, String prefix, List<Entry> found) throws IOException {
    for (Path entry : disk.list(folder)) {
      String name = prefix + "/" + entry.getFileName();
      if (Files.isDirectory(entry)) {
        collect(entry, name, found);
      } else if (!name.endsWith(TEMPORARY_SUFFIX)) {
        try {
          found.add(new Entry(name, disk.size(entry)));
        } catch (NoSuchFileException e) {
          // Deleted since it was listed: it is not there any more, which is what a later list says.
        }
      }
    }
  }

  @Override
  public List<String> folders() throws IOException {
    return disk.list(root).stream()
        .filter(Files::isDirectory)
        .map(folder -> String.valueOf(folder.getFileName()))
        .toList();
  }

  @Override
  public void delete(String name) throws IOException {
    disk.delete(root.resolve(name));
  }

  @Override
  public boolean isPermanent(IOException failure) {
    return failure instanceof AccessDeniedException
        || failure.getCause() instanceof UnsupportedOperationException;
  }

  @Override
  public String locationOf(String name) {
    return root.resolve(name).toString();
  }

  /** Nothing is held. */
  @Override
  public void close() {}
}
