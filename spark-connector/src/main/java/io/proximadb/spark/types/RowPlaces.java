package io.proximadb.spark.types;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * The metadata columns that files do not hold: where a row lies, and how far it is from what a scan
 * searches for.
 */
public final class RowPlaces {
  /** Where the data file is. */
  public static final String FILE = "_file";

  /** The row's number in its file. */
  public static final String POSITION = "_pos";

  /**
   * The value of the vector function that an {@code ORDER BY ... LIMIT} of the scan is by; null
   * where the scan does not know of such an order.
   */
  public static final String DISTANCE = "_distance";

  private RowPlaces() {}

  /** True for a column that files do not hold. */
  public static boolean isPlace(String column) {
    return column.equals(FILE) || column.equals(POSITION) || column.equals(DISTANCE);
  }

  static DataType type(String column) {
    return switch (column) {
      case FILE -> DataTypes.StringType;
      case DISTANCE -> DataTypes.FloatType;
      default -> DataTypes.LongType;
    };
  }
}
