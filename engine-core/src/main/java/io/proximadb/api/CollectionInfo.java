package io.proximadb.api;

import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Goals;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A collection as it stands.
 *
 * @param name its name
 * @param uuid the table's UUID; a dropped and recreated collection has another one
 * @param schema its fields
 * @param location where its files are
 * @param snapshotId the current Iceberg snapshot; empty while nothing was flushed
 * @param dataFiles data files of that snapshot
 * @param dataBytes their size
 * @param dataRows rows in them that no deletion vector deletes; expired rows count
 * @param unflushedRecords changes in memory that the log holds and the table does not
 * @param properties the table's properties
 */
public record CollectionInfo(
    CollectionName name,
    UUID uuid,
    CollectionSchema schema,
    String location,
    OptionalLong snapshotId,
    long dataFiles,
    long dataBytes,
    long dataRows,
    long unflushedRecords,
    Map<String, String> properties) {
  /** What the collection is to reach; properties that make no sense state no goal. */
  public Goals goals() {
    return Goals.of(properties, (property, problem) -> {});
  }
}
