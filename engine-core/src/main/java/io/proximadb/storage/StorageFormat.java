package io.proximadb.storage;

import io.proximadb.error.InvalidArgumentException;
import java.util.ServiceLoader;
import org.apache.iceberg.DataFile;

/**
 * A layout of immutable data files (segments). The engine never asks which one it has.
 *
 * <p>Implementations are found by {@link ServiceLoader} under the name in the table property {@code
 * proximadb.layout}; they are stateless and safe for use by several threads.
 */
public interface StorageFormat {
  /** Table property that names the layout. */
  String LAYOUT_PROPERTY = "proximadb.layout";

  /** The name of the default layout, {@code viper}. */
  String DEFAULT_LAYOUT = "viper";

  String name();

  /**
   * Starts a segment in the staging folder. Nothing is visible until the file is moved and
   * committed.
   *
   * @param purpose names the staging folder: {@code flush}, {@code spark}, {@code flink}
   */
  SegmentWriter newWriter(TableContext table, String purpose);

  /**
   * Opens a data file of the table for reading.
   *
   * @throws io.proximadb.error.CorruptFileException if header, footer or checksum is damaged
   */
  SegmentReader open(TableContext table, DataFile file);

  /** The format that a table's files are written in. */
  static StorageFormat of(TableContext table) {
    String name = table.properties().getOrDefault(LAYOUT_PROPERTY, DEFAULT_LAYOUT);
    for (StorageFormat format :
        ServiceLoader.load(StorageFormat.class, StorageFormat.class.getClassLoader())) {
      if (format.name().equals(name)) {
        return format;
      }
    }
    throw new InvalidArgumentException("Invalid " + LAYOUT_PROPERTY + ": '" + name + "'");
  }
}
