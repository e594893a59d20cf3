package io.proximadb.spark.write;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.SystemColumns;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.NullOrdering;
import org.apache.spark.sql.connector.expressions.SortDirection;
import org.apache.spark.sql.connector.expressions.SortOrder;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/**
 * What a write asks for.
 *
 * @param onExisting what becomes of rows whose ids are in the table
 * @param versionColumn of the rows of one id in the job the one with the greatest value of this
 *     column is taken; null if an id may stand once only
 */
record WriteOptions(OnExistingId onExisting, @Nullable String versionColumn)
    implements Serializable {
  /** The write option that names the column. */
  static final String VERSION_COLUMN = "version-column";

  /**
   * Reads the options of a write.
   *
   * @throws InvalidArgumentException if one has a value that it cannot have
   */
  static WriteOptions of(CaseInsensitiveStringMap options) {
    return new WriteOptions(OnExistingId.of(options), options.get(VERSION_COLUMN));
  }

  /**
   * Checks that the column can be compared.
   *
   * @param written what the job writes
   * @throws InvalidArgumentException if it is not among them, or has no order
   */
  void checkVersionColumn(StructType written) {
    String column = versionColumn;
    if (column == null) {
      return;
    }
    boolean there = List.of(written.fieldNames()).contains(column);
    if (!there
        || column.equals(SystemColumns.ID)
        || !(written.apply(column).dataType() instanceof AtomicType)) {
      throw new InvalidArgumentException(
          "Invalid option '"
              + VERSION_COLUMN
              + "': '"
              + column
              + "' (expected a column of the rows that are written, of numbers, text or times, and"
              + " not the id; columns="
              + List.of(written.fieldNames())
              + ")");
    }
  }

  /** The order in which the rows of an id reach their task: the one that is taken comes first. */
  SortOrder[] ordering() {
    SortOrder byId =
        Expressions.sort(Expressions.column(SystemColumns.ID), SortDirection.ASCENDING);
    String column = versionColumn;
    return column == null
        ? new SortOrder[] {byId}
        : new SortOrder[] {
          byId,
          Expressions.sort(
              Expressions.column(column), SortDirection.DESCENDING, NullOrdering.NULLS_LAST)
        };
  }
}
