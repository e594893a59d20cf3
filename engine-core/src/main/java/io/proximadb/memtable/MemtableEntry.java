package io.proximadb.memtable;

import io.proximadb.model.Row;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One version of a record.
 *
 * @param id the record's id
 * @param idHash its hash under the table's key, which files know it by
 * @param sequence the log's number of the change
 * @param row the new row, or null for a deletion
 */
public record MemtableEntry(String id, long idHash, long sequence, @Nullable Row row) {
  /** True if the record is there and has not expired at that time (microseconds since 1970). */
  public boolean isLiveAt(long nowMicros) {
    return row != null && !row.isExpiredAt(nowMicros);
  }

  MemtableEntry withRow(UnaryOperator<Row> conversion) {
    return row == null ? this : new MemtableEntry(id, idHash, sequence, conversion.apply(row));
  }

  long estimatedBytes() {
    return row == null ? 200 + 2L * id.length() : 136 + row.estimatedBytes();
  }
}
