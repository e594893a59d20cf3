package io.proximadb.storage.lsm;

import io.proximadb.storage.SegmentReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.roaringbitmap.RoaringBitmap;

/**
 * Sorts the positions of a file of any order by the UTF-8 bytes of their ids, without holding the
 * ids: three bytes at a time behind what all have in common, then each run of equals alone. Uses 12
 * bytes of memory a row.
 */
final class IdOrder {
  /** Bytes of an id in a key, and bits of each: 0 says that the id has ended. */
  private static final int KEY_BYTES = 3;

  private static final int BYTE_BITS = 9;

  /** Rows that are sorted by whole ids, held at once. */
  private static final int SMALL_RUN = 256;

  private final SegmentReader reader;

  /** The key in the upper half, the position in the lower. */
  private final long[] rows;

  private IdOrder(SegmentReader reader, long[] rows) {
    this.reader = reader;
    this.rows = rows;
  }

  /** A row of a small run. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Named(byte[] id, int position) implements Comparable<Named> {
    @Override
    public int compareTo(Named other) {
      int byId = Arrays.compareUnsigned(id, other.id);
      return byId != 0 ? byId : Integer.compare(position, other.position);
    }
  }

  /** The positions that are not dead, by ascending id; those of one id ascend. */
  static int[] of(SegmentReader reader, RoaringBitmap dead) {
    long[] rows =
        IntStream.range(0, reader.rowCount())
            .filter(position -> !dead.contains(position))
            .asLongStream()
            .toArray();
    new IdOrder(reader, rows).sort(0, rows.length, 0);
    int[] positions = new int[rows.length];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = (int) rows[i];
    }
    return positions;
  }

  private byte[] id(int row) {
    return reader.id((int) rows[row]).getBytes(StandardCharsets.UTF_8);
  }

  /** Sorts rows whose ids have their first {@code known} bytes in common. */
  private void sort(int from, int to, int known) {
    if (to - from <= SMALL_RUN) {
      sortSmall(from, to);
      return;
    }
    int common = commonPrefix(from, to, known);
    for (int row = from; row < to; row++) {
      rows[row] = key(id(row), common) << Integer.SIZE | (int) rows[row];
    }
    Arrays.sort(rows, from, to);
    int start = from;
    for (int row = from + 1; row <= to; row++) {
      if (row == to || rows[row] >> Integer.SIZE != rows[start] >> Integer.SIZE) {
        boolean ended = (rows[start] >> Integer.SIZE & (1 << BYTE_BITS) - 1) == 0;
        if (!ended && row - start > 1) {
          sort(start, row, common + KEY_BYTES);
        }
        start = row;
      }
    }
  }

  private void sortSmall(int from, int to) {
    Named[] named = new Named[to - from];
    for (int row = from; row < to; row++) {
      named[row - from] = new Named(id(row), (int) rows[row]);
    }
    Arrays.sort(named);
    for (int row = from; row < to; row++) {
      rows[row] = named[row - from].position();
    }
  }

  private int commonPrefix(int from, int to, int known) {
    byte[] first = id(from);
    int common = first.length;
    for (int row = from + 1; row < to && common > known; row++) {
      byte[] id = id(row);
      int same = Arrays.mismatch(first, 0, common, id, 0, Math.min(common, id.length));
      common = same < 0 ? Math.min(common, id.length) : same;
    }
    return common;
  }

  private static long key(byte[] id, int from) {
    long key = 0;
    for (int i = from; i < from + KEY_BYTES; i++) {
      key = key << BYTE_BITS | (i < id.length ? (id[i] & 0xFF) + 1 : 0);
    }
    return key;
  }
}
