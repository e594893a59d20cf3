package io.proximadb.model.column;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A run of rows as columns of equal size, by name, in the order asked for.
 *
 * @param rowCount number of rows; known even when no column was asked for
 * @param columns by name
 */
public record ColumnBatch(int rowCount, Map<String, Column> columns) {
  /** The column of that name, which must have been asked for. */
  public Column column(String name) {
    Column column = columns.get(name);
    if (column == null) {
      throw new IllegalArgumentException(
          "Column '" + name + "' is not in the batch, which has " + columns.keySet());
    }
    return column;
  }

  /** The rows at these indices, in this order. */
  public ColumnBatch select(int[] rows) {
    Map<String, Column> selected = new LinkedHashMap<>();
    columns.forEach((name, column) -> selected.put(name, column.select(rows)));
    return new ColumnBatch(rows.length, selected);
  }
}
