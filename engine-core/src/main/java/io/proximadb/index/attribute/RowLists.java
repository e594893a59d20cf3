package io.proximadb.index.attribute;

import io.proximadb.filter.Places;
import java.util.Arrays;
import org.roaringbitmap.BitSetUtil;
import org.roaringbitmap.RoaringBitmap;

/** The rows of each place of a dictionary. Immutable. */
sealed interface RowLists {
  /** Rows of places, none twice. */
  RoaringBitmap rows(Places places);

  /** The sum over places of their rows. */
  long count(Places places);

  long memoryBytes();

  /** A bitmap for each of few values. */
  @SuppressWarnings("ArrayRecordComponent")
  record Bitmaps(RoaringBitmap[] rows) implements RowLists {
    @Override
    public RoaringBitmap rows(Places places) {
      RoaringBitmap all = new RoaringBitmap();
      for (int range = 0; range < places.ranges(); range++) {
        for (int place = places.from(range); place < places.to(range); place++) {
          all.or(rows[place]);
        }
      }
      return all;
    }

    @Override
    public long count(Places places) {
      long count = 0;
      for (int range = 0; range < places.ranges(); range++) {
        for (int place = places.from(range); place < places.to(range); place++) {
          count += rows[place].getLongCardinality();
        }
      }
      return count;
    }

    @Override
    public long memoryBytes() {
      return Arrays.stream(rows).mapToLong(RoaringBitmap::getLongSizeInBytes).sum();
    }
  }

  /**
   * The rows of one of many values after those of the other.
   *
   * @param rowCount of the file
   * @param starts of each place in the rows, and the end
   * @param rows ascending within each place
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Sorted(int rowCount, int[] starts, int[] rows) implements RowLists {
    /** Below one row in so many they are sorted; above a bit is set for each. */
    private static final int SPARSE_SHARE = 32;

    @Override
    public RoaringBitmap rows(Places places) {
      long count = count(places);
      if (count < rowCount / SPARSE_SHARE) {
        int[] found = new int[(int) count];
        int size = 0;
        for (int range = 0; range < places.ranges(); range++) {
          int from = starts[places.from(range)];
          int length = starts[places.to(range)] - from;
          System.arraycopy(rows, from, found, size, length);
          size += length;
        }
        return RoaringBitmap.bitmapOfUnordered(found);
      }
      long[] words = new long[(rowCount + Long.SIZE - 1) / Long.SIZE];
      for (int range = 0; range < places.ranges(); range++) {
        int to = starts[places.to(range)];
        for (int i = starts[places.from(range)]; i < to; i++) {
          words[rows[i] >> 6] |= 1L << rows[i];
        }
      }
      return BitSetUtil.bitmapOf(words);
    }

    @Override
    public long count(Places places) {
      long count = 0;
      for (int range = 0; range < places.ranges(); range++) {
        count += starts[places.to(range)] - (long) starts[places.from(range)];
      }
      return count;
    }

    @Override
    public long memoryBytes() {
      return (long) Integer.BYTES * (starts.length + (long) rows.length);
    }
  }
}
