package io.proximadb.index;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.Abortable;
import io.proximadb.model.IndexDefinition;
import io.proximadb.storage.AttachedFiles;
import io.proximadb.storage.TableContext;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * Files of indexes, {@code _proximadb/index/<data file>.<field id>-<settings>.<type>-v<version>}:
 * the name says of what and how an index was built, so that one of an earlier definition is never
 * taken for another's. Those of an attached table stand in a folder of ours, see {@link
 * TableContext#sideFolder()}.
 */
public final class IndexFiles {
  /** Data file, then what follows its name, and the type in that. */
  private static final Pattern NAME =
      Pattern.compile(".*/([^/]+)(\\.\\d+-[0-9a-f]{8}\\.([a-z0-9_]+)-v(\\d{1,9}))");

  private IndexFiles() {}

  /** What an index of a data file names as its source. */
  static UUID source(TableContext table, String dataFile) {
    return UUID.nameUUIDFromBytes(sourceName(table, dataFile).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * What tells a data file from all others of its table. Names of our own files do; other engines
   * may use one name in several folders, those of partitions for instance.
   */
  private static String sourceName(TableContext table, String dataFile) {
    return AttachedFiles.isAttached(table)
        ? dataFile
        : dataFile.substring(dataFile.lastIndexOf('/') + 1);
  }

  /**
   * What the names of all indexes of a data file begin with; a dot follows. The name of the data
   * file, for an attached table the UUID that its indexes have as their source.
   */
  public static String prefix(TableContext table, String dataFile) {
    return AttachedFiles.isAttached(table)
        ? source(table, dataFile).toString()
        : sourceName(table, dataFile);
  }

  /** Where the index of a data file stands. */
  public static String location(TableContext table, String dataFile, IndexDefinition definition) {
    NestedField column = table.icebergSchema().findField(definition.field());
    int version = IndexTypes.named(definition.type()).version();
    return String.format(
        Locale.ROOT,
        "%s/%s.%d-%08x.%s-v%d",
        table.sideFolder(),
        prefix(table, dataFile),
        column == null ? 0 : column.fieldId(),
        settingsHash(definition),
        definition.type(),
        version);
  }

  /** True if a file is an index of a known type that the table is not to have any more. */
  public static boolean isDropped(TableContext table, String location) {
    Matcher name = NAME.matcher(location);
    if (!name.matches() || IndexDefinitions.hasUnknown(table)) {
      return false;
    }
    // Files of other versions are those of another engine's.
    int version = IndexTypes.find(name.group(3)).map(IndexType::version).orElse(0);
    if (version != Integer.parseInt(name.group(4))) {
      return false;
    }
    return IndexDefinitions.of(table).stream()
        .noneMatch(index -> location(table, name.group(1), index).endsWith(name.group(2)));
  }

  private static int settingsHash(IndexDefinition definition) {
    CRC32C hash = new CRC32C();
    definition
        .settings()
        .forEach(
            (key, value) ->
                hash.update((key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8)));
    return (int) hash.getValue();
  }

  /**
   * Writes an index in its place, whole or not at all, over one that is there.
   *
   * @return bytes written
   * @throws UnavailableException if it cannot be written
   */
  public static long write(
      TableContext table, String dataFile, IndexDefinition definition, SegmentIndex index) {
    String location = location(table, dataFile, definition);
    try (OutputStream file = table.io().newOutputFile(location).createOrOverwrite()) {
      write(index, source(table, dataFile), file);
    } catch (IOException | UncheckedIOException e) {
      throw new UnavailableException("Cannot write index " + location + ": " + e.getMessage(), e);
    }
    return table.io().newInputFile(location).getLength();
  }

  private static void write(SegmentIndex index, UUID source, OutputStream file) throws IOException {
    boolean done = false;
    try {
      OutputStream out = new BufferedOutputStream(file);
      index.write(source, out);
      out.flush();
      done = true;
    } finally {
      if (!done && file instanceof Abortable unfinished) {
        unfinished.abort();
      }
    }
  }

  /**
   * The size of the index of a data file, about what it takes in memory.
   *
   * @return -1 if there is none
   * @throws UnavailableException if that cannot be found out
   */
  public static long length(TableContext table, String dataFile, IndexDefinition definition) {
    String location = location(table, dataFile, definition);
    try {
      InputFile file = table.io().newInputFile(location);
      return file.exists() ? file.getLength() : -1;
    } catch (NotFoundException e) {
      return -1;
    } catch (UncheckedIOException e) {
      throw new UnavailableException("Cannot find index " + location + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads the index of a data file.
   *
   * @return null if there is none
   * @throws CorruptFileException if it is damaged
   * @throws io.proximadb.error.UnsupportedVersionException if it is of another version
   * @throws UnavailableException if it cannot be read
   */
  public static @Nullable SegmentIndex read(
      TableContext table, String dataFile, IndexDefinition definition) {
    String location = location(table, dataFile, definition);
    try {
      InputFile file = table.io().newInputFile(location);
      if (!file.exists()) {
        return null;
      }
      try (InputStream in = file.newStream()) {
        return IndexTypes.named(definition.type())
            .read(in, file.getLength(), source(table, dataFile), location);
      }
    } catch (NotFoundException e) {
      return null;
    } catch (IOException | UncheckedIOException e) {
      throw new UnavailableException("Cannot read index " + location + ": " + e.getMessage(), e);
    }
  }
}
