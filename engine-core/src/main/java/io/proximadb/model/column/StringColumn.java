package io.proximadb.model.column;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * STRING, as UTF-8 bytes end to end.
 *
 * @param bytes the text of all rows
 * @param offsets row {@code i} is {@code bytes[offsets[i], offsets[i + 1])}; one more than rows
 * @param nulls the null rows (empty in {@code bytes}), or null if there are none
 */
@SuppressWarnings("ArrayRecordComponent")
public record StringColumn(byte[] bytes, int[] offsets, @Nullable BitSet nulls) implements Column {
  @Override
  public int size() {
    return offsets.length - 1;
  }

  @Override
  public boolean isNull(int row) {
    return Nulls.isNull(nulls, row);
  }

  @Override
  public @Nullable Object value(int row) {
    return isNull(row) ? null : text(row);
  }

  /** The text of a row that is not null. */
  public String text(int row) {
    return new String(bytes, offsets[row], offsets[row + 1] - offsets[row], StandardCharsets.UTF_8);
  }

  /** Compares a row that is not null with UTF-8 bytes, in the order of code points. */
  public int compare(int row, byte[] utf8) {
    return Arrays.compareUnsigned(bytes, offsets[row], offsets[row + 1], utf8, 0, utf8.length);
  }

  @Override
  public StringColumn select(int[] rows) {
    int total = 0;
    for (int row : rows) {
      total += offsets[row + 1] - offsets[row];
    }
    byte[] selected = new byte[total];
    int[] selectedOffsets = new int[rows.length + 1];
    int end = 0;
    for (int i = 0; i < rows.length; i++) {
      int length = offsets[rows[i] + 1] - offsets[rows[i]];
      System.arraycopy(bytes, offsets[rows[i]], selected, end, length);
      end += length;
      selectedOffsets[i + 1] = end;
    }
    return new StringColumn(selected, selectedOffsets, Nulls.select(nulls, rows));
  }

  @Override
  public long estimatedBytes() {
    return 64 + bytes.length + 4L * offsets.length + Nulls.bytes(nulls);
  }
}
