package io.proximadb.io;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Iceberg's file access on this machine, durable: a written file and its name are synced before
 * {@code close} returns, which Iceberg's own local streams do not do.
 *
 * <p>Locations are plain paths or {@code file:} URIs. It throws Iceberg's exceptions, because
 * Iceberg is who calls. Ships to other processes by Java or Kryo serialization.
 */
public final class LocalFileIO implements SupportsPrefixOperations, MovableFiles, DurableDeletes {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(LocalFileIO.class);

  /** A writer that has lost its table writes a handful of files before it notices. */
  private static final int MAX_DELETE_ATTEMPTS = 10;

  /** Plain and mutable for the sake of Kryo. */
  private HashMap<String, String> properties = new HashMap<>();

  private transient volatile @Nullable Disk disk;

  /** Ready for use; {@link #initialize(Map)} may follow. */
  public LocalFileIO() {}

  /** Over a disk of a test. */
  LocalFileIO(Disk disk) {
    this.disk = disk;
  }

  @Override
  public void initialize(Map<String, String> newProperties) {
    properties = new HashMap<>(newProperties);
    disk = null;
  }

  @Override
  public Map<String, String> properties() {
    return Map.copyOf(properties);
  }

  /** The disk below, see {@link Disks}. */
  public Disk disk() {
    Disk found = disk;
    if (found == null) {
      found = Disks.of(properties);
      disk = found;
    }
    return found;
  }

  @Override
  public InputFile newInputFile(String location) {
    return new LocalInputFile(disk(), location);
  }

  @Override
  public OutputFile newOutputFile(String location) {
    return new LocalOutputFile(this, location);
  }

  /** A missing file is fine. */
  @Override
  public void deleteFile(String location) {
    try {
      disk().delete(LocalPaths.of(location));
    } catch (IOException e) {
      throw new RuntimeIOException(e, "Cannot delete file: %s", location);
    }
  }

  @Override
  public void deleteDurably(Collection<String> locations) {
    Set<Path> folders = new LinkedHashSet<>();
    for (String location : locations) {
      deleteFile(location);
      folders.add(folderOf(LocalPaths.of(location)));
    }
    for (Path folder : folders) {
      try {
        if (Files.isDirectory(folder)) {
          disk().syncDirectory(folder);
        }
      } catch (IOException e) {
        throw new RuntimeIOException(e, "Cannot make deletions durable in folder: %s", folder);
      }
    }
  }

  @Override
  public void move(String from, String to) {
    Path source = LocalPaths.of(from);
    Path target = LocalPaths.of(to);
    try {
      disk().createDirectories(folderOf(target));
      disk().move(source, target);
      disk().syncDirectory(folderOf(target));
      if (!folderOf(source).equals(folderOf(target))) {
        disk().syncDirectory(folderOf(source));
      }
      touch(target);
    } catch (NoSuchFileException e) {
      throw new NotFoundException(e, "Cannot move file to %s: no file at %s", to, from);
    } catch (IOException e) {
      throw new RuntimeIOException(e, "Cannot move file: %s to %s", from, to);
    }
  }

  /**
   * A moved file counts as new from now on: whoever removes old files that nothing names must leave
   * it to the commit that follows.
   */
  private static void touch(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
    } catch (IOException e) {
      // It keeps the time of its last byte, which is old only for jobs of many hours.
      LOG.debug("Cannot set the time of {}: {}", file, e.toString());
    }
  }

  /** All files in a folder and the folders below it, in the notation of the prefix. */
  @Override
  public Iterable<FileInfo> listPrefix(String prefix) {
    Path root = LocalPaths.of(prefix);
    String scheme = LocalPaths.isFileUri(prefix) ? "file:" : "";
    List<FileInfo> found = new ArrayList<>();
    try {
      collect(root, scheme, found);
    } catch (IOException e) {
      throw new RuntimeIOException(e, "Cannot list folder: %s", prefix);
    }
    return found;
  }

  private void collect(Path folder, String scheme, List<FileInfo> found) throws IOException {
    for (Path entry : disk().list(folder)) {
      if (Files.isDirectory(entry)) {
        collect(entry, scheme, found);
      } else {
        try {
          found.add(
              new FileInfo(
                  scheme + entry, disk().size(entry), Files.getLastModifiedTime(entry).toMillis()));
        } catch (NoSuchFileException e) {
          // Deleted since it was listed: it is not there any more, which is what a later list says.
        }
      }
    }
  }

  /** Deletes a folder with all that is in it; a missing one is fine. */
  @Override
  public void deletePrefix(String prefix) {
    try {
      deleteTree(LocalPaths.of(prefix));
    } catch (IOException e) {
      throw new RuntimeIOException(e, "Cannot delete folder: %s", prefix);
    }
  }

  private void deleteTree(Path entry) throws IOException {
    for (int attempt = 1; ; attempt++) {
      if (Files.isDirectory(entry)) {
        for (Path child : disk().list(entry)) {
          deleteTree(child);
        }
        disk().syncDirectory(entry);
      }
      try {
        disk().delete(entry);
        return;
      } catch (DirectoryNotEmptyException e) {
        // A flush of a dropped collection may still write there, until it notices.
        if (attempt == MAX_DELETE_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Nothing is held. */
  @Override
  public void close() {}

  static Path folderOf(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IllegalArgumentException("Invalid file: '" + file + "' (expected a folder above)");
    }
    return folder;
  }

  private record LocalInputFile(Disk disk, String location) implements InputFile {
    @Override
    public long getLength() {
      try {
        return disk.size(LocalPaths.of(location));
      } catch (NoSuchFileException e) {
        throw new NotFoundException(e, "File does not exist: %s", location);
      } catch (IOException e) {
        throw new RuntimeIOException(e, "Cannot read length of file: %s", location);
      }
    }

    @Override
    public SeekableInputStream newStream() {
      try {
        return new LocalInputStream(disk.read(LocalPaths.of(location)));
      } catch (NoSuchFileException e) {
        throw new NotFoundException(e, "File does not exist: %s", location);
      } catch (IOException e) {
        throw new RuntimeIOException(e, "Cannot open file: %s", location);
      }
    }

    @Override
    public boolean exists() {
      return disk.exists(LocalPaths.of(location));
    }
  }

  private record LocalOutputFile(LocalFileIO io, String location) implements OutputFile {
    @Override
    public PositionOutputStream create() {
      Path file = LocalPaths.of(location);
      try {
        io.disk().createDirectories(folderOf(file));
        return new LocalOutputStream(io.disk(), file, file);
      } catch (FileAlreadyExistsException e) {
        throw new AlreadyExistsException(e, "File already exists: %s", location);
      } catch (IOException e) {
        throw new RuntimeIOException(e, "Cannot create file: %s", location);
      }
    }

    /** Written beside and renamed on close: readers see the old file or the whole new one. */
    @Override
    public PositionOutputStream createOrOverwrite() {
      Path file = LocalPaths.of(location);
      Path beside =
          folderOf(file).resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
      try {
        io.disk().createDirectories(folderOf(file));
        return new LocalOutputStream(io.disk(), beside, file);
      } catch (IOException e) {
        throw new RuntimeIOException(e, "Cannot create file: %s", location);
      }
    }

    @Override
    public InputFile toInputFile() {
      return io.newInputFile(location);
    }
  }
}
