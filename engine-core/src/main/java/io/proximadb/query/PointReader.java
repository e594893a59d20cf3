package io.proximadb.query;

import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.Row;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads records by id from a pinned state. */
public final class PointReader {
  private final RowColumns columns;

  public PointReader(RowColumns columns) {
    this.columns = columns;
  }

  /** The live records of these ids, in the order asked for, absent ones left out. */
  public List<StoredRecord> get(Pin pin, List<String> ids) {
    Map<String, StoredRecord> found = new HashMap<>();
    List<String> onDisk = new ArrayList<>();
    for (String id : new LinkedHashSet<>(ids)) {
      MemtableEntry entry = pin.state().unflushed(id, pin.sequence());
      if (entry == null) {
        onDisk.add(id);
      } else if (entry.isLiveAt(pin.readMicros())) {
        Row row = entry.row();
        assert row != null;
        found.put(id, columns.record(row));
      }
    }
    for (SegmentView segment : pin.state().segments()) {
      readSegment(pin, segment, onDisk, found);
    }
    List<StoredRecord> records = new ArrayList<>();
    for (String id : ids) {
      StoredRecord record = found.get(id);
      if (record != null) {
        records.add(record);
      }
    }
    return records;
  }

  private void readSegment(
      Pin pin, SegmentView segment, List<String> ids, Map<String, StoredRecord> found) {
    TreeMap<Integer, String> positions = new TreeMap<>();
    for (String id : ids) {
      if (!found.containsKey(id)) {
        int position = segment.handle().reader().find(id);
        if (position >= 0 && segment.liveAt(pin.sequence(), pin.readMicros()).test(position)) {
          positions.put(position, id);
        }
      }
    }
    if (positions.isEmpty()) {
      return;
    }
    int[] rows = positions.keySet().stream().mapToInt(Integer::intValue).toArray();
    ColumnBatch batch = segment.handle().reader().rows(rows, columns.allStored());
    for (int i = 0; i < rows.length; i++) {
      StoredRecord record = columns.record(batch, i);
      found.put(record.id(), record);
    }
  }

  /**
   * True if a record of that id is live for the newest reader, durable or not.
   *
   * @param positions where each segment of the state has the id, -1 where it does not
   */
  public static boolean isLive(CollectionState state, String id, int[] positions, long nowMicros) {
    MemtableEntry entry = state.unflushed(id, Long.MAX_VALUE);
    if (entry != null) {
      return entry.isLiveAt(nowMicros);
    }
    for (int i = 0; i < positions.length; i++) {
      if (positions[i] >= 0
          && state.segments().get(i).liveAt(Long.MAX_VALUE, nowMicros).test(positions[i])) {
        return true;
      }
    }
    return false;
  }
}
