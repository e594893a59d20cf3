package io.proximadb.index.attribute;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.filter.PathValues;
import io.proximadb.model.column.Column;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.roaringbitmap.RoaringBitmap;

/**
 * Builds the index of one column. Memory, besides the column and the index: 12 bytes for each value
 * of a row, and for text some 100 bytes for each distinct one.
 */
public final class AttributeIndexBuilder implements PathValues.Sink {
  /** Most values of all rows, elements of lists counted: what one array of rows holds. */
  private static final int MAX_VALUES = 1 << 30;

  private static final int FIRST_VALUES = 1_024;

  private final int rowCount;
  private final boolean hasKeys;
  private final RoaringBitmap nullRows = new RoaringBitmap();
  private final RoaringBitmap rowsWithNullElement = new RoaringBitmap();
  private int[] rows = new int[FIRST_VALUES];

  /** The key of each value, or the number of its text. */
  private long[] keys = new long[FIRST_VALUES];

  private int size;
  private final Map<ByteBuffer, Integer> texts = new HashMap<>();
  private long textBytes;

  private AttributeIndexBuilder(int rowCount, boolean hasKeys) {
    this.rowCount = rowCount;
    this.hasKeys = hasKeys;
  }

  /**
   * Builds an index.
   *
   * @param column the whole column of the path, at least one row
   * @throws ResourceExhaustedException if distinct texts are longer than {@link
   *     AttributeIndex#MAX_TEXT_BYTES} together
   */
  public static AttributeIndex build(PathValues path, Column column) {
    if (column.size() < 1) {
      throw new InvalidArgumentException(
          "Cannot build an attribute index: 0 rows (expected at least 1)");
    }
    AttributeIndexBuilder builder = new AttributeIndexBuilder(column.size(), path.hasKeys());
    path.forEach(column, builder);
    return builder.index();
  }

  @Override
  public void isNull(int row) {
    nullRows.add(row);
  }

  @Override
  public void nullElement(int row) {
    rowsWithNullElement.add(row);
  }

  @Override
  public void key(int row, long key) {
    if (size == rows.length) {
      if (size >= MAX_VALUES) {
        throw new ResourceExhaustedException(
            "Cannot build an attribute index: more than " + MAX_VALUES + " values");
      }
      rows = Arrays.copyOf(rows, 2 * size);
      keys = Arrays.copyOf(keys, 2 * size);
    }
    rows[size] = row;
    keys[size++] = key;
  }

  @Override
  public void bytes(int row, byte[] bytes) {
    ByteBuffer text = ByteBuffer.wrap(bytes);
    Integer number = texts.get(text);
    if (number == null) {
      number = texts.size();
      texts.put(text, number);
      textBytes += bytes.length;
      if (textBytes > AttributeIndex.MAX_TEXT_BYTES) {
        throw new ResourceExhaustedException(
            "Cannot build an attribute index: its distinct values have more than "
                + AttributeIndex.MAX_TEXT_BYTES
                + " bytes (index a shorter column)");
      }
    }
    key(row, number);
  }

  private AttributeIndex index() {
    Dictionary dictionary = hasKeys ? dictionaryOfKeys() : dictionaryOfTexts();
    int[] counts = new int[dictionary.size() + 1];
    int distinct = 0;
    for (int i = 0; i < size; i++) {
      int place = (int) keys[i];
      counts[place + 1]++;
    }
    int[] next = counts.clone();
    for (int place = 1; place < next.length; place++) {
      next[place] += next[place - 1];
    }
    int[] sorted = new int[size];
    int[] ends = next.clone();
    for (int i = 0; i < size; i++) {
      sorted[next[(int) keys[i]]++] = rows[i];
    }
    int[] starts = new int[counts.length];
    for (int place = 0; place < counts.length - 1; place++) {
      starts[place] = distinct;
      // A list may have an element twice.
      for (int i = ends[place]; i < next[place]; i++) {
        if (i == ends[place] || sorted[i] != sorted[i - 1]) {
          sorted[distinct++] = sorted[i];
        }
      }
    }
    starts[starts.length - 1] = distinct;
    RowLists lists = lists(starts, Arrays.copyOf(sorted, distinct));
    nullRows.runOptimize();
    rowsWithNullElement.runOptimize();
    return new AttributeIndex(rowCount, dictionary, lists, nullRows, rowsWithNullElement);
  }

  private RowLists lists(int[] starts, int[] sorted) {
    int values = starts.length - 1;
    if (values > AttributeIndex.MAX_BITMAPS
        || sorted.length < (long) values * AttributeIndex.MIN_BITMAP_ROWS) {
      return new RowLists.Sorted(rowCount, starts, sorted);
    }
    RoaringBitmap[] bitmaps = new RoaringBitmap[values];
    for (int place = 0; place < values; place++) {
      bitmaps[place] = new RoaringBitmap();
      bitmaps[place].addN(sorted, starts[place], starts[place + 1] - starts[place]);
      bitmaps[place].runOptimize();
    }
    return new RowLists.Bitmaps(bitmaps);
  }

  /** Replaces keys by places. */
  private Dictionary dictionaryOfKeys() {
    long[] sorted = Arrays.copyOf(keys, size);
    Arrays.sort(sorted);
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (i == 0 || sorted[i] != sorted[i - 1]) {
        sorted[count++] = sorted[i];
      }
    }
    Dictionary.Keys dictionary = new Dictionary.Keys(Arrays.copyOf(sorted, count));
    for (int i = 0; i < size; i++) {
      keys[i] = dictionary.place(keys[i]);
    }
    return dictionary;
  }

  /** Replaces numbers of texts by places. */
  private Dictionary dictionaryOfTexts() {
    byte[][] sorted = texts.keySet().stream().map(ByteBuffer::array).toArray(byte[][]::new);
    Arrays.sort(sorted, Arrays::compareUnsigned);
    byte[] bytes = new byte[(int) textBytes];
    int[] offsets = new int[sorted.length + 1];
    int[] places = new int[sorted.length];
    for (int place = 0; place < sorted.length; place++) {
      System.arraycopy(sorted[place], 0, bytes, offsets[place], sorted[place].length);
      offsets[place + 1] = offsets[place] + sorted[place].length;
      Integer number = texts.get(ByteBuffer.wrap(sorted[place]));
      assert number != null;
      places[number] = place;
    }
    for (int i = 0; i < size; i++) {
      keys[i] = places[(int) keys[i]];
    }
    return new Dictionary.Texts(bytes, offsets);
  }
}
