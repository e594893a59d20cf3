package io.proximadb.storage;

import java.util.Optional;
import org.apache.iceberg.DataFile;

/**
 * Opens data files of one kind. Implementations are found by {@link java.util.ServiceLoader}, are
 * stateless and safe for use by several threads; {@link Segments} asks them in turn.
 */
public interface SegmentOpener {
  /**
   * Opens a data file of the table for reading.
   *
   * @return empty if the file is not of this kind, which a look at its name, its format and at most
   *     its footer tells
   * @throws io.proximadb.error.CorruptFileException if it is of this kind, and header, footer or
   *     checksum is damaged
   */
  Optional<SegmentReader> open(TableContext table, DataFile file);
}
