package io.proximadb.index.flat;

import io.proximadb.storage.VectorRows;
import io.proximadb.vector.DistanceBatch;
import io.proximadb.vector.DistanceFunction;
import java.util.List;
import java.util.function.IntPredicate;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/*
 * Rows are brought together in blocks that stay in the second-level cache while all queries are
 * compared with them, a few at a time, so that memory is read once for the batch.
 */
/**
 * Offers the rows of one source after the other to one selection for each of several queries. What
 * is selected is what a {@link FlatSearch} of each query selects, bit for bit. Not safe for use by
 * several threads.
 */
public final class BatchSearch {
  /** Floats of a block: 256 KiB, a quarter of the second-level cache of a server's core. */
  private static final int BLOCK_FLOATS = 65_536;

  /** Rows of a block at most, so that the scores of a tile stay in the first-level cache. */
  private static final int MAX_BLOCK_ROWS = 512;

  private final DistanceBatch distances;
  private final List<TopK> tops;
  private final float[] block;
  private final long[] ordinals;
  private final double[] bounds = new double[DistanceBatch.GROUP];
  private int rows;
  private long rowsScored;

  /**
   * An empty search.
   *
   * @param functions distances of the queries, of equal metric and dimension
   * @param tops the selection of each query
   */
  public BatchSearch(List<DistanceFunction> functions, List<TopK> tops) {
    this.distances = new DistanceBatch(functions);
    this.tops = List.copyOf(tops);
    int dimension = distances.dimension();
    int blockRows = Math.max(2, Math.min(MAX_BLOCK_ROWS, BLOCK_FLOATS / dimension));
    this.block = new float[Math.multiplyExact(blockRows, dimension)];
    this.ordinals = new long[blockRows];
  }

  /** Rows that were compared with each of the queries. */
  public long rowsScored() {
    return rowsScored;
  }

  /** Adds one row from memory; end with {@link #flush()}. */
  public void add(float[] vector, long ordinal) {
    System.arraycopy(vector, 0, block, rows * distances.dimension(), distances.dimension());
    ordinals[rows++] = ordinal;
    if (rows == ordinals.length) {
      flush();
    }
  }

  /**
   * Searches the rows of a file that may be in the answers.
   *
   * @param firstOrdinal ordinal of the file's row 0
   * @param live which rows may be in the answers
   */
  public void scan(VectorRows vectors, long firstOrdinal, IntPredicate live) {
    vectors.prefetch(new int[] {0}, new int[] {vectors.rowCount()});
    int row = 0;
    while (row < vectors.rowCount()) {
      if (!live.test(row)) {
        row++;
        continue;
      }
      int from = row++;
      int most = Math.min(vectors.rowCount(), from + ordinals.length - rows);
      while (row < most && live.test(row)) {
        row++;
      }
      copy(vectors, from, row - from, firstOrdinal);
    }
    flush();
  }

  /** Searches chosen rows of a file, all of which are live. */
  public void scan(VectorRows vectors, long firstOrdinal, RoaringBitmap positions) {
    for (IntIterator it = positions.getIntIterator(); it.hasNext(); ) {
      copy(vectors, it.next(), 1, firstOrdinal);
    }
    flush();
  }

  private void copy(VectorRows vectors, int from, int count, long firstOrdinal) {
    vectors.copy(from, count, block, rows * distances.dimension());
    for (int i = 0; i < count; i++) {
      ordinals[rows++] = firstOrdinal + from + i;
    }
    if (rows == ordinals.length) {
      flush();
    }
  }

  /** Scores what was added. */
  public void flush() {
    if (rows == 0) {
      return;
    }
    distances.rows(block, rows);
    for (int first = 0; first < distances.size(); first += DistanceBatch.GROUP) {
      int count = Math.min(DistanceBatch.GROUP, distances.size() - first);
      for (int i = 0; i < count; i++) {
        bounds[i] = tops.get(first + i).bound();
      }
      distances.scores(first, count, block, rows, bounds, this::offer);
    }
    rowsScored += rows;
    rows = 0;
  }

  private void offer(int query, int row, double score) {
    TopK top = tops.get(query);
    if (score <= top.bound()) {
      top.offer(ordinals[row], score);
    }
  }
}
