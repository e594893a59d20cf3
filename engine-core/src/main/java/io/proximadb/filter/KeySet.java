package io.proximadb.filter;

import java.util.Arrays;

/** A set of keys, see {@link KeyPosition}, that a condition accepts. */
sealed interface KeySet {
  boolean contains(long key);

  /** The places of an index whose keys are in the set. */
  Places places(ValueIndex index);

  private static int placeAfter(ValueIndex index, long key) {
    return key == Long.MAX_VALUE ? index.valueCount() : index.place(key + 1);
  }

  /** All keys between two, both included; empty if they are in the wrong order. */
  record Range(long low, long high) implements KeySet {
    static final Range ALL = new Range(Long.MIN_VALUE, Long.MAX_VALUE);
    static final Range NONE = new Range(Long.MAX_VALUE, Long.MIN_VALUE);

    /**
     * The keys that stand in a relation to a value.
     *
     * @param operator not {@link Filter.Operator#NE}, whose keys are no range
     */
    static Range of(Filter.Operator operator, KeyPosition value) {
      if (value.beyond() != 0) {
        return switch (operator) {
          case LT, LE -> value.beyond() > 0 ? ALL : NONE;
          case GT, GE -> value.beyond() < 0 ? ALL : NONE;
          case EQ -> NONE;
          case NE -> throw new AssertionError(operator);
        };
      }
      return switch (operator) {
        case LT ->
            value.ceiling() == Long.MIN_VALUE
                ? NONE
                : new Range(Long.MIN_VALUE, value.ceiling() - 1);
        case LE -> new Range(Long.MIN_VALUE, value.floor());
        case GT ->
            value.floor() == Long.MAX_VALUE ? NONE : new Range(value.floor() + 1, Long.MAX_VALUE);
        case GE -> new Range(value.ceiling(), Long.MAX_VALUE);
        case EQ -> new Range(value.ceiling(), value.floor());
        case NE -> throw new AssertionError(operator);
      };
    }

    boolean isEmpty() {
      return low > high;
    }

    @Override
    public boolean contains(long key) {
      return key >= low && key <= high;
    }

    @Override
    public Places places(ValueIndex index) {
      return isEmpty() ? new Places() : Places.range(index.place(low), placeAfter(index, high));
    }
  }

  /** Single keys. */
  final class Listed implements KeySet {
    private final long[] sorted;

    Listed(long[] keys) {
      sorted = keys.clone();
      Arrays.sort(sorted);
    }

    @Override
    public boolean contains(long key) {
      return Arrays.binarySearch(sorted, key) >= 0;
    }

    @Override
    public Places places(ValueIndex index) {
      Places places = new Places();
      for (int i = 0; i < sorted.length; i++) {
        if (i == 0 || sorted[i] != sorted[i - 1]) {
          places.add(index.place(sorted[i]), placeAfter(index, sorted[i]));
        }
      }
      return places;
    }
  }
}
