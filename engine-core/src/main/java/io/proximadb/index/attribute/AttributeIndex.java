package io.proximadb.index.attribute;

import io.proximadb.filter.Places;
import io.proximadb.filter.ValueIndex;
import io.proximadb.index.SegmentIndex;
import java.io.IOException;
import java.io.OutputStream;
import java.util.UUID;
import org.roaringbitmap.RoaringBitmap;

/**
 * The rows of one file by the values at one path: equality, membership, ranges, prefixes, parts of
 * texts, elements of lists and NULL are answered without looking at a row, as {@link
 * io.proximadb.filter.BoundFilter} does. Immutable and safe for use by several threads.
 *
 * <p>Distinct values lie in order. Few ones, with {@value #MIN_BITMAP_ROWS} rows each on average
 * and at most {@value #MAX_BITMAPS}, have a Roaring bitmap each; of more the rows lie in the order
 * of values, 4 bytes a row, so that any range of values is a run of rows.
 *
 * <p>Source: Lemire and others, "Roaring bitmaps: implementation of an optimized software library",
 * 2018.
 */
public final class AttributeIndex implements SegmentIndex, ValueIndex {
  /** Most bitmaps of one index: each has some hundred bytes of its own. */
  static final int MAX_BITMAPS = 4_096;

  /** Fewer rows than that take less room as numbers. */
  static final int MIN_BITMAP_ROWS = 16;

  /** Most bytes of distinct texts: longer ones are no attributes, and the heap has to hold them. */
  public static final int MAX_TEXT_BYTES = 256 * 1_024 * 1_024;

  final int rowCount;
  final Dictionary dictionary;
  final RowLists lists;
  final RoaringBitmap nullRows;
  final RoaringBitmap rowsWithNullElement;

  AttributeIndex(
      int rowCount,
      Dictionary dictionary,
      RowLists lists,
      RoaringBitmap nullRows,
      RoaringBitmap rowsWithNullElement) {
    this.rowCount = rowCount;
    this.dictionary = dictionary;
    this.lists = lists;
    this.nullRows = nullRows;
    this.rowsWithNullElement = rowsWithNullElement;
  }

  @Override
  public int rowCount() {
    return rowCount;
  }

  @Override
  public long memoryBytes() {
    return dictionary.memoryBytes()
        + lists.memoryBytes()
        + nullRows.getLongSizeInBytes()
        + rowsWithNullElement.getLongSizeInBytes();
  }

  @Override
  public void write(UUID source, OutputStream out) throws IOException {
    AttributeFormat.write(this, source, out);
  }

  @Override
  public RoaringBitmap nullRows() {
    return nullRows.clone();
  }

  @Override
  public RoaringBitmap rowsWithNullElement() {
    return rowsWithNullElement.clone();
  }

  @Override
  public int valueCount() {
    return dictionary.size();
  }

  @Override
  public int place(long key) {
    return ((Dictionary.Keys) dictionary).place(key);
  }

  @Override
  public int place(byte[] bytes) {
    return ((Dictionary.Texts) dictionary).place(bytes);
  }

  @Override
  public boolean test(int place, Bytes test) {
    return ((Dictionary.Texts) dictionary).test(place, test);
  }

  @Override
  public RoaringBitmap rows(Places places) {
    return lists.rows(places);
  }

  @Override
  public long count(Places places) {
    return lists.count(places);
  }
}
