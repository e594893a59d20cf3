package io.proximadb.storage.viper;

import io.proximadb.error.CorruptFileException;
import io.proximadb.model.column.LongColumn;
import io.proximadb.storage.RowLineage;
import org.jspecify.annotations.Nullable;

/**
 * Lineage that a compaction kept; a value that is null is inherited.
 *
 * @param rowIds of each row
 * @param sequences of each row
 * @param inherited what the file's rows inherit, if it is in a table
 */
record StoredLineage(LongColumn rowIds, LongColumn sequences, @Nullable RowLineage inherited)
    implements RowLineage {
  @Override
  public long rowId(int position) {
    return rowIds.isNull(position) ? fallback().rowId(position) : rowIds.values()[position];
  }

  @Override
  public long updatedIn(int position) {
    return sequences.isNull(position)
        ? fallback().updatedIn(position)
        : sequences.values()[position];
  }

  private RowLineage fallback() {
    if (inherited == null) {
      throw new CorruptFileException(
          "Cannot tell a row's lineage: it is not in the file, and the file not in a table");
    }
    return inherited;
  }
}
