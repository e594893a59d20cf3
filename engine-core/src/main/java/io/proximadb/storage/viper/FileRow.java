package io.proximadb.storage.viper;

import io.proximadb.model.ClusterId;
import io.proximadb.model.Row;

/**
 * A row with what only its file knows of it.
 *
 * @param clusterId see {@link ClusterId}, {@link ClusterId#NONE} for no cluster
 * @param rowId Iceberg's {@code _row_id}, or -1 to inherit it
 * @param updatedIn Iceberg's {@code _last_updated_sequence_number}, or -1 to inherit it
 */
record FileRow(Row row, long clusterId, long rowId, long updatedIn) {
  /** What stands for an inherited value. */
  static final long INHERITED = -1;

  /** A row whose lineage will be inherited from its file. */
  FileRow(Row row, long clusterId) {
    this(row, clusterId, INHERITED, INHERITED);
  }
}
