package io.proximadb.filter;

import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a file as a filter sees them: by indexes where there are any, by whole columns where
 * not.
 */
record IndexedRows(
    int rowCount,
    Function<String, @Nullable ValueIndex> indexes,
    Function<String, Column> columns) {

  static IndexedRows withoutColumns(int rowCount, Function<String, @Nullable ValueIndex> indexes) {
    return new IndexedRows(
        rowCount,
        indexes,
        name -> {
          throw new AssertionError("Column " + name + " is not to be read");
        });
  }

  @Nullable ValueIndex index(String path) {
    return indexes.apply(path);
  }

  /** The same conditions, those first that indexes answer. */
  List<BoundNode> indexedFirst(List<BoundNode> nodes) {
    List<BoundNode> ordered = new ArrayList<>(nodes.size());
    List<BoundNode> others = new ArrayList<>();
    for (BoundNode node : nodes) {
      (node.isIndexed(this) ? ordered : others).add(node);
    }
    ordered.addAll(others);
    return ordered;
  }

  /** The truth of a condition by the values of all rows. */
  TruthRows byColumns(BoundNode node) {
    Set<String> names = new LinkedHashSet<>();
    node.addColumnsTo(names);
    Map<String, Column> needed = new LinkedHashMap<>();
    names.forEach(name -> needed.put(name, columns.apply(name)));
    return TruthRows.of(rowCount, node.select(new ColumnBatch(rowCount, needed)));
  }
}
