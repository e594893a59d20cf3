package io.proximadb.maintenance;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.LongColumn;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Finds the rows of files that have expired and are not deleted. A file is read only if its bounds
 * admit such a row, and not again before its next row expires, as long as it has the same deletes.
 * Safe for use by several threads.
 */
final class ExpiredRows {
  /** Files whose next expiry is remembered, a few hundred bytes each. */
  private static final int MAX_REMEMBERED = 10_000;

  private final Cache<String, Quiet> quiet =
      Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).executor(Runnable::run).build();

  /** A file with certain deletes in which nothing expires before a time. */
  private record Quiet(LiveFile file, long untilMicros) {}

  /**
   * What there is to find in a file.
   *
   * @param rows that are expired and not deleted
   * @param nextMicros no other row expires before that time; {@link Long#MAX_VALUE} if none ever
   *     does
   */
  record Found(RoaringBitmap rows, long nextMicros) {}

  /** Positions of the rows of a file that are expired at that time and not deleted. */
  RoaringBitmap in(CollectionTable table, LiveFile file, long nowMicros) {
    return look(table, file, nowMicros).rows();
  }

  /** The same with the time of the next expiry. Rows of an attached table do not expire. */
  Found look(CollectionTable table, LiveFile file, long nowMicros) {
    RoaringBitmap found = new RoaringBitmap();
    Types.NestedField field = table.context().icebergSchema().findField(SystemColumns.EXPIRES_AT);
    if (field == null
        || table.isAttached()
        || field.type().typeId() != org.apache.iceberg.types.Type.TypeID.TIMESTAMP) {
      return new Found(found, Long.MAX_VALUE);
    }
    long first = first(file.dataFile(), field);
    if (first > nowMicros) {
      return new Found(found, first);
    }
    Quiet known = quiet.getIfPresent(file.location());
    if (known != null && nowMicros < known.untilMicros() && known.file().sameDeletes(file)) {
      return new Found(found, known.untilMicros());
    }
    long next = Long.MAX_VALUE;
    try (SegmentReader reader = Segments.open(table.context(), file.dataFile())) {
      Column column = reader.column(SystemColumns.EXPIRES_AT);
      if (!(column instanceof LongColumn times)) {
        return new Found(found, Long.MAX_VALUE);
      }
      for (int row = 0; row < times.size(); row++) {
        if (!times.isNull(row)) {
          long at = times.values()[row];
          if (at <= nowMicros) {
            found.add(row);
          } else {
            next = Math.min(next, at);
          }
        }
      }
    }
    if (!found.isEmpty() && !file.deletes().isEmpty()) {
      found.andNot(file.deletedPositions(table.context()));
    }
    if (found.isEmpty()) {
      quiet.put(file.location(), new Quiet(file, next));
    }
    return new Found(found, next);
  }

  /** No row of the file expires before that time, by its bounds. */
  private static long first(DataFile file, Types.NestedField field) {
    Long values = count(file.valueCounts(), field);
    Long nulls = count(file.nullValueCounts(), field);
    if (values != null && values.equals(nulls)) {
      return Long.MAX_VALUE;
    }
    Map<Integer, ByteBuffer> bounds = file.lowerBounds();
    ByteBuffer lowest = bounds == null ? null : bounds.get(field.fieldId());
    return lowest == null ? Long.MIN_VALUE : Conversions.<Long>fromByteBuffer(field.type(), lowest);
  }

  private static @Nullable Long count(
      @Nullable Map<Integer, Long> counts, Types.NestedField field) {
    return counts == null ? null : counts.get(field.fieldId());
  }
}
