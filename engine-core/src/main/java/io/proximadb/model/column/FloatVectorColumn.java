package io.proximadb.model.column;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Dense vectors end to end.
 *
 * @param dimension components of each row
 * @param values row {@code i} is {@code values[i * dimension, (i + 1) * dimension)}
 * @param nulls the rows without a vector, whose values mean nothing, or null if there are none;
 *     only optional fields and files of other engines have such rows
 */
@SuppressWarnings("ArrayRecordComponent")
public record FloatVectorColumn(int dimension, float[] values, @Nullable BitSet nulls)
    implements Column {
  /** Vectors without a null among them. */
  public FloatVectorColumn(int dimension, float[] values) {
    this(dimension, values, null);
  }

  /** The rows of all these columns, one after the other. */
  public static FloatVectorColumn concat(int dimension, List<FloatVectorColumn> parts) {
    int rows = parts.stream().mapToInt(FloatVectorColumn::size).sum();
    float[] values = new float[Math.multiplyExact(rows, dimension)];
    BitSet nulls = new BitSet();
    int at = 0;
    for (FloatVectorColumn part : parts) {
      System.arraycopy(part.values(), 0, values, at * dimension, part.values().length);
      for (int row = 0; row < part.size(); row++) {
        nulls.set(at + row, part.isNull(row));
      }
      at += part.size();
    }
    return new FloatVectorColumn(dimension, values, nulls.isEmpty() ? null : nulls);
  }

  @Override
  public int size() {
    return values.length / dimension;
  }

  @Override
  public boolean isNull(int row) {
    return Nulls.isNull(nulls, row);
  }

  @Override
  public @Nullable Object value(int row) {
    if (isNull(row)) {
      return null;
    }
    return Arrays.copyOfRange(values, row * dimension, (row + 1) * dimension);
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
    return 32 + 4L * values.length + Nulls.bytes(nulls);
  }
}
