package io.proximadb.mvcc;

import io.proximadb.catalog.LiveFile;
import io.proximadb.model.column.LongColumn;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * A data file as one snapshot sees it.
 *
 * @param handle the open file
 * @param file the file with its deletes
 * @param deleted positions that the snapshot's deletion vector deletes; not to be changed
 */
public record SegmentView(SegmentHandle handle, LiveFile file, RoaringBitmap deleted) {

  /** Tests whether a row is live for a reader: not deleted, not replaced, not expired. */
  public IntPredicate liveAt(long sequence, long nowMicros) {
    LongColumn expiry = handle.expiry();
    return position ->
        !deleted.contains(position)
            && !handle.isHidden(position, sequence)
            && !isExpired(expiry, position, nowMicros);
  }

  private static boolean isExpired(@Nullable LongColumn expiry, int position, long nowMicros) {
    return expiry != null && !expiry.isNull(position) && expiry.values()[position] <= nowMicros;
  }

  /** Rows that no deletion vector deletes. */
  public long undeletedRows() {
    return handle.reader().rowCount() - deleted.getLongCardinality();
  }
}
