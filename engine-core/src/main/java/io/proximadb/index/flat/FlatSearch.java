package io.proximadb.index.flat;

import io.proximadb.storage.VectorRows;
import io.proximadb.vector.DistanceFunction;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Offers the rows of one source after the other to a selection. One object for each query; not safe
 * for use by several threads.
 */
public final class FlatSearch {
  /** Rows scored at once: their scores, 8 KiB, fit the first-level cache. */
  private static final int CHUNK_ROWS = 1_024;

  /**
   * From that share of wanted rows on, scoring all and skipping most is faster than copying the
   * wanted ones together.
   */
  private static final int GATHER_SHARE = 4;

  private final DistanceFunction distance;
  private final Selection top;
  private final double[] scores = new double[CHUNK_ROWS];
  private final float[] gathered;
  private final long[] gatheredOrdinals;
  private int gatheredRows;
  private long rowsScored;

  public FlatSearch(DistanceFunction distance, TopK top) {
    this(distance, (Selection) top);
  }

  FlatSearch(DistanceFunction distance, Selection top) {
    this.distance = distance;
    this.top = top;
    // 64 KiB of rows at a time stay in the second-level cache between copy and score.
    int rows = Math.max(1, Math.min(CHUNK_ROWS, 16_384 / distance.dimension()));
    this.gathered = new float[rows * distance.dimension()];
    this.gatheredOrdinals = new long[rows];
  }

  /** Rows that were compared with the query and wanted. */
  public long rowsScored() {
    return rowsScored;
  }

  /**
   * Searches all rows of a file.
   *
   * @param firstOrdinal ordinal of the file's row 0
   * @param live which rows may be in the answer; asked only for rows that are near enough
   * @param liveRows how many these are, for {@link #rowsScored()}
   */
  public void scan(VectorRows rows, long firstOrdinal, IntPredicate live, long liveRows) {
    int rowBytes = distance.dimension() * Float.BYTES;
    rows.prefetch(new int[] {0}, new int[] {rows.rowCount()});
    for (int block = 0; block < rows.blockCount(); block++) {
      ByteBuffer bytes = rows.block(block);
      int firstRow = rows.firstRow(block);
      int blockRows = rows.firstRow(block + 1) - firstRow;
      for (int done = 0; done < blockRows; done += CHUNK_ROWS) {
        int count = Math.min(CHUNK_ROWS, blockRows - done);
        distance.scores(bytes, done * rowBytes, count, scores);
        offer(firstRow + done, count, firstOrdinal, live);
      }
    }
    rowsScored += liveRows;
  }

  /**
   * Searches a run of rows of a file.
   *
   * @param from first row
   * @param to the row after the last
   * @param wanted which of them may be in the answer; asked for each, to count them
   */
  public void scan(VectorRows rows, long firstOrdinal, int from, int to, IntPredicate wanted) {
    int rowBytes = distance.dimension() * Float.BYTES;
    int block = blockOf(rows, from);
    int row = from;
    while (row < to) {
      int firstRow = rows.firstRow(block);
      int end = Math.min(to, rows.firstRow(block + 1));
      ByteBuffer bytes = rows.block(block++);
      while (row < end) {
        int count = Math.min(CHUNK_ROWS, end - row);
        distance.scores(bytes, (row - firstRow) * rowBytes, count, scores);
        offer(row, count, firstOrdinal, wanted);
        row += count;
      }
    }
    for (int i = from; i < to; i++) {
      rowsScored += wanted.test(i) ? 1 : 0;
    }
  }

  private static int blockOf(VectorRows rows, int row) {
    int low = 0;
    int high = rows.blockCount() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (rows.firstRow(middle) <= row) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private void offer(int firstRow, int count, long firstOrdinal, IntPredicate live) {
    double bound = top.bound();
    for (int i = 0; i < count; i++) {
      if (scores[i] <= bound && live.test(firstRow + i)) {
        top.offer(firstOrdinal + firstRow + i, scores[i]);
        bound = top.bound();
      }
    }
  }

  /** Searches chosen rows of a file, all of which are live. */
  public void scan(VectorRows rows, long firstOrdinal, RoaringBitmap positions) {
    long wanted = positions.getLongCardinality();
    if (wanted * GATHER_SHARE >= rows.rowCount()) {
      scan(rows, firstOrdinal, positions::contains, wanted);
      return;
    }
    prefetch(rows, positions);
    for (IntIterator it = positions.getIntIterator(); it.hasNext(); ) {
      int position = it.next();
      rows.copy(position, 1, gathered, gatheredRows * distance.dimension());
      gatheredOrdinals[gatheredRows++] = firstOrdinal + position;
      flushIfFull();
    }
    flushGathered();
  }

  /** By whole runs: a row of a remote file costs as much as the run that holds it. */
  private static void prefetch(VectorRows rows, RoaringBitmap positions) {
    int[] firstRows = new int[rows.blockCount()];
    int[] endRows = new int[rows.blockCount()];
    int count = 0;
    for (int block = 0; block < rows.blockCount(); block++) {
      if (positions.intersects(rows.firstRow(block), rows.firstRow(block + 1))) {
        firstRows[count] = rows.firstRow(block);
        endRows[count++] = rows.firstRow(block + 1);
      }
    }
    rows.prefetch(Arrays.copyOf(firstRows, count), Arrays.copyOf(endRows, count));
  }

  /** Adds one row from memory; end with {@link #flushGathered()}. */
  public void add(float[] vector, long ordinal) {
    System.arraycopy(
        vector, 0, gathered, gatheredRows * distance.dimension(), distance.dimension());
    gatheredOrdinals[gatheredRows++] = ordinal;
    flushIfFull();
  }

  private void flushIfFull() {
    if (gatheredRows == gatheredOrdinals.length) {
      flushGathered();
    }
  }

  /** Scores what was added one by one. */
  public void flushGathered() {
    distance.scores(gathered, 0, gatheredRows, scores);
    for (int i = 0; i < gatheredRows; i++) {
      if (scores[i] <= top.bound()) {
        top.offer(gatheredOrdinals[i], scores[i]);
      }
    }
    rowsScored += gatheredRows;
    gatheredRows = 0;
  }
}
