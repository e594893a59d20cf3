package io.proximadb.filter;

import java.util.Arrays;
import java.util.List;

/**
 * A condition on text as UTF-8, or on binary: bytes compare unsigned, which for text is the order
 * of code points.
 */
@FunctionalInterface
interface BytesTest {
  /** Whether {@code bytes[from, to)} passes. */
  boolean test(byte[] bytes, int from, int to);

  /**
   * Compares with a value.
   *
   * @param operator not {@link Filter.Operator#NE}
   */
  static BytesTest compare(Filter.Operator operator, byte[] value) {
    return switch (operator) {
      case EQ -> (bytes, from, to) -> Arrays.equals(bytes, from, to, value, 0, value.length);
      case LT -> (bytes, from, to) -> order(bytes, from, to, value) < 0;
      case LE -> (bytes, from, to) -> order(bytes, from, to, value) <= 0;
      case GT -> (bytes, from, to) -> order(bytes, from, to, value) > 0;
      case GE -> (bytes, from, to) -> order(bytes, from, to, value) >= 0;
      case NE -> throw new AssertionError(operator);
    };
  }

  private static int order(byte[] bytes, int from, int to, byte[] value) {
    return Arrays.compareUnsigned(bytes, from, to, value, 0, value.length);
  }

  static BytesTest oneOf(List<byte[]> values) {
    byte[][] sorted = values.toArray(new byte[0][]);
    Arrays.sort(sorted, Arrays::compareUnsigned);
    return (bytes, from, to) -> {
      int low = 0;
      int high = sorted.length - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        int order = order(bytes, from, to, sorted[middle]);
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
    };
  }

  static BytesTest startsWith(byte[] prefix) {
    return (bytes, from, to) ->
        to - from >= prefix.length
            && Arrays.equals(bytes, from, from + prefix.length, prefix, 0, prefix.length);
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
}
