package io.proximadb.spark.read;

import io.proximadb.model.VectorField;
import io.proximadb.spark.types.SparkColumns;
import java.util.List;

/** How large rows are in memory, roughly, and how many of them make a batch. */
public final class RowSizes {
  private static final long FLOAT_BYTES = 4;

  /**
   * A batch is about that big: what was copied is still in a core's cache when it is looked at, and
   * no array takes half a region of a collector, which handles larger ones one by one.
   */
  private static final long BATCH_BYTES = 512L << 10;

  private static final int MIN_BATCH_ROWS = 64;
  private static final int MAX_BATCH_ROWS = 4_096;

  private RowSizes() {}

  /** Bytes of one row of these columns. */
  public static long bytes(SparkColumns sparkColumns, List<String> columns) {
    long bytes = 1;
    for (String column : columns) {
      bytes +=
          sparkColumns
              .vectorField(column)
              .map(VectorField::dimension)
              .map(dimension -> dimension * FLOAT_BYTES)
              .orElseGet(() -> (long) sparkColumns.type(column).defaultSize());
    }
    return bytes;
  }

  /** Rows of that many bytes in a batch. */
  public static int batchRows(long rowBytes) {
    return (int) Math.max(MIN_BATCH_ROWS, Math.min(MAX_BATCH_ROWS, BATCH_BYTES / rowBytes));
  }
}
