package io.proximadb.io.hadoop;

import io.proximadb.error.InvalidArgumentException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.BulkDelete;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.apache.iceberg.io.BulkDeletionFailureException;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SupportsBulkOperations;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jspecify.annotations.Nullable;

/**
 * Iceberg's file access on an object store, through Hadoop's file system of the location's scheme.
 *
 * <p>Files are written where they will stay, for object stores cannot rename; a file appears when
 * it is closed, whole, and one whose writing failed does not. Properties that begin with {@code
 * fs.} or {@code hadoop.} are Hadoop's. Unlike Iceberg's {@code HadoopFileIO} it takes all settings
 * from these properties, so that two warehouses with different credentials fit one process, and
 * reads a range with one request. It throws Iceberg's exceptions, because Iceberg is who calls;
 * ships to other processes by Java or Kryo serialization, credentials included.
 */
public final class ObjectFileIO implements SupportsPrefixOperations, SupportsBulkOperations {
  private static final long serialVersionUID = 1L;

  private static final Map<String, String> DEFAULTS =
      Map.of(
          // The other kind keeps what it read, and a file that is replaced would be read as it was.
          "fs.s3a.input.stream.type", "classic");

  /** Plain and mutable for the sake of Kryo. */
  private HashMap<String, String> properties = new HashMap<>();

  private transient volatile @Nullable Map<String, SharedFileSystems.Shared> open;

  /** Made by Iceberg, which calls {@link #initialize(Map)} next. */
  public ObjectFileIO() {}

  @Override
  public void initialize(Map<String, String> newProperties) {
    properties = new HashMap<>(newProperties);
  }

  @Override
  public Map<String, String> properties() {
    return Map.copyOf(properties);
  }

  /** The file system of a file. */
  FileSystem fileSystem(Path file) {
    URI location = file.toUri();
    if (location.getScheme() == null) {
      throw new InvalidArgumentException(
          "Invalid location: '" + file + "' (expected one with a scheme, like s3a://bucket/path)");
    }
    return open()
        .computeIfAbsent(SharedFileSystems.storeOf(location), store -> acquire(location))
        .fileSystem();
  }

  private SharedFileSystems.Shared acquire(URI location) {
    Map<String, String> settings = new HashMap<>(DEFAULTS);
    settings.putAll(HadoopFileSystems.settings(properties));
    try {
      return SharedFileSystems.acquire(location, settings);
    } catch (IOException e) {
      throw new RuntimeIOException(e, "Cannot reach the store of %s: %s", location, e.getMessage());
    }
  }

  private Map<String, SharedFileSystems.Shared> open() {
    Map<String, SharedFileSystems.Shared> known = open;
    if (known == null) {
      synchronized (this) {
        known = open;
        if (known == null) {
          known = new ConcurrentHashMap<>();
          open = known;
        }
      }
    }
    return known;
  }

  @Override
  public InputFile newInputFile(String location) {
    return new ObjectInputFile(this, location, -1);
  }

  @Override
  public InputFile newInputFile(String location, long length) {
    return new ObjectInputFile(this, location, length);
  }

  @Override
  public OutputFile newOutputFile(String location) {
    return new ObjectOutputFile(this, location);
  }

  /** A missing file is fine. */
  @Override
  public void deleteFile(String location) {
    deleteFiles(List.of(location));
  }

  /** Deletes many files with few requests; missing ones are fine. */
  @Override
  public void deleteFiles(Iterable<String> locations) throws BulkDeletionFailureException {
    Map<String, List<Path>> byStore = new HashMap<>();
    for (String location : locations) {
      Path file = new Path(location);
      byStore
          .computeIfAbsent(SharedFileSystems.storeOf(file.toUri()), store -> new ArrayList<>())
          .add(file);
    }
    for (List<Path> files : byStore.values()) {
      delete(files);
    }
  }

  private void delete(List<Path> files) {
    Path root = new Path(files.get(0), "/");
    try (BulkDelete bulk = fileSystem(root).createBulkDelete(root)) {
      int page = Math.max(1, bulk.pageSize());
      for (int from = 0; from < files.size(); from += page) {
        List<Path> part = files.subList(from, Math.min(files.size(), from + page));
        List<Map.Entry<Path, String>> failed = bulk.bulkDelete(part);
        failed.removeIf(failure -> failure.getValue().isEmpty());
        if (!failed.isEmpty()) {
          throw new IOException(failed.get(0).getValue());
        }
      }
    } catch (IOException e) {
      throw new RuntimeIOException(
          e, "Cannot delete %s files, the first %s: %s", files.size(), files.get(0), e);
    }
  }

  /** All files in a folder and the folders below it, listed as they are asked for. */
  @Override
  public Iterable<FileInfo> listPrefix(String prefix) {
    return () -> list(new Path(prefix));
  }

  private Iterator<FileInfo> list(Path folder) {
    RemoteIterator<LocatedFileStatus> files;
    try {
      files = fileSystem(folder).listFiles(folder, true);
    } catch (FileNotFoundException e) {
      return List.<FileInfo>of().iterator();
    } catch (IOException e) {
      throw cannotList(folder, e);
    }
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        try {
          return files.hasNext();
        } catch (FileNotFoundException e) {
          return false;
        } catch (IOException e) {
          throw cannotList(folder, e);
        }
      }

      @Override
      public FileInfo next() {
        if (!hasNext()) {
          throw new NoSuchElementException("No more files in " + folder);
        }
        try {
          LocatedFileStatus file = files.next();
          return new FileInfo(file.getPath().toString(), file.getLen(), file.getModificationTime());
        } catch (IOException e) {
          throw cannotList(folder, e);
        }
      }
    };
  }

  private static RuntimeIOException cannotList(Path folder, IOException cause) {
    return new RuntimeIOException(cause, "Cannot list %s: %s", folder, cause.getMessage());
  }

  /** Deletes a folder with all that is in it; a missing one is fine. */
  @Override
  public void deletePrefix(String prefix) {
    Path folder = new Path(prefix);
    try {
      fileSystem(folder).delete(folder, true);
    } catch (FileNotFoundException e) {
      // As wanted.
    } catch (IOException e) {
      throw new RuntimeIOException(e, "Cannot delete folder %s: %s", prefix, e.getMessage());
    }
  }

  @Override
  public void close() {
    Map<String, SharedFileSystems.Shared> held;
    synchronized (this) {
      held = open;
      open = null;
    }
    if (held == null) {
      return;
    }
    for (SharedFileSystems.Shared shared : held.values()) {
      try {
        shared.release();
      } catch (IOException e) {
        throw new RuntimeIOException(e, "Cannot close a file system: %s", e.getMessage());
      }
    }
  }
}
