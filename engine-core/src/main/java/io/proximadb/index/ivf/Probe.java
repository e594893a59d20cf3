package io.proximadb.index.ivf;

import io.proximadb.index.approximate.BestEstimates;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.quantize.Int8Query;
import io.proximadb.vector.quantize.ProductQuantizer;
import io.proximadb.vector.quantize.ProductQuery;
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
  private final @Nullable ProductQuantizer product;
  private final int centroidBytes;
  private final int[] query;
  private float[] tables = {};
  private final int[] dots = new int[CHUNK_ROWS];
  private final float[] estimates = new float[CHUNK_ROWS];
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
    this.rowBytes = index.rowBytes();
    this.product = index.product;
    this.centroidBytes = index.quantizer.rowBytes();
    this.query = new int[centroidBytes];
  }

  /**
   * Begins a search.
   *
   * @param limit rows to keep
   */
  void aim(float[] vector, int limit) {
    Int8Query target;
    if (product == null) {
      target = index.quantizer.coarseQuery(vector);
    } else {
      ProductQuery products = product.coarseQuery(vector);
      tables = products.tables();
      target = products.coarse();
    }
    System.arraycopy(target.codes(), 0, query, 0, centroidBytes);
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
      KERNELS.dotRows(query, centroids, first * centroidBytes, centroidBytes, count, dots);
      for (int i = 0; i < count; i++) {
        int at = (first + i) * centroidBytes;
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
    for (int i = 0; i < count; i++) {
      offsets[i] = IvfIndex.FIRST_ROW + (first + i) * rowBytes;
    }
    if (product == null) {
      KERNELS.dotRows(query, index.codes, offsets[0], rowBytes, count, dots);
      ofDots(count);
    } else {
      ofProducts(product, count);
    }
    scored += count;
    for (int i = 0; i < count; i++) {
      if (estimates[i] < found.worst()) {
        offer(estimates[i], index.lists.row(first + i), skipped, live);
      }
    }
  }

  /** Makes estimates of dot products. */
  private void ofDots(int count) {
    for (int i = 0; i < count; i++) {
      estimates[i] = index.quantizer.correction(index.codes, offsets[i]) - factor * dots[i];
    }
  }

  private void ofProducts(ProductQuantizer quantizer, int count) {
    quantizer.sums(tables, index.codes, offsets, count, estimates);
    for (int i = 0; i < count; i++) {
      estimates[i] = quantizer.correction(index.codes, offsets[i]) - estimates[i];
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
    if (product == null) {
      KERNELS.dotGathered(query, index.codes, offsets, gathered, dots);
      ofDots(gathered);
    } else {
      ofProducts(product, gathered);
    }
    scored += gathered;
    for (int i = 0; i < gathered; i++) {
      if (estimates[i] < found.worst()) {
        found.offer(estimates[i], index.lists.row(positions[i]));
      }
    }
    gathered = 0;
  }
}
