package io.proximadb.storage;

import io.proximadb.error.UnsupportedVersionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.apache.iceberg.DataFile;

/**
 * Opens whatever data file a table has: of its own layout, of another that it had before, or
 * written by another engine.
 */
public final class Segments {
  private static final List<SegmentOpener> FOREIGN = load();

  private Segments() {}

  private static List<SegmentOpener> load() {
    List<SegmentOpener> openers = new ArrayList<>();
    ServiceLoader.load(SegmentOpener.class, SegmentOpener.class.getClassLoader())
        .forEach(openers::add);
    return List.copyOf(openers);
  }

  /**
   * Opens a data file for reading.
   *
   * @throws io.proximadb.error.CorruptFileException if header, footer or checksum is damaged
   * @throws UnsupportedVersionException if nothing here reads such a file
   */
  public static SegmentReader open(TableContext table, DataFile file) {
    Optional<SegmentReader> opened =
        AttachedFiles.isAttached(table) ? Optional.empty() : openOwn(table, file);
    for (SegmentOpener opener : FOREIGN) {
      if (opened.isEmpty()) {
        opened = opener.open(table, file);
      }
    }
    return opened.orElseThrow(
        () ->
            new UnsupportedVersionException(
                "Unsupported data file "
                    + file.location()
                    + ": neither a layout of ProximaDB nor a foreign format that is read (format "
                    + file.format()
                    + ")"));
  }

  private static Optional<SegmentReader> openOwn(TableContext table, DataFile file) {
    StorageFormat own = StorageFormat.of(table);
    Optional<SegmentReader> opened = own.open(table, file);
    for (StorageFormat layout : StorageFormat.all()) {
      if (opened.isEmpty() && layout != own) {
        opened = layout.open(table, file);
      }
    }
    return opened;
  }
}
