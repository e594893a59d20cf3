package io.proximadb.query;

import io.proximadb.model.column.ColumnBatch;
import org.jspecify.annotations.Nullable;

/**
 * What a commit did to one row.
 *
 * @param before the row as it was; null if it is new
 * @param after the row as it is; null if it is gone
 */
public record RowChange(@Nullable Place before, @Nullable Place after) {
  /**
   * A row.
   *
   * @param batch holds it
   * @param row its index in the batch
   */
  public record Place(ColumnBatch batch, int row) {}
}
