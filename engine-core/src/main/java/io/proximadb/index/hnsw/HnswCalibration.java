package io.proximadb.index.hnsw;

import io.proximadb.vector.quantize.Int8Quantizer;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What searches of one index reach, measured when it was built: rows of the file were searched for
 * as if they were not in it, and the answers compared with those of a comparison with every row.
 * Immutable.
 *
 * @param points in no order; none if nothing could be measured
 */
record HnswCalibration(List<Point> points) {
  static final HnswCalibration NONE = new HnswCalibration(List.of());

  /** Shares of live rows that are measured, drawn at random, in thousandths. */
  static final List<Integer> SHARES = List.of(1_000, 500, 200, 50);

  /** Sizes of answers that are measured. */
  static final List<Integer> SIZES = List.of(10, 100);

  /** Bytes that pass in a nanosecond where rows lie anywhere, about. */
  private static final double BYTES_A_NANO = 8;

  /** What a row costs beside its bytes, in nanoseconds, about. */
  private static final double ROW_NANOS = 25;

  /** The same where rows are looked at one after the other. */
  private static final double SCANNED_ROW_NANOS = 10;

  /**
   * A way to search.
   *
   * @param share of live rows, of {@link #SHARES}
   * @param k size of answers, of {@link #SIZES}
   * @param ef rows that a walk keeps; 0 for a look at the codes of all live rows
   * @param rank rows whose vectors are read
   * @param scored rows scored by their codes, on average
   * @param recall on average
   * @param certain what the recall is above by one standard error
   */
  record Point(int share, int k, int ef, int rank, float scored, float recall, float certain) {
    boolean isScan() {
      return ef == 0;
    }
  }

  HnswCalibration {
    points = List.copyOf(points);
  }

  /**
   * The cheapest way that reaches a recall.
   *
   * @param k of the search
   * @param share of rows that are live
   * @param liveRows how many these are
   * @return null if none does
   */
  @Nullable Point cheapest(
      int k, double share, long liveRows, double recall, Int8Quantizer quantizer) {
    Point best = null;
    double bestNanos = Double.POSITIVE_INFINITY;
    for (Point point : points) {
      if (point.k() == sizeFor(k) && fits(point, share) && point.certain() >= recall) {
        double nanos = nanos(point, liveRows, quantizer);
        if (nanos < bestNanos) {
          best = point;
          bestNanos = nanos;
        }
      }
    }
    return best;
  }

  private static double nanos(Point point, long liveRows, Int8Quantizer quantizer) {
    double ranked = point.rank() * (ROW_NANOS + quantizer.dimension() * Float.BYTES / BYTES_A_NANO);
    return ranked
        + (point.isScan()
            ? (double) liveRows * (SCANNED_ROW_NANOS + quantizer.rowBytes() / (2 * BYTES_A_NANO))
            : point.scored() * (ROW_NANOS + quantizer.rowBytes() / BYTES_A_NANO));
  }

  /** Scans do not depend on who is live; walks are measured by classes of it. */
  private boolean fits(Point point, double share) {
    return point.isScan() || point.share() == shareFor(share);
  }

  /** The largest share measured that is not above one; 0 if all are above. */
  private int shareFor(double share) {
    int best = 0;
    for (Point point : points) {
      if (!point.isScan() && point.share() <= 1_000 * share) {
        best = Math.max(best, point.share());
      }
    }
    return best;
  }

  /** The smallest size measured that is not below k; the largest for greater ones. */
  static int sizeFor(int k) {
    for (int size : SIZES) {
      if (k <= size) {
        return size;
      }
    }
    return SIZES.get(SIZES.size() - 1);
  }

  /** The recall of walks that keep so many rows or fewer, if any was measured for such answers. */
  OptionalDouble recallOf(int k, double share, int ef, int rank) {
    if (k > SIZES.get(SIZES.size() - 1)) {
      return OptionalDouble.empty();
    }
    return points.stream()
        .filter(point -> !point.isScan() && point.k() == sizeFor(k) && fits(point, share))
        .filter(point -> point.ef() <= ef && point.rank() <= rank)
        .mapToDouble(Point::recall)
        .max();
  }

  /** The best scan for answers of that size, or null if none was measured. */
  @Nullable Point bestScan(int k) {
    Point best = null;
    for (Point point : points) {
      if (point.isScan()
          && point.k() == sizeFor(k)
          && (best == null || point.certain() > best.certain())) {
        best = point;
      }
    }
    return best;
  }
}
