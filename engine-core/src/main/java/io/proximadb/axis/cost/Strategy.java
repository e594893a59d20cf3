package io.proximadb.axis.cost;

import io.proximadb.model.IndexDefinition;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A way to answer searches of a field: by comparing every row, or by an index of some kind with
 * some settings.
 *
 * @param name as it is told and overridden by, unique
 * @param type of the index; empty for none, which compares every row
 * @param settings of the index
 */
public record Strategy(String name, String type, Map<String, String> settings) {
  /** Every row is compared. */
  public static final Strategy EXACT = new Strategy("exact", "", Map.of());

  public Strategy {
    settings = Collections.unmodifiableMap(new TreeMap<>(settings));
  }

  /** True if it needs no index. */
  public boolean isScan() {
    return type.isEmpty();
  }

  /** The index that it needs, under a name; null if it needs none. */
  public @Nullable IndexDefinition definition(String indexName, String field) {
    return isScan() ? null : new IndexDefinition(indexName, type, field, settings);
  }

  /** True if that index is the one that it needs, whatever its name. */
  public boolean isOf(IndexDefinition index) {
    return index.type().equals(type) && index.settings().equals(settings);
  }
}
