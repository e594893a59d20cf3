package io.proximadb.model.column;

import io.proximadb.model.FieldType;
import org.jspecify.annotations.Nullable;

/**
 * BINARY, lists and structs, as Java objects.
 *
 * @param type the type of the values
 * @param values one for each row
 */
@SuppressWarnings("ArrayRecordComponent")
public record ObjectColumn(FieldType type, @Nullable Object[] values) implements Column {
  @Override
  public int size() {
    return values.length;
  }

  @Override
  public boolean isNull(int row) {
    return values[row] == null;
  }

  @Override
  public @Nullable Object value(int row) {
    return values[row];
  }

  @Override
  public ObjectColumn select(int[] rows) {
    @Nullable Object[] selected = new @Nullable Object[rows.length];
    for (int i = 0; i < rows.length; i++) {
      selected[i] = values[rows[i]];
    }
    return new ObjectColumn(type, selected);
  }

  @Override
  public long estimatedBytes() {
    // Objects are not walked: a list or struct of a few values is what this column is for.
    return 48 + 128L * values.length;
  }
}
