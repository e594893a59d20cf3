package io.proximadb.flink.source;

import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * A row on its way to Flink, or a change of one.
 *
 * @param after the place in the split when it has been given
 * @param before the row that goes, as {@code DELETE}, or as {@code UPDATE_BEFORE} if another comes
 * @param row the row that comes; null for both only tells the place
 */
record ReadChange(ProximaSplit.Place after, @Nullable RowData before, @Nullable RowData row) {}
