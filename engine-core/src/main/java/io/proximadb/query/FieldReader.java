package io.proximadb.query;

import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.Row;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads some columns of live records by id from a pinned state. */
final class FieldReader {
  private final RowColumns columns;

  FieldReader(RowColumns columns) {
    this.columns = columns;
  }

  /**
   * The values of columns by id.
   *
   * @param ids of records that are live in the state, each once
   */
  Map<String, Map<String, @Nullable Object>> read(Pin pin, List<String> ids, List<String> wanted) {
    Map<String, Map<String, @Nullable Object>> found = new HashMap<>();
    List<String> onDisk = new ArrayList<>();
    for (String id : ids) {
      MemtableEntry entry = pin.state().unflushed(id, pin.sequence());
      Row row = entry == null ? null : entry.row();
      if (row == null) {
        onDisk.add(id);
      } else {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        wanted.forEach(name -> values.put(name, columns.value(row, name)));
        found.put(id, values);
      }
    }
    for (SegmentView segment : pin.state().segments()) {
      if (!wanted.isEmpty() && found.size() < ids.size()) {
        readSegment(pin, segment, onDisk, wanted, found);
      }
    }
    return found;
  }

  private static void readSegment(
      Pin pin,
      SegmentView segment,
      List<String> ids,
      List<String> wanted,
      Map<String, Map<String, @Nullable Object>> found) {
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
    ColumnBatch batch = segment.handle().reader().rows(rows, wanted);
    int i = 0;
    for (String id : positions.values()) {
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      for (String name : wanted) {
        values.put(name, batch.column(name).value(i));
      }
      found.put(id, values);
      i++;
    }
  }
}
