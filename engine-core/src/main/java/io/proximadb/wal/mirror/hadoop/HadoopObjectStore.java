package io.proximadb.wal.mirror.hadoop;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.io.hadoop.HadoopFileSystems;
import io.proximadb.wal.mirror.ObjectStore;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.security.AccessControlException;
import org.jspecify.annotations.Nullable;

/**
 * A store that one of Hadoop's file systems reaches.
 *
 * <p>Iceberg's {@code FileIO} creates a file after asking whether there is one, which two can do at
 * the same time; so objects are created through the file system itself, in the way that is one step
 * there: see {@link Creation}.
 */
public final class HadoopObjectStore implements ObjectStore {
  private static final String TEMPORARY_SUFFIX = ".tmp";

  /** Settings for requests that someone waits for, and that the mirror tries again by itself. */
  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          // One more try at once, for a pooled connection that the server closed.
          Map.entry("fs.s3a.attempts.maximum", "1"),
          Map.entry("fs.s3a.retry.limit", "0"),
          Map.entry("fs.s3a.retry.interval", "50ms"),
          Map.entry("fs.s3a.retry.throttle.limit", "0"),
          Map.entry("fs.s3a.retry.throttle.interval", "50ms"),
          Map.entry("fs.s3a.connection.timeout", "30s"),
          Map.entry("fs.s3a.connection.request.timeout", "30s"),
          // Objects are in memory already; the default would put each on a local disk first.
          Map.entry("fs.s3a.fast.upload.buffer", "bytebuffer"),
          Map.entry("fs.azure.io.retry.max.retries", "2"),
          Map.entry("fs.azure.io.retry.backoff.interval", "100"));

  private final FileSystem fileSystem;
  private final Path root;
  private final Creation creation;

  /** How a file system creates a file only if there is none, in one step, whole or not at all. */
  private enum Creation {
    /** S3: the request that ends the upload carries {@code If-None-Match: *}. */
    CONDITIONAL,

    /** GCS: the connector uploads with the precondition that there is no generation. */
    EXCLUSIVE,

    /** ADLS with hierarchical names, HDFS: written beside, and renamed, which replaces nothing. */
    RENAME
  }

  /**
   * Opens the store of a location.
   *
   * @param properties those that begin with {@code fs.} are set as they are, those that begin with
   *     {@code hadoop.} without that; others are left out
   * @throws InvalidArgumentException if the file system of the location is not on the class path
   */
  public HadoopObjectStore(String location, Map<String, String> properties) throws IOException {
    Map<String, String> settings = new HashMap<>(DEFAULTS);
    settings.putAll(HadoopFileSystems.settings(properties));
    // The other kind keeps what it read: a name whose object was deleted would still be read.
    settings.put("fs.s3a.input.stream.type", "classic");
    URI uri = URI.create(location);
    this.creation =
        switch (String.valueOf(uri.getScheme())) {
          case "s3a" -> Creation.CONDITIONAL;
          case "gs" -> Creation.EXCLUSIVE;
          default -> Creation.RENAME;
        };
    this.root = new Path(uri);
    this.fileSystem = HadoopFileSystems.open("mirror of the log", uri, settings);
    if (creation == Creation.CONDITIONAL
        && !fileSystem.hasPathCapability(
            root, CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE)) {
      fileSystem.close();
      throw new InvalidArgumentException(
          "Cannot open mirror of the log at "
              + location
              + ": it needs conditional writes, which keep two engines from writing the same"
              + " object (expected fs.s3a.create.conditional.enabled=true, hadoop-aws 3.4.2 or"
              + " newer, and a store that knows If-None-Match)");
    }
  }

  @Override
  public void create(String name, ByteBuffer... content) throws IOException {
    Path file = pathOf(name);
    try {
      switch (creation) {
        case CONDITIONAL -> createConditionally(file, content);
        case EXCLUSIVE -> createExclusively(file, content);
        case RENAME -> createByRename(file, content);
      }
    } catch (org.apache.hadoop.fs.FileAlreadyExistsException e) {
      throw (IOException) new FileAlreadyExistsException(file.toString()).initCause(e);
    } catch (RuntimeException e) {
      throw asIo(e);
    }
  }

  private void createConditionally(Path file, ByteBuffer... content) throws IOException {
    FSDataOutputStreamBuilder<?, ?> builder = fileSystem.createFile(file);
    builder.create().overwrite(true);
    builder.must(CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE, true);
    write(builder.build(), content);
  }

  private void createExclusively(Path file, ByteBuffer... content) throws IOException {
    write(fileSystem.create(file, false), content);
  }

  private void createByRename(Path file, ByteBuffer... content) throws IOException {
    if (fileSystem.exists(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    Path temporary =
        new Path(
            file.getParent(), "." + file.getName() + "." + UUID.randomUUID() + TEMPORARY_SUFFIX);
    try {
      write(fileSystem.create(temporary, false), content);
      if (!fileSystem.rename(temporary, file)) {
        // It says so also for other reasons; who called looks what is there.
        throw new FileAlreadyExistsException(file.toString());
      }
    } finally {
      fileSystem.delete(temporary, false);
    }
  }

  /** Writes all and closes, which is what creates an object; a failure must not create half. */
  private static void write(FSDataOutputStream stream, ByteBuffer... content) throws IOException {
    boolean written = false;
    try {
      for (ByteBuffer bytes : content) {
        stream.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
      }
      if (stream.hasCapability("hsync")) {
        stream.hsync();
      }
      written = true;
    } finally {
      if (!written && stream.hasCapability("fs.capability.outputstream.abortable")) {
        stream.abort();
      }
    }
    stream.close();
  }

  @Override
  public byte @Nullable [] read(String name, int maxBytes) throws IOException {
    Path file = pathOf(name);
    try (FSDataInputStream stream = fileSystem.open(file)) {
      return maxBytes == Integer.MAX_VALUE ? stream.readAllBytes() : readSome(stream, maxBytes);
    } catch (FileNotFoundException e) {
      return null;
    } catch (RuntimeException e) {
      throw asIo(e);
    }
  }

  private static byte[] readSome(FSDataInputStream stream, int maxBytes) throws IOException {
    byte[] bytes = new byte[maxBytes];
    int filled = 0;
    for (int count = 0; filled < maxBytes && count >= 0; filled += Math.max(count, 0)) {
      count = stream.read(bytes, filled, maxBytes - filled);
    }
    return Arrays.copyOf(bytes, filled);
  }

  @Override
  public List<Entry> list(String folder) throws IOException {
    List<Entry> found = new ArrayList<>();
    try {
      RemoteIterator<LocatedFileStatus> files = fileSystem.listFiles(pathOf(folder), true);
      while (files.hasNext()) {
        LocatedFileStatus file = files.next();
        found.add(new Entry(nameOf(file.getPath()), file.getLen()));
      }
      return found;
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (RuntimeException e) {
      throw asIo(e);
    }
  }

  /** The path below the root. */
  private String nameOf(Path file) {
    String rootPath = root.toUri().getPath();
    String path = file.toUri().getPath();
    int start = rootPath.endsWith("/") ? rootPath.length() : rootPath.length() + 1;
    return path.substring(start);
  }

  @Override
  public List<String> folders() throws IOException {
    try {
      return Arrays.stream(fileSystem.listStatus(root))
          .filter(FileStatus::isDirectory)
          .map(folder -> folder.getPath().getName())
          .toList();
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (RuntimeException e) {
      throw asIo(e);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    try {
      fileSystem.delete(pathOf(name), false);
    } catch (RuntimeException e) {
      throw asIo(e);
    }
  }

  @Override
  public boolean isPermanent(IOException failure) {
    return failure instanceof AccessDeniedException
        || failure instanceof AccessControlException
        || failure instanceof FileNotFoundException;
  }

  @Override
  public String locationOf(String name) {
    return pathOf(name).toString();
  }

  @Override
  public void close() throws IOException {
    fileSystem.close();
  }

  private Path pathOf(String name) {
    return new Path(root, name);
  }

  private static IOException asIo(RuntimeException failure) {
    return new IOException(failure.toString(), failure);
  }
}
