package io.proximadb.spark.types;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The metadata columns that say where a row lies: the file, and the row's number in it from 0. */
public final class RowPlaces {
  /** Where the data file is. */
  public static final String FILE = "_file";

  /** The row's number in its file. */
  public static final String POSITION = "_pos";

  private RowPlaces() {}

  /** True for a column that files do not hold. */
  public static boolean isPlace(String column) {
    return column.equals(FILE) || column.equals(POSITION);
  }

  static DataType type(String column) {
    return column.equals(FILE) ? DataTypes.StringType : DataTypes.LongType;
  }
}
