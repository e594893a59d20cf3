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
 * @param hidden rows that unflushed rows replace
 */
public record SegmentView(
    SegmentHandle handle, LiveFile file, RoaringBitmap deleted, HiddenRows hidden) {

  /** Tests whether a row is live for a reader: not deleted, not replaced, not expired. */
  public IntPredicate liveAt(long sequence, long nowMicros) {
    LongColumn expiry = handle.expiry();
    return position ->
        !deleted.contains(position)
            && !hidden.isHidden(position, sequence)
            && !isExpired(expiry, position, nowMicros);
  }

  /** Removes the rows that are not live for a reader. */
  public void keepLive(RoaringBitmap rows, long sequence, long nowMicros) {
    rows.andNot(deleted);
    hidden.forEach(sequence, rows::remove);
    LongColumn expiry = handle.expiry();
    if (expiry != null) {
      RoaringBitmap expired = new RoaringBitmap();
      rows.forEach(
          (int position) -> {
            if (isExpired(expiry, position, nowMicros)) {
              expired.add(position);
            }
          });
      rows.andNot(expired);
    }
  }

  private static boolean isExpired(@Nullable LongColumn expiry, int position, long nowMicros) {
    return expiry != null && !expiry.isNull(position) && expiry.values()[position] <= nowMicros;
  }

  /** The same file under other deletes, still hiding what they do not delete. */
  public SegmentView withDeletes(LiveFile newFile, RoaringBitmap newDeleted) {
    return new SegmentView(handle, newFile, newDeleted, hidden.without(newDeleted));
  }

  /** The same file opened under another schema; both go on to hide the same rows. */
  public SegmentView withHandle(SegmentHandle newHandle) {
    return new SegmentView(newHandle, file, deleted, hidden);
  }

  /** How many rows are live for a reader. */
  public long liveRows(long sequence, long nowMicros) {
    if (handle.expiry() == null) {
      return undeletedRows() - hidden.count(sequence, deleted);
    }
    IntPredicate live = liveAt(sequence, nowMicros);
    long rows = 0;
    for (int position = 0; position < handle.reader().rowCount(); position++) {
      rows += live.test(position) ? 1 : 0;
    }
    return rows;
  }

  /** Rows that no deletion vector deletes. */
  public long undeletedRows() {
    return handle.reader().rowCount() - deleted.getLongCardinality();
  }
}
