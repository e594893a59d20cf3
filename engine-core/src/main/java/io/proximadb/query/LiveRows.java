package io.proximadb.query;

import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.Row;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.SegmentHandle;
import io.proximadb.mvcc.SegmentView;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole rows by id for a write that changes a part of them. What it read from files it keeps:
 * a writer looks once before it takes the collection's lock, and once more under it, where only
 * rows that came into another file meanwhile are read again. For one thread and one write.
 */
public final class LiveRows {
  private final RowColumns columns;
  private final Map<Place, Row> read = new HashMap<>();

  /** A row of an open file; files never change, so neither does what stands there. */
  private record Place(SegmentHandle handle, int position) {}

  public LiveRows(RowColumns columns) {
    this.columns = columns;
  }

  /**
   * The rows of these ids that are live for the newest reader, durable or not; others are left out,
   * and rows that another engine wrote without a usable vector, of which no new version can be
   * made. The caller keeps the state while this runs.
   */
  public Map<String, Row> find(CollectionState state, List<String> ids, long nowMicros) {
    Map<String, Row> rows = new LinkedHashMap<>();
    Map<SegmentHandle, TreeMap<Integer, String>> unread = new LinkedHashMap<>();
    for (String id : ids) {
      MemtableEntry entry = state.unflushed(id, Long.MAX_VALUE);
      if (entry != null) {
        Row row = entry.row();
        if (row != null && entry.isLiveAt(nowMicros)) {
          rows.put(id, row);
        }
        continue;
      }
      Place place = place(state, id, nowMicros);
      Row known = place == null ? null : read.get(place);
      if (known != null) {
        rows.put(id, known);
      } else if (place != null) {
        unread.computeIfAbsent(place.handle(), handle -> new TreeMap<>()).put(place.position(), id);
      }
    }
    unread.forEach((handle, positions) -> read(handle, positions, rows));
    return rows;
  }

  private static @Nullable Place place(CollectionState state, String id, long nowMicros) {
    for (SegmentView segment : state.segments()) {
      int position = segment.handle().reader().find(id);
      if (position >= 0 && segment.liveAt(Long.MAX_VALUE, nowMicros).test(position)) {
        return new Place(segment.handle(), position);
      }
    }
    return null;
  }

  private void read(
      SegmentHandle handle, TreeMap<Integer, String> positions, Map<String, Row> rows) {
    int[] ascending = positions.keySet().stream().mapToInt(Integer::intValue).toArray();
    ColumnBatch batch = handle.reader().rows(ascending, columns.allStored());
    for (int i = 0; i < ascending.length; i++) {
      if (!columns.isWhole(batch, i)) {
        continue;
      }
      Row row = columns.row(batch, i);
      read.put(new Place(handle, ascending[i]), row);
      rows.put(row.id(), row);
    }
  }
}
