package io.proximadb.index.hnsw;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What searches of one index reach, measured when it was built: rows of the file were searched for
 * as if they were not in it, and the answers compared with those of a comparison with every row.
 * Immutable.
 */
final class HnswCalibration {
  static final HnswCalibration NONE = new HnswCalibration(List.of());

  /** Shares of live rows that are measured, drawn at random, in thousandths. */
  static final List<Integer> SHARES = List.of(1_000, 500, 200, 50);

  /** Sizes of answers that are measured. */
  static final List<Integer> SIZES = List.of(10, 100);

  /** Bytes that pass in a nanosecond where rows lie anywhere, about. */
  private static final double BYTES_A_NANO = 8;

  /** A recall that is less by that is as good where it saves the reading of vectors. */
  private static final float NEXT_TO_BEST = 0.002f;

  /** Rows may change what a walk finds by that much; an index that lost more is built anew. */
  private static final double MOST_WORSE = 0.01;

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

  private final List<Point> points;

  /** Walks by size of answer and share, then scans by size. */
  private final Map<Integer, NavigableMap<Integer, List<Point>>> walks = new HashMap<>();

  private final Map<Integer, List<Point>> scans = new HashMap<>();

  /**
   * What was measured.
   *
   * @param points in no order; none if nothing could be
   */
  HnswCalibration(List<Point> points) {
    this.points = List.copyOf(points);
    for (Point measured : points) {
      Point point = besidesAll(measured);
      List<Point> alike =
          point.isScan()
              ? scans.computeIfAbsent(point.k(), k -> new ArrayList<>())
              : walks
                  .computeIfAbsent(point.k(), k -> new TreeMap<>())
                  .computeIfAbsent(point.share(), share -> new ArrayList<>());
      alike.add(point);
    }
  }

  List<Point> points() {
    return points;
  }

  /**
   * Where only a share of the rows is live, a walk that keeps as many is surer, if these lie at
   * random. If they lie about the query it is what it is among all rows, so no more is promised.
   */
  private Point besidesAll(Point point) {
    if (point.isScan() || point.share() == SHARES.get(0)) {
      return point;
    }
    for (Point all : points) {
      if (all.share() == SHARES.get(0)
          && all.k() == point.k()
          && all.ef() == point.ef()
          && all.rank() == point.rank()
          && all.certain() < point.certain()) {
        return new Point(
            point.share(),
            point.k(),
            point.ef(),
            point.rank(),
            point.scored(),
            all.recall(),
            all.certain());
      }
    }
    return point;
  }

  /** Walks among rows of the largest share measured that is not above one; none if all are. */
  private List<Point> walks(int k, double share) {
    NavigableMap<Integer, List<Point>> ofSize = walks.get(sizeFor(k));
    Map.Entry<Integer, List<Point>> fitting =
        ofSize == null ? null : ofSize.floorEntry((int) (1_000 * share));
    return fitting == null ? List.of() : fitting.getValue();
  }

  /** Looks at all codes, which do not depend on who is live. */
  private List<Point> scans(int k) {
    return scans.getOrDefault(sizeFor(k), List.of());
  }

  /**
   * The cheapest way that reaches a recall.
   *
   * @param k of the search
   * @param share of rows that are live
   * @param liveRows how many these are
   * @return null if none does
   */
  @Nullable Point cheapest(int k, double share, long liveRows, double recall, CodedRows codes) {
    Point walk = cheapestOf(walks(k, share), liveRows, recall, codes);
    Point scan = cheapestOf(scans(k), liveRows, recall, codes);
    if (walk == null || scan == null) {
      return walk == null ? scan : walk;
    }
    return nanos(walk, liveRows, codes) <= nanos(scan, liveRows, codes) ? walk : scan;
  }

  private static @Nullable Point cheapestOf(
      List<Point> points, long liveRows, double recall, CodedRows codes) {
    Point best = null;
    double bestNanos = Double.POSITIVE_INFINITY;
    for (Point point : points) {
      if (point.certain() >= recall) {
        double nanos = nanos(point, liveRows, codes);
        if (nanos < bestNanos) {
          best = point;
          bestNanos = nanos;
        }
      }
    }
    return best;
  }

  private static double nanos(Point point, long liveRows, CodedRows codes) {
    double ranked = point.rank() * (ROW_NANOS + codes.dimension * Float.BYTES / BYTES_A_NANO);
    return ranked
        + (point.isScan()
            ? (double) liveRows * (SCANNED_ROW_NANOS + codes.rowBytes / (2 * BYTES_A_NANO))
            : point.scored() * (ROW_NANOS + codes.rowBytes / BYTES_A_NANO));
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

  /**
   * A walk that keeps so many rows, or fewer: the one that ranks the fewest rows for a recall next
   * to the best. Null if none was measured.
   */
  @Nullable Point walkKeeping(int k, double share, int ef) {
    Point best = null;
    for (Point point : walks(k, share)) {
      if (point.ef() <= ef && (best == null || point.recall() > best.recall())) {
        best = point;
      }
    }
    if (best == null) {
      return null;
    }
    Point least = best;
    for (Point point : walks(k, share)) {
      if (point.ef() == best.ef()
          && point.rank() < least.rank()
          && point.recall() >= best.recall() - NEXT_TO_BEST) {
        least = point;
      }
    }
    return least;
  }

  /** True if walks among all rows find as much as those of another index that keep as many. */
  boolean isAsGoodAs(HnswCalibration other) {
    double difference = 0;
    int compared = 0;
    for (Point point : walks(SIZES.get(0), 1)) {
      for (Point before : other.walks(SIZES.get(0), 1)) {
        if (point.ef() == before.ef() && point.rank() == before.rank()) {
          difference += point.recall() - before.recall();
          compared++;
        }
      }
    }
    return compared > 0 && difference / compared > -MOST_WORSE;
  }

  /** The best scan for answers of that size, or null if none was measured. */
  @Nullable Point bestScan(int k) {
    Point best = null;
    for (Point point : scans(k)) {
      if (best == null || point.certain() > best.certain()) {
        best = point;
      }
    }
    return best;
  }
}
