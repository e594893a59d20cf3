package io.proximadb.model.column;

import java.util.Arrays;

/**
 * Dense vectors end to end, never null.
 *
 * @param dimension components of each row
 * @param values row {@code i} is {@code values[i * dimension, (i + 1) * dimension)}
 */
@SuppressWarnings("ArrayRecordComponent")
public record FloatVectorColumn(int dimension, float[] values) implements Column {
  @Override
  public int size() {
    return values.length / dimension;
  }

  @Override
  public boolean isNull(int row) {
    return false;
  }

  @Override
  public Object value(int row) {
    return Arrays.copyOfRange(values, row * dimension, (row + 1) * dimension);
  }

  @Override
  public FloatVectorColumn select(int[] rows) {
    float[] selected = new float[rows.length * dimension];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(values, rows[i] * dimension, selected, i * dimension, dimension);
    }
    return new FloatVectorColumn(dimension, selected);
  }

  @Override
  public long estimatedBytes() {
    return 32 + 4L * values.length;
  }
}
