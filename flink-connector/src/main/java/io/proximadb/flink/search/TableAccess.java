package io.proximadb.flink.search;

import io.proximadb.filter.Filter;
import io.proximadb.flink.source.OutputColumns;
import io.proximadb.model.CollectionName;
import java.io.Serializable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a task reads of a collection by id or by distance.
 *
 * @param warehouseProperties of the catalog
 * @param collection its name
 * @param version which snapshot, for good; null for the newest
 * @param refreshMillis the longest that a newer snapshot is not seen, milliseconds
 * @param columns of the rows
 * @param filter which rows
 */
public record TableAccess(
    Map<String, String> warehouseProperties,
    CollectionName collection,
    @Nullable String version,
    long refreshMillis,
    OutputColumns columns,
    Filter filter)
    implements Serializable {
  public TableAccess {
    warehouseProperties = Map.copyOf(warehouseProperties);
  }
}
