package io.proximadb.model.column;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** What the null masks of columns share: null stands for "no nulls". */
final class Nulls {
  private Nulls() {}

  static boolean isNull(@Nullable BitSet nulls, int row) {
    return nulls != null && nulls.get(row);
  }

  static @Nullable BitSet select(@Nullable BitSet nulls, int[] rows) {
    if (nulls == null) {
      return null;
    }
    BitSet selected = new BitSet(rows.length);
    for (int i = 0; i < rows.length; i++) {
      selected.set(i, nulls.get(rows[i]));
    }
    return selected;
  }

  static long bytes(@Nullable BitSet nulls) {
    return nulls == null ? 0 : nulls.size() / 8;
  }
}
