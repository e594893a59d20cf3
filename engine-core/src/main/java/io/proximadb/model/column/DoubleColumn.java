package io.proximadb.model.column;

import io.proximadb.model.FieldType;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * FLOAT or DOUBLE.
 *
 * @param type which of them
 * @param values one for each row; undefined where null
 * @param nulls the null rows, or null if there are none
 */
@SuppressWarnings("ArrayRecordComponent")
public record DoubleColumn(FieldType.Scalar type, double[] values, @Nullable BitSet nulls)
    implements Column {
  @Override
  public int size() {
    return values.length;
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
    return type == FieldType.Scalar.FLOAT ? (Object) (float) values[row] : (Object) values[row];
  }

  @Override
  public DoubleColumn select(int[] rows) {
    double[] selected = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      selected[i] = values[rows[i]];
    }
    return new DoubleColumn(type, selected, Nulls.select(nulls, rows));
  }

  @Override
  public long estimatedBytes() {
    return 48 + 8L * values.length + Nulls.bytes(nulls);
  }
}
