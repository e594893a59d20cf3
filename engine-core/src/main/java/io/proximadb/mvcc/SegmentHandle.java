package io.proximadb.mvcc;

import io.proximadb.model.SystemColumns;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.LongColumn;
import io.proximadb.storage.SegmentReader;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * An open data file, shared by all states that have it and closed with the last of them.
 *
 * <p>Beside the file it knows which of its rows newer, unflushed rows replace: position to the
 * sequence from which the row is hidden. The write path fills that in before a sequence becomes
 * visible, so a reader that pinned a sequence always gets the same answer.
 */
public final class SegmentHandle extends RefCounted {
  private final SegmentReader reader;
  private final ColumnCache columns;
  private final Map<Integer, Long> hiddenFrom = new ConcurrentHashMap<>();

  public SegmentHandle(SegmentReader reader, ColumnCache columns) {
    this.reader = reader;
    this.columns = columns;
  }

  public SegmentReader reader() {
    return reader;
  }

  public String location() {
    return reader.dataFile().location();
  }

  /** A decoded column, from the cache if it is there. */
  public Column column(String name) {
    return columns.get(reader, name);
  }

  /** Expiry of each row in microseconds since 1970, or null if no row of the file expires. */
  public @Nullable LongColumn expiry() {
    LongColumn column = (LongColumn) column(SystemColumns.EXPIRES_AT);
    boolean allNull = column.nulls() != null && column.nulls().cardinality() == column.size();
    return allNull ? null : column;
  }

  /** Hides a row from readers at that sequence or later. */
  public void hide(int position, long sequence) {
    hiddenFrom.merge(position, sequence, Math::min);
  }

  /** Forgets rows that a deletion vector deletes by now. */
  void forgetHidden(RoaringBitmap deleted) {
    hiddenFrom.keySet().removeIf(deleted::contains);
  }

  /** True if an unflushed row of that sequence or an earlier one replaces the row. */
  public boolean isHidden(int position, long sequence) {
    if (hiddenFrom.isEmpty()) {
      return false;
    }
    Long from = hiddenFrom.get(position);
    return from != null && from <= sequence;
  }

  @Override
  void free() {
    reader.close();
  }
}
