package io.proximadb.cli.quickstart;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What the Iceberg table holds at the moment.
 *
 * @param snapshotId the current snapshot; empty while there is none
 * @param dataFiles its data files
 * @param dataBytes their size
 * @param filesWithDeletes how many of them have a deletion vector
 */
record TableState(OptionalLong snapshotId, long dataFiles, long dataBytes, long filesWithDeletes) {
  private static final double MEGABYTE = 1e6;

  /** Reads it from the catalog. */
  static TableState read(WorkFolder work, String collection) {
    try (Warehouse warehouse =
        Warehouse.open(Map.of(Warehouse.WAREHOUSE, work.warehouse().toString()))) {
      CollectionTable table = warehouse.load(CollectionName.parse(collection));
      List<LiveFile> files = table.liveFiles();
      return new TableState(
          table.snapshotId(),
          files.size(),
          files.stream().mapToLong(file -> file.dataFile().fileSizeInBytes()).sum(),
          files.stream().filter(file -> !file.deletes().isEmpty()).count());
    }
  }

  @Override
  public String toString() {
    String snapshot = snapshotId.isPresent() ? Long.toString(snapshotId.getAsLong()) : "none";
    return String.format(
        Locale.ROOT,
        "snapshot %s: %d data files, %.1f MB, %d deletion vectors",
        snapshot,
        dataFiles,
        dataBytes / MEGABYTE,
        filesWithDeletes);
  }
}
