package io.proximadb.storage;

import io.proximadb.model.Row;

/**
 * Writes rows into segments in the order in which they come: the n-th row appended is the n-th row
 * of the finished segments, one after the other.
 */
public interface CompactionWriter extends SegmentWriter {
  /**
   * Adds a row that keeps its lineage (Iceberg table specification, version 3).
   *
   * @param rowId Iceberg's {@code _row_id}, or -1 if the table has no lineage; the same kind for
   *     all rows of a writer
   * @param updatedIn Iceberg's {@code _last_updated_sequence_number}, or -1
   */
  void append(Row row, long rowId, long updatedIn);

  /**
   * The same for a row whose cluster is known already, so that it need not be looked for again.
   *
   * @param clusterId what {@link RowOrder#clusterId()} said, {@link RowOrder#UNKNOWN} included;
   *     layouts without clusters ignore it
   */
  default void append(Row row, long clusterId, long rowId, long updatedIn) {
    append(row, rowId, updatedIn);
  }
}
