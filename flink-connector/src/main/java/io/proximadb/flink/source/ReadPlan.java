package io.proximadb.flink.source;

import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import java.io.Serializable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a source reads.
 *
 * @param warehouseProperties of the catalog
 * @param collection its name
 * @param columns of the rows
 * @param filter which rows
 * @param limit most rows that a task need give; {@link #NO_LIMIT} for all. Of a scan only
 * @param changes false for a scan of one snapshot, true for changes without an end
 * @param version the snapshot to scan, or after whose commit changes begin; null for the newest.
 *     {@link #LATEST} for changes alone, from now on
 * @param parts of changes: into how many splits the ids are parted; 0 for the first parallelism
 * @param pollMillis of changes: how often the table is asked for new commits, milliseconds
 */
record ReadPlan(
    Map<String, String> warehouseProperties,
    CollectionName collection,
    OutputColumns columns,
    Filter filter,
    long limit,
    boolean changes,
    @Nullable String version,
    int parts,
    long pollMillis)
    implements Serializable {
  static final long NO_LIMIT = Long.MAX_VALUE;
  static final String LATEST = "latest";

  ReadPlan {
    warehouseProperties = Map.copyOf(warehouseProperties);
  }
}
