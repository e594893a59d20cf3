package io.proximadb.storage;

import io.proximadb.error.InvalidArgumentException;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * A layout of immutable data files (segments). The engine never asks which one it has.
 *
 * <p>Implementations are found by {@link ServiceLoader} under the name in the table property {@code
 * proximadb.layout}; they are stateless and safe for use by several threads.
 */
public interface StorageFormat extends SegmentOpener {
  /** Table property that names the layout. */
  String LAYOUT_PROPERTY = "proximadb.layout";

  /** The name of the default layout, {@code viper}. */
  String DEFAULT_LAYOUT = "viper";

  String name();

  /**
   * Starts a segment in the staging folder from rows in any order. Nothing is visible until the
   * file is moved and committed.
   *
   * @param purpose names the staging folder: {@code flush}, {@code spark}, {@code flink}
   */
  SegmentWriter newWriter(TableContext table, String purpose);

  /** True if files have rows in the order of clusters, by the table's cluster model. */
  default boolean clustersRows() {
    return false;
  }

  /** What to rewrite, and how rows are ordered when it is. */
  CompactionPolicy compaction();

  /** The layout that a table's new files are written in. */
  static StorageFormat of(TableContext table) {
    return named(table.properties().getOrDefault(LAYOUT_PROPERTY, DEFAULT_LAYOUT));
  }

  /**
   * The layout of a name.
   *
   * @throws InvalidArgumentException if there is none
   */
  static StorageFormat named(String name) {
    List<String> known = new ArrayList<>();
    for (StorageFormat format : all()) {
      if (format.name().equals(name)) {
        return format;
      }
      known.add(format.name());
    }
    throw new InvalidArgumentException(
        "Invalid " + LAYOUT_PROPERTY + ": '" + name + "' (expected one of " + known + ")");
  }

  /** All layouts there are. */
  static List<StorageFormat> all() {
    return StorageFormats.ALL;
  }
}
