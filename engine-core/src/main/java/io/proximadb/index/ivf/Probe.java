package io.proximadb.index.ivf;

import io.proximadb.index.approximate.BestEstimates;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.quantize.Int8Query;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What one query keeps while rows are scored by their codes: the best of them. Scores are estimates
 * less what all rows have in common for the query. Not safe for use by several threads.
 */
final class Probe {
  /** Rows scored in one go: with their codes they fit the nearest cache. */
  static final int CHUNK_ROWS = 128;

  private static final CodeKernels KERNELS = Kernels.best().codes();

  private final IvfIndex index;
  private final int rowBytes;
  private final int[] query;
  private final int[] dots = new int[CHUNK_ROWS];
  private final int[] offsets = new int[CHUNK_ROWS];
  private final int[] positions = new int[CHUNK_ROWS];
  private int gathered;
  private float factor;

  /** The nearest rows by estimates. */
  final BestEstimates found = new BestEstimates();

  /** Rows that were looked at and near enough to be asked whether they are live, and these. */
  private long near;

  private long liveNear;
  private long scored;

  Probe(IvfIndex index) {
    this.index = index;
    this.rowBytes = index.quantizer.rowBytes();
    this.query = new int[rowBytes];
  }

  /**
   * Begins a search.
   *
   * @param limit rows to keep
   */
  void aim(Int8Query target, int limit) {
    System.arraycopy(target.codes(), 0, query, 0, rowBytes);
    factor = target.factor();
    found.reset(Math.min(limit, index.rowCount()));
    near = 0;
    liveNear = 0;
    scored = 0;
  }

  /** Rows scored since {@link #aim}. */
  long scored() {
    return scored;
  }

  /** The share of live rows among those near the query; 1 if all were taken to be live. */
  double liveShareNear() {
    return near == 0 ? 1 : liveNear / (double) near;
  }

  /** Estimates for all centroids. */
  void scoreCentroids(float[] scores) {
    byte[] centroids = index.centroids;
    for (int first = 0; first < scores.length; first += CHUNK_ROWS) {
      int count = Math.min(CHUNK_ROWS, scores.length - first);
      KERNELS.dotRows(query, centroids, first * rowBytes, rowBytes, count, dots);
      for (int i = 0; i < count; i++) {
        int at = (first + i) * rowBytes;
        scores[first + i] = index.quantizer.correction(centroids, at) - factor * dots[i];
      }
    }
  }

  /**
   * Scores the rows of positions in a row, at most {@link #CHUNK_ROWS}.
   *
   * @param skipped a row that is passed by, or -1
   * @param live asked of rows that are near enough; null for all
   */
  void chunk(int first, int count, int skipped, @Nullable IntPredicate live) {
    byte[] codes = index.codes;
    int at = IvfIndex.FIRST_ROW + first * rowBytes;
    KERNELS.dotRows(query, codes, at, rowBytes, count, dots);
    scored += count;
    for (int i = 0; i < count; i++, at += rowBytes) {
      float estimate = index.quantizer.correction(codes, at) - factor * dots[i];
      if (estimate < found.worst()) {
        offer(estimate, index.lists.row(first + i), skipped, live);
      }
    }
  }

  private void offer(float estimate, int row, int skipped, @Nullable IntPredicate live) {
    if (row == skipped) {
      return;
    }
    if (live == null) {
      found.offer(estimate, row);
      return;
    }
    near++;
    if (live.test(row)) {
      liveNear++;
      found.offer(estimate, row);
    }
  }

  /** Scores the rows of a list. */
  void list(int list, int skipped, @Nullable IntPredicate live) {
    int end = index.lists.start(list + 1);
    for (int first = index.lists.start(list); first < end; first += CHUNK_ROWS) {
      chunk(first, Math.min(CHUNK_ROWS, end - first), skipped, live);
    }
  }

  /** Scores a row that is in the answer's reach, now or with others. */
  void gather(int row) {
    positions[gathered] = index.lists.position(row);
    offsets[gathered] = IvfIndex.FIRST_ROW + positions[gathered] * rowBytes;
    if (++gathered == CHUNK_ROWS) {
      scoreGathered();
    }
  }

  /** Scores the rows that wait for others. */
  void scoreGathered() {
    KERNELS.dotGathered(query, index.codes, offsets, gathered, dots);
    scored += gathered;
    for (int i = 0; i < gathered; i++) {
      float estimate = index.quantizer.correction(index.codes, offsets[i]) - factor * dots[i];
      if (estimate < found.worst()) {
        found.offer(estimate, index.lists.row(positions[i]));
      }
    }
    gathered = 0;
  }
}
