package io.proximadb.index.sparse;

import io.proximadb.index.flat.SparseSearch;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Offers the rows of a {@link SparseIndex} that may be in an answer to a {@link SparseSearch}: the
 * answer is that of offering all of them, to the last bit and with the same ties. One object for
 * each query and index; not safe for use by several threads.
 *
 * <p>MaxScore by windows of rows, with bounds by block. In each window the lists are ordered by
 * what they add at most. Those of the lowest bounds, as many as cannot lift a row to the answer by
 * themselves, are not gone through: a row that none of the others has is out. The others are summed
 * up in an array; a row whose sum and the bounds left over are near enough is looked up in the
 * lists left out, the highest bound first, until it is out or its score is complete.
 *
 * <p>Exactness: a row is skipped only if its distance is greater than the worst of a full answer,
 * never if it is equal, since its id may be lower. Bounds are sums of doubles in another order than
 * scores; {@link #slack} is more than both can be off. Scores are summed up by ascending index. A
 * component that the query weighs negatively, or that is negative, only lowers a score if the other
 * is not; the bound is then 0, because rows need not have it. Rows that share no component with the
 * query have a dot product of 0 and are offered at the end, if such a score can be in the answer:
 * then no list can have been left out of any window before.
 *
 * <p>Sources: Turtle and Flood, "Query evaluation: strategies and optimizations", 1995 (MaxScore);
 * Ding and Suel, "Faster top-k document retrieval using block-max indexes", 2011 (bounds by block);
 * Dimopoulos and others, "Optimizing top-k document retrieval strategies for block-max indexes",
 * 2013 (MaxScore by windows).
 */
public final class SparseIndexSearch {
  /** Rows of a window: the sums of one are 32 KiB, a usual first-level cache. */
  private static final int WINDOW_ROWS = 4_096;

  /** A row that is looked up in a list costs about as much as so many that are summed up. */
  private static final int LOOKUP_COST = 8;

  /** Roundings of a score besides those of its sum, generously. */
  private static final int OTHER_ROUNDINGS = 16;

  private static final double ROUNDING = 0x1p-52;

  private final SparseIndex index;
  private final SparseSearch search;
  private final boolean cosine;

  /** By ascending index of the query. */
  private final PostingList[] lists;

  private final double slack;

  private final double[] sums = new double[WINDOW_ROWS];
  private final long[] marks = new long[WINDOW_ROWS / Long.SIZE];
  private final int[] buffer = new int[SparseIndex.BLOCK_ROWS];

  /** Places of lists by ascending bound, their bounds, and the sums of bounds before each. */
  private final int[] order;

  private final double[] bounds;
  private final long[] keys;
  private final double[] sumBefore;

  /** What is gone through in a window. */
  private final boolean[] summed;

  /**
   * Prepares a search.
   *
   * @param search of the metric that the index is of
   */
  public SparseIndexSearch(SparseIndex index, SparseSearch search) {
    this.index = index;
    this.search = search;
    this.cosine = index.metric == Metric.COSINE;
    this.lists = lists(index, search.query(), cosine ? search.queryNorm() : 1);
    double most = 0;
    for (PostingList list : lists) {
      most += list.mostAbsolute;
    }
    this.slack = (lists.length + OTHER_ROUNDINGS) * ROUNDING * most;
    this.order = new int[lists.length];
    this.bounds = new double[lists.length];
    this.keys = new long[lists.length];
    this.sumBefore = new double[lists.length + 1];
    this.summed = new boolean[lists.length];
  }

  private static PostingList[] lists(SparseIndex index, SparseVector query, double norm) {
    PostingList[] lists = new PostingList[query.count()];
    int count = 0;
    for (int i = 0; i < query.count(); i++) {
      int term = query.value(i) == 0f ? -1 : index.term(query.index(i));
      if (term >= 0) {
        lists[count++] = new PostingList(index, term, query.value(i), norm);
      }
    }
    return Arrays.copyOf(lists, count);
  }

  /**
   * Offers rows.
   *
   * @param firstOrdinal of row 0
   * @param live which rows may be in the answer; null for all
   */
  public void run(long firstOrdinal, @Nullable IntPredicate live) {
    long[] shared = new long[index.present.length];
    for (long from = 0; from < index.rowCount; from += WINDOW_ROWS) {
      int to = (int) Math.min(index.rowCount, from + WINDOW_ROWS);
      window((int) from, to, firstOrdinal, live, shared);
    }
    if (search.distance(0, 1) <= search.bound()) {
      offerOthers(shared, firstOrdinal, live);
    }
  }

  /**
   * Offers rows.
   *
   * @param matching those that may be in the answer
   */
  public void run(long firstOrdinal, RoaringBitmap matching) {
    long components = 0;
    for (PostingList list : lists) {
      components += list.components();
    }
    if (matching.getLongCardinality() * lists.length * LOOKUP_COST > components) {
      run(firstOrdinal, matching::contains);
      return;
    }
    PeekableIntIterator rows = matching.getIntIterator();
    while (rows.hasNext()) {
      int row = rows.next();
      if (index.isPresent(row)) {
        offer(row, firstOrdinal);
      }
    }
  }

  private void offer(int row, long firstOrdinal) {
    double dot = 0;
    for (PostingList list : lists) {
      dot += (double) list.weight * list.value(row);
    }
    search.add(search.distance(dot, norm(row)), firstOrdinal + row);
  }

  private double norm(int row) {
    return cosine ? index.norms[row] : 1;
  }

  /** True if a row whose score is that much at most, in the scale of scores, is in no answer. */
  private boolean isOut(double most) {
    // 1 - x and 0 - x are monotone under rounding, too.
    return (cosine ? 1 - (most + slack) : 0 - (most + slack)) > search.bound();
  }

  private void window(
      int from, int to, long firstOrdinal, @Nullable IntPredicate live, long[] shared) {
    int leftOut = leaveOut(from, to);
    if (leftOut == lists.length) {
      return;
    }
    for (int i = 0; i < lists.length; i++) {
      if (summed[i]) {
        lists[i].addTo(from, to, sums, marks, buffer);
      }
    }
    for (int word = 0; word < marks.length; word++) {
      long marked = marks[word];
      if (marked == 0) {
        continue;
      }
      marks[word] = 0;
      shared[(from >> 6) + word] = marked;
      for (; marked != 0; marked &= marked - 1) {
        int at = (word << 6) + Long.numberOfTrailingZeros(marked);
        double sum = sums[at];
        sums[at] = 0;
        int row = from + at;
        if (leftOut == 0) {
          double distance = search.distance(sum, norm(row));
          if (distance <= search.bound() && (live == null || live.test(row))) {
            search.add(distance, firstOrdinal + row);
          }
        } else {
          complete(row, sum, leftOut, firstOrdinal, live);
        }
      }
    }
  }

  /**
   * Orders the lists by what they add at most in a window, and says how many of the first cannot
   * lift a row to the answer by themselves.
   */
  private int leaveOut(int from, int to) {
    for (int i = 0; i < lists.length; i++) {
      bounds[i] = lists[i].bound(from, to);
    }
    sortOrder();
    int leftOut = 0;
    for (int i = 0; i < order.length; i++) {
      sumBefore[i + 1] = sumBefore[i] + bounds[order[i]];
      if (leftOut == i && isOut(sumBefore[i + 1])) {
        leftOut++;
      }
    }
    for (int i = 0; i < order.length; i++) {
      summed[order[i]] = i >= leftOut;
    }
    return leftOut;
  }

  private void sortOrder() {
    for (int i = 0; i < order.length; i++) {
      // Bounds are not negative, so that their bits are in their order.
      keys[i] = (long) Float.floatToIntBits((float) bounds[i]) << Integer.SIZE | i;
    }
    Arrays.sort(keys);
    for (int i = 0; i < order.length; i++) {
      order[i] = (int) keys[i];
    }
  }

  /** Looks a row up in lists left out, until it is out or its score is known. */
  private void complete(
      int row, double sum, int leftOut, long firstOrdinal, @Nullable IntPredicate live) {
    double toScale = cosine ? 1 / (search.queryNorm() * index.norms[row]) : 1;
    double part = sum * toScale;
    if (isOut(part + sumBefore[leftOut]) || (live != null && !live.test(row))) {
      return;
    }
    for (int i = leftOut - 1; i >= 0; i--) {
      PostingList list = lists[order[i]];
      part += (double) list.weight * list.value(row) * toScale;
      if (isOut(part + sumBefore[i])) {
        return;
      }
    }
    offer(row, firstOrdinal);
  }

  /** Offers the rows that share no component with the query. */
  private void offerOthers(long[] shared, long firstOrdinal, @Nullable IntPredicate live) {
    for (int word = 0; word < shared.length; word++) {
      for (long left = index.present[word] & ~shared[word]; left != 0; left &= left - 1) {
        int row = (word << 6) + Long.numberOfTrailingZeros(left);
        if (live == null || live.test(row)) {
          search.add(search.distance(0, norm(row)), firstOrdinal + row);
        }
      }
    }
  }
}
