package io.proximadb.filter;

import java.util.Arrays;
import java.util.List;

/**
 * A condition on text as UTF-8, or on binary: bytes compare unsigned, which for text is the order
 * of code points.
 */
interface BytesTest extends ValueIndex.Bytes {
  /** The places of an index whose bytes pass. */
  default Places places(ValueIndex index) {
    Places places = new Places();
    for (int place = 0; place < index.valueCount(); place++) {
      if (index.test(place, this)) {
        places.add(place, place + 1);
      }
    }
    return places;
  }

  /**
   * Compares with a value.
   *
   * @param operator not {@link Filter.Operator#NE}
   */
  static BytesTest compare(Filter.Operator operator, byte[] value) {
    return switch (operator) {
      case EQ -> new Equal(value);
      case LT, LE, GT, GE -> new Ordered(operator, value);
      case NE -> throw new AssertionError(operator);
    };
  }

  static BytesTest oneOf(List<byte[]> values) {
    byte[][] sorted = values.toArray(new byte[0][]);
    Arrays.sort(sorted, Arrays::compareUnsigned);
    return new OneOf(sorted);
  }

  static BytesTest startsWith(byte[] prefix) {
    return new Prefix(prefix);
  }

  static BytesTest contains(byte[] part) {
    return (bytes, from, to) -> {
      for (int start = from; start <= to - part.length; start++) {
        if (Arrays.equals(bytes, start, start + part.length, part, 0, part.length)) {
          return true;
        }
      }
      return false;
    };
  }

  /** The first place behind that of a value: the next bytes in order are the value and a zero. */
  private static int placeAfter(ValueIndex index, byte[] value) {
    return index.place(Arrays.copyOf(value, value.length + 1));
  }

  /** Equal to a value. */
  @SuppressWarnings("ArrayRecordComponent")
  record Equal(byte[] value) implements BytesTest {
    @Override
    public boolean test(byte[] bytes, int from, int to) {
      return Arrays.equals(bytes, from, to, value, 0, value.length);
    }

    @Override
    public Places places(ValueIndex index) {
      return Places.range(index.place(value), placeAfter(index, value));
    }
  }

  /** Less or greater than a value, or equal to it. */
  @SuppressWarnings("ArrayRecordComponent")
  record Ordered(Filter.Operator operator, byte[] value) implements BytesTest {
    @Override
    public boolean test(byte[] bytes, int from, int to) {
      int order = Arrays.compareUnsigned(bytes, from, to, value, 0, value.length);
      return switch (operator) {
        case LT -> order < 0;
        case LE -> order <= 0;
        case GT -> order > 0;
        case GE -> order >= 0;
        case EQ, NE -> throw new AssertionError(operator);
      };
    }

    @Override
    public Places places(ValueIndex index) {
      return switch (operator) {
        case LT -> Places.range(0, index.place(value));
        case LE -> Places.range(0, placeAfter(index, value));
        case GT -> Places.range(placeAfter(index, value), index.valueCount());
        case GE -> Places.range(index.place(value), index.valueCount());
        case EQ, NE -> throw new AssertionError(operator);
      };
    }
  }

  /** Equal to one of some values, which ascend. */
  @SuppressWarnings("ArrayRecordComponent")
  record OneOf(byte[][] sorted) implements BytesTest {
    @Override
    public boolean test(byte[] bytes, int from, int to) {
      int low = 0;
      int high = sorted.length - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        byte[] value = sorted[middle];
        int order = Arrays.compareUnsigned(bytes, from, to, value, 0, value.length);
        if (order == 0) {
          return true;
        }
        if (order < 0) {
          high = middle - 1;
        } else {
          low = middle + 1;
        }
      }
      return false;
    }

    @Override
    public Places places(ValueIndex index) {
      Places places = new Places();
      for (int i = 0; i < sorted.length; i++) {
        if (i == 0 || !Arrays.equals(sorted[i], sorted[i - 1])) {
          places.add(index.place(sorted[i]), placeAfter(index, sorted[i]));
        }
      }
      return places;
    }
  }

  /** Begins with some bytes. */
  @SuppressWarnings("ArrayRecordComponent")
  record Prefix(byte[] prefix) implements BytesTest {
    @Override
    public boolean test(byte[] bytes, int from, int to) {
      return to - from >= prefix.length
          && Arrays.equals(bytes, from, from + prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public Places places(ValueIndex index) {
      // The first bytes behind all that begin so: the last byte that can be raised is, without
      // what follows.
      int length = prefix.length;
      while (length > 0 && prefix[length - 1] == (byte) 0xff) {
        length--;
      }
      if (length == 0) {
        return Places.range(index.place(prefix), index.valueCount());
      }
      byte[] behind = Arrays.copyOf(prefix, length);
      behind[length - 1]++;
      return Places.range(index.place(prefix), index.place(behind));
    }
  }
}
