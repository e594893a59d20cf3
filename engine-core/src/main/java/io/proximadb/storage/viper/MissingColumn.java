package io.proximadb.storage.viper;

import io.proximadb.model.FieldType;
import io.proximadb.model.column.Column;

/** A column that was added to the table after the file was written: all null. */
record MissingColumn(FieldType type) implements ColumnAccess {
  @Override
  public Column range(int from, int to) {
    return Columns.nulls(type, to - from);
  }

  @Override
  public Column rows(int[] positions) {
    return Columns.nulls(type, positions.length);
  }
}
