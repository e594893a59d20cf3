package io.proximadb.index.attribute;

import io.proximadb.filter.ValueIndex;
import java.util.Arrays;

/** Distinct values in ascending order. Immutable. */
sealed interface Dictionary {
  int size();

  long memoryBytes();

  /** Numbers and what else has keys. */
  @SuppressWarnings("ArrayRecordComponent")
  record Keys(long[] keys) implements Dictionary {
    @Override
    public int size() {
      return keys.length;
    }

    @Override
    public long memoryBytes() {
      return (long) Long.BYTES * keys.length;
    }

    /** The first place whose key is not less. */
    int place(long key) {
      int found = Arrays.binarySearch(keys, key);
      return found < 0 ? -found - 1 : found;
    }

    boolean isAscending() {
      for (int i = 1; i < keys.length; i++) {
        if (keys[i] <= keys[i - 1]) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * Text and binary.
   *
   * @param bytes of all values, end to end
   * @param offsets of each, and the end
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Texts(byte[] bytes, int[] offsets) implements Dictionary {
    @Override
    public int size() {
      return offsets.length - 1;
    }

    @Override
    public long memoryBytes() {
      return bytes.length + (long) Integer.BYTES * offsets.length;
    }

    /** The first place whose bytes are not less. */
    int place(byte[] value) {
      int low = 0;
      int high = size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        int from = offsets[middle];
        int order =
            Arrays.compareUnsigned(bytes, from, offsets[middle + 1], value, 0, value.length);
        if (order < 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    boolean test(int place, ValueIndex.Bytes test) {
      return test.test(bytes, offsets[place], offsets[place + 1]);
    }

    boolean isAscending() {
      for (int i = 1; i < size(); i++) {
        int from = offsets[i - 1];
        int to = offsets[i];
        if (Arrays.compareUnsigned(bytes, from, to, bytes, to, offsets[i + 1]) >= 0) {
          return false;
        }
      }
      return true;
    }
  }
}
