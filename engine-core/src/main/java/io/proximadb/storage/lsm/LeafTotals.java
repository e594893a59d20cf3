package io.proximadb.storage.lsm;

import io.proximadb.storage.FileMetrics.Leaf;
import java.util.Comparator;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/** Counts and bounds of a leaf column that stands in no list, over one file. */
final class LeafTotals {
  private final int field;
  private final Comparator<Object> order;
  private long values;
  private long nulls;
  private long nans;
  private @Nullable Object min;
  private @Nullable Object max;

  LeafTotals(int field, Type.PrimitiveType type) {
    this.field = field;
    this.order = Comparators.forType(type);
  }

  int field() {
    return field;
  }

  void addNull() {
    values++;
    nulls++;
  }

  /** Adds a value of Iceberg's generic class for the type. */
  void add(Object value) {
    values++;
    if (isNaN(value)) {
      nans++;
      return;
    }
    if (min == null || order.compare(value, min) < 0) {
      min = value;
    }
    if (max == null || order.compare(value, max) > 0) {
      max = value;
    }
  }

  private static boolean isNaN(Object value) {
    return value instanceof Float number
        ? number.isNaN()
        : value instanceof Double other && other.isNaN();
  }

  /** What was added, with both signs of zero within bounds of zero. */
  Leaf leaf() {
    return new Leaf(values, nulls, nans, zero(min, -1), zero(max, 1));
  }

  private static @Nullable Object zero(@Nullable Object bound, int sign) {
    if (bound instanceof Float number && number == 0) {
      return sign * 0.0f;
    }
    if (bound instanceof Double number && number == 0) {
      return sign * 0.0;
    }
    return bound;
  }
}
