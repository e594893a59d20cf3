package io.proximadb.model.column;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Dense vectors end to end.
 *
 * @param dimension components of each row
 * @param values row {@code i} is {@code values[i * dimension, (i + 1) * dimension)}; zeros for a
 *     null row
 * @param nulls the rows that are null, or null if none is; only optional fields have them
 */
@SuppressWarnings("ArrayRecordComponent")
public record FloatVectorColumn(int dimension, float[] values, @Nullable BitSet nulls)
    implements Column {
  /** Vectors none of which is null. */
  public FloatVectorColumn(int dimension, float[] values) {
    this(dimension, values, null);
  }

  @Override
  public int size() {
    return values.length / dimension;
  }

  @Override
  public boolean isNull(int row) {
    return nulls != null && nulls.get(row);
  }

  @Override
  public @Nullable Object value(int row) {
    return isNull(row) ? null : Arrays.copyOfRange(values, row * dimension, (row + 1) * dimension);
  }

  @Override
  public FloatVectorColumn select(int[] rows) {
    float[] selected = new float[rows.length * dimension];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(values, rows[i] * dimension, selected, i * dimension, dimension);
    }
    return new FloatVectorColumn(dimension, selected, Nulls.select(nulls, rows));
  }

  @Override
  public long estimatedBytes() {
    return 32 + 4L * values.length;
  }
}
