package io.proximadb.api;

import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A committed state of a collection that can be read.
 *
 * @param id its Iceberg snapshot id
 * @param parentId the snapshot it was made from; empty for the first
 * @param committedAt when; the read timestamp of {@link Collection#at}
 * @param operation Iceberg's word for it: {@code append}, {@code overwrite}, {@code replace} or
 *     {@code delete}
 * @param summary what the writer noted, counts of files and rows among it
 */
public record SnapshotInfo(
    long id,
    OptionalLong parentId,
    Instant committedAt,
    String operation,
    Map<String, String> summary) {
  public SnapshotInfo {
    summary = Map.copyOf(summary);
  }
}
