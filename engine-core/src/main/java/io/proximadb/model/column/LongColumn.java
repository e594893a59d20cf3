package io.proximadb.model.column;

import io.proximadb.model.FieldType;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * BOOLEAN (0 or 1), INT, LONG, DATE (days since 1970) or TIMESTAMP (microseconds since 1970).
 *
 * @param type which of them
 * @param values one for each row; undefined where null
 * @param nulls the null rows, or null if there are none
 */
@SuppressWarnings("ArrayRecordComponent")
public record LongColumn(FieldType.Scalar type, long[] values, @Nullable BitSet nulls)
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
    long value = values[row];
    return switch (type) {
      case BOOLEAN -> (Object) (value != 0);
      case INT -> (int) value;
      case LONG -> value;
      case DATE -> LocalDate.ofEpochDay(value);
      case TIMESTAMP -> Instant.EPOCH.plus(value, ChronoUnit.MICROS);
      default -> throw new AssertionError(type);
    };
  }

  @Override
  public LongColumn select(int[] rows) {
    long[] selected = new long[rows.length];
    for (int i = 0; i < rows.length; i++) {
      selected[i] = values[rows[i]];
    }
    return new LongColumn(type, selected, Nulls.select(nulls, rows));
  }

  @Override
  public long estimatedBytes() {
    return 48 + 8L * values.length + Nulls.bytes(nulls);
  }
}
