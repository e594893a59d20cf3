package io.proximadb.index.attribute;

import io.proximadb.index.form.FormReader;
import io.proximadb.index.form.FormWriter;
import io.proximadb.index.form.IndexForm;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import org.roaringbitmap.RoaringBitmap;

/**
 * The bytes of an attribute index: {@link IndexForm} with the kind 0 for keys, 1 for bytes, plus 2
 * where each value has a bitmap; the numbers rows n, values v, bytes of values b (0 for keys),
 * sorted rows r (0 for bitmaps), bytes of bitmaps m, and the arrays
 *
 * <pre>
 * keys:    8 v      keys, ascending
 * bytes:   4 v + 4  offset of each value, and the end
 *          b        values, ascending
 * sorted:  4 v + 4  first row of each value, and the end
 *          4 r      rows
 *          m        bitmaps, Roaring's portable form: NULL rows, rows with a NULL element,
 *                   and those of each value where values have bitmaps
 * </pre>
 */
public final class AttributeFormat {
  /** Version of files that are written, and the only one that is read. */
  public static final int VERSION = 1;

  private static final IndexForm FORM =
      new IndexForm("ATTRIDX\0", VERSION, "attribute index", "PXAE");

  private static final int OF_BYTES = 1;
  private static final int WITH_BITMAPS = 2;

  private AttributeFormat() {}

  /**
   * Writes an index; the caller makes the file durable.
   *
   * @param source names the rows, so that the index is not taken for that of others
   */
  public static void write(AttributeIndex index, UUID source, OutputStream out) throws IOException {
    byte[] bitmaps = bitmaps(index);
    Dictionary dictionary = index.dictionary;
    int kind =
        (dictionary instanceof Dictionary.Texts ? OF_BYTES : 0)
            + (index.lists instanceof RowLists.Bitmaps ? WITH_BITMAPS : 0);
    long[] numbers = {
      index.rowCount,
      dictionary.size(),
      dictionary instanceof Dictionary.Texts texts ? texts.bytes().length : 0,
      index.lists instanceof RowLists.Sorted sorted ? sorted.rows().length : 0,
      bitmaps.length
    };
    FormWriter writer = new FormWriter(FORM, kind, source, numbers, out);
    if (dictionary instanceof Dictionary.Keys keys) {
      writer.longs(keys.keys());
    } else if (dictionary instanceof Dictionary.Texts texts) {
      writer.ints(texts.offsets());
      writer.bytes(texts.bytes(), 0, texts.bytes().length);
    }
    if (index.lists instanceof RowLists.Sorted sorted) {
      writer.ints(sorted.starts());
      writer.ints(sorted.rows());
    }
    writer.bytes(bitmaps, 0, bitmaps.length);
    writer.finish();
  }

  private static byte[] bitmaps(AttributeIndex index) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    index.nullRows.serialize(out);
    index.rowsWithNullElement.serialize(out);
    if (index.lists instanceof RowLists.Bitmaps bitmaps) {
      for (RoaringBitmap rows : bitmaps.rows()) {
        rows.serialize(out);
      }
    }
    return bytes.toByteArray();
  }

  /**
   * Reads an index into memory. No byte of a damaged one is made use of.
   *
   * @param length of the file in bytes
   * @param source that the index has to be of
   * @param location of the file, for messages
   * @throws io.proximadb.error.CorruptFileException if it is damaged, cut short or of other rows
   * @throws io.proximadb.error.UnsupportedVersionException if it is of another version
   */
  public static AttributeIndex read(InputStream in, long length, UUID source, String location)
      throws IOException {
    FormReader reader = new FormReader(FORM, in, length, source, location);
    int kind = reader.kind();
    if (kind < 0 || kind > OF_BYTES + WITH_BITMAPS) {
      throw reader.corrupt("kind " + kind);
    }
    boolean ofBytes = (kind & OF_BYTES) != 0;
    boolean withBitmaps = (kind & WITH_BITMAPS) != 0;
    int rowCount = reader.number(0, 1, Integer.MAX_VALUE);
    int values = reader.number(1, 0, withBitmaps ? AttributeIndex.MAX_BITMAPS : 1 << 30);
    int valueBytes = reader.number(2, 0, ofBytes ? AttributeIndex.MAX_TEXT_BYTES : 0);
    int sortedRows = reader.number(3, 0, withBitmaps ? 0 : 1 << 30);
    int bitmapBytes = reader.number(4, 0, Integer.MAX_VALUE - Long.BYTES);
    long offsetBytes = (long) Integer.BYTES * (values + 1L);
    reader.expect(
        (ofBytes ? offsetBytes + valueBytes : (long) Long.BYTES * values)
            + (withBitmaps ? 0 : offsetBytes + (long) Integer.BYTES * sortedRows)
            + bitmapBytes);
    Dictionary dictionary;
    if (ofBytes) {
      int[] offsets = reader.ints(values + 1);
      dictionary = new Dictionary.Texts(reader.bytes(valueBytes, 0), offsets);
    } else {
      dictionary = new Dictionary.Keys(reader.longs(values));
    }
    int[] starts = withBitmaps ? new int[0] : reader.ints(values + 1);
    int[] sorted = reader.ints(sortedRows);
    byte[] bitmapArea = reader.bytes(bitmapBytes, 0);
    reader.finish();
    check(reader, dictionary, valueBytes);
    ByteBuffer left = ByteBuffer.wrap(bitmapArea).order(ByteOrder.LITTLE_ENDIAN);
    RoaringBitmap nullRows = bitmap(reader, left, rowCount);
    RoaringBitmap nullElements = bitmap(reader, left, rowCount);
    RowLists lists;
    if (withBitmaps) {
      RoaringBitmap[] rows = new RoaringBitmap[values];
      for (int place = 0; place < values; place++) {
        rows[place] = bitmap(reader, left, rowCount);
      }
      lists = new RowLists.Bitmaps(rows);
    } else {
      checkSorted(reader, starts, sorted, rowCount);
      lists = new RowLists.Sorted(rowCount, starts, sorted);
    }
    if (left.hasRemaining()) {
      throw reader.corrupt(left.remaining() + " bytes behind the bitmaps");
    }
    return new AttributeIndex(rowCount, dictionary, lists, nullRows, nullElements);
  }

  /** A writer that failed to keep this would have a right checksum. */
  private static void check(FormReader reader, Dictionary dictionary, int valueBytes) {
    boolean sound = true;
    if (dictionary instanceof Dictionary.Keys keys) {
      sound = keys.isAscending();
    } else if (dictionary instanceof Dictionary.Texts texts) {
      sound = isAscending(texts.offsets(), valueBytes) && texts.isAscending();
    }
    if (!sound) {
      throw reader.corrupt("values do not ascend");
    }
  }

  /** True if numbers begin with 0, never fall, and end with a number. */
  private static boolean isAscending(int[] numbers, int last) {
    for (int i = 1; i < numbers.length; i++) {
      if (numbers[i] < numbers[i - 1]) {
        return false;
      }
    }
    return numbers[0] == 0 && numbers[numbers.length - 1] == last;
  }

  private static void checkSorted(FormReader reader, int[] starts, int[] rows, int rowCount) {
    boolean sound = isAscending(starts, rows.length);
    for (int place = 0; sound && place < starts.length - 1; place++) {
      for (int i = starts[place]; i < starts[place + 1]; i++) {
        int before = i == starts[place] ? -1 : rows[i - 1];
        sound &= rows[i] > before && rows[i] < rowCount;
      }
    }
    if (!sound) {
      throw reader.corrupt("rows of values do not ascend, or are not below " + rowCount);
    }
  }

  private static RoaringBitmap bitmap(FormReader reader, ByteBuffer bytes, int rowCount) {
    RoaringBitmap rows = new RoaringBitmap();
    try {
      rows.deserialize(bytes);
      bytes.position(bytes.position() + rows.serializedSizeInBytes());
    } catch (IOException | RuntimeException e) {
      throw reader.corrupt("a bitmap that makes no sense: " + e);
    }
    if (!rows.isEmpty() && (rows.last() < 0 || rows.last() >= rowCount)) {
      throw reader.corrupt("row " + rows.last() + " of " + rowCount + " in a bitmap");
    }
    return rows;
  }
}
