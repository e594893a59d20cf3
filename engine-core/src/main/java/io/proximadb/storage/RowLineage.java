package io.proximadb.storage;

import org.apache.iceberg.DataFile;
import org.jspecify.annotations.Nullable;

/**
 * Iceberg's row lineage of a segment's rows (table specification, version 3). Stored in the file
 * where a compaction moved rows, else inherited from the file's place in the table.
 */
public interface RowLineage {
  /** {@code _row_id} of a row. */
  long rowId(int position);

  /** {@code _last_updated_sequence_number} of a row. */
  long updatedIn(int position);

  /** What a file's rows inherit, or null if the table has no lineage or the file is not in it. */
  static @Nullable RowLineage inherited(DataFile file) {
    Long first = file.firstRowId();
    Long sequence = file.dataSequenceNumber();
    if (first == null || sequence == null) {
      return null;
    }
    return new RowLineage() {
      @Override
      public long rowId(int position) {
        return first + position;
      }

      @Override
      public long updatedIn(int position) {
        return sequence;
      }
    };
  }
}
