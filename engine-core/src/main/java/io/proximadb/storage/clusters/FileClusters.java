package io.proximadb.storage.clusters;

import io.proximadb.model.ClusterId;
import io.proximadb.model.SystemColumns;
import io.proximadb.storage.TableContext;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** What the table's manifests tell of a data file's clusters, without opening it. */
public final class FileClusters {
  private static final int UNKNOWN = -1;

  private FileClusters() {}

  /**
   * True if rows of a file are known to be in no cluster, or in one of another generation. Where
   * manifests keep no counts and bounds of the column nothing is known.
   */
  public static boolean isOutdated(TableContext table, DataFile file, int generation) {
    NestedField column = table.icebergSchema().findField(SystemColumns.CLUSTER_ID);
    Map<Integer, Long> nulls = file.nullValueCounts();
    Long count = column == null || nulls == null ? null : nulls.get(column.fieldId());
    if (column == null || count == null) {
      return false;
    }
    return count > 0
        || isOther(generation(column, file.lowerBounds()), generation)
        || isOther(generation(column, file.upperBounds()), generation);
  }

  private static boolean isOther(int found, int generation) {
    return found != UNKNOWN && found != generation;
  }

  /**
   * The oldest generation that rows of a file have: 0 if that is not known, {@code none} if no row
   * has one.
   */
  public static int oldest(TableContext table, DataFile file, int none) {
    NestedField column = table.icebergSchema().findField(SystemColumns.CLUSTER_ID);
    Map<Integer, Long> nulls = file.nullValueCounts();
    Long count = column == null || nulls == null ? null : nulls.get(column.fieldId());
    if (column == null || count == null) {
      return 0;
    }
    return count == file.recordCount() ? none : Math.max(0, generation(column, file.lowerBounds()));
  }

  /** The newest generation that rows of a file have, 0 if none is known. */
  public static int newest(TableContext table, DataFile file) {
    NestedField column = table.icebergSchema().findField(SystemColumns.CLUSTER_ID);
    return column == null ? 0 : Math.max(0, generation(column, file.upperBounds()));
  }

  private static int generation(NestedField column, @Nullable Map<Integer, ByteBuffer> bounds) {
    ByteBuffer bound = bounds == null ? null : bounds.get(column.fieldId());
    if (bound == null) {
      return UNKNOWN;
    }
    long id = Conversions.fromByteBuffer(column.type(), bound);
    return ClusterId.isValid(id) ? ClusterId.generation(id) : 0;
  }
}
