package io.proximadb.storage.viper;

import io.proximadb.model.column.Column;
import io.proximadb.model.column.FloatVectorColumn;
import java.util.BitSet;

/** A vector field that the rows of a file are without: all null. */
record MissingVectors(int dimension) implements ColumnAccess {
  @Override
  public Column range(int from, int to) {
    return nulls(to - from);
  }

  @Override
  public Column rows(int[] positions) {
    return nulls(positions.length);
  }

  private FloatVectorColumn nulls(int rows) {
    BitSet all = new BitSet(rows);
    all.set(0, rows);
    return new FloatVectorColumn(dimension, new float[Math.multiplyExact(rows, dimension)], all);
  }
}
