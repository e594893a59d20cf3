package io.proximadb.spark.read;

import io.proximadb.catalog.LiveFile;
import io.proximadb.model.SystemColumns;
import io.proximadb.query.ReadPoint;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** What the manifests tell of the live rows of files, without opening them. */
final class SureRows {
  private final ReadPoint point;
  private final long readMicros;
  private final @Nullable NestedField expiry;

  /**
   * Rows at a time.
   *
   * @param readMicros rows that expire at or before it are gone
   */
  SureRows(ReadPoint point, long readMicros) {
    this.point = point;
    this.readMicros = readMicros;
    this.expiry = point.context().icebergSchema().findField(SystemColumns.EXPIRES_AT);
  }

  /** That many rows are live, or more. */
  long atLeast(LiveFile file) {
    return exactly(file).orElse(0);
  }

  /**
   * The number of live rows; empty if manifests cannot tell: rows may have expired, or be deleted
   * otherwise than by deletion vectors.
   */
  OptionalLong exactly(LiveFile file) {
    DataFile dataFile = file.dataFile();
    // Rows of attached tables may have no id, and are not shown then.
    if (point.table().isAttached() || !file.isSettled() || mayHaveExpired(dataFile)) {
      return OptionalLong.empty();
    }
    long deleted = 0;
    for (DeleteFile delete : file.deletes()) {
      if (delete.format() != FileFormat.PUFFIN
          || delete.content() != FileContent.POSITION_DELETES) {
        return OptionalLong.empty();
      }
      deleted += delete.recordCount();
    }
    return OptionalLong.of(dataFile.recordCount() - deleted);
  }

  private boolean mayHaveExpired(DataFile file) {
    if (expiry == null) {
      return true;
    }
    Long nulls = count(file.nullValueCounts(), expiry);
    if (nulls == null) {
      return true;
    }
    if (nulls == file.recordCount()) {
      return false;
    }
    Object earliest = bound(file.lowerBounds(), expiry);
    return !(earliest instanceof Long micros) || micros <= readMicros;
  }

  /** A count of a column; null if the manifest has none. */
  static @Nullable Long count(@Nullable Map<Integer, Long> counts, NestedField column) {
    return counts == null ? null : counts.get(column.fieldId());
  }

  /** A bound of a column as Iceberg's class for the type; null if the manifest has none. */
  static @Nullable Object bound(@Nullable Map<Integer, ByteBuffer> bounds, NestedField column) {
    ByteBuffer bytes = bounds == null ? null : bounds.get(column.fieldId());
    Type type = column.type();
    return bytes == null ? null : Conversions.fromByteBuffer(type, bytes.duplicate());
  }
}
