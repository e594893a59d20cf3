package io.proximadb.index.approximate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What searches of one index reach, measured when it was built: rows of the file were searched for
 * as if they were not in it, and the answers compared with those of a comparison with every row.
 * Immutable.
 */
public final class Calibration {
  /** Nothing was measured. */
  public static final Calibration NONE = new Calibration(List.of());

  /** Shares of live rows that are measured, drawn at random, in thousandths. */
  public static final List<Integer> SHARES = List.of(1_000, 500, 200, 50);

  /** Sizes of answers that are measured. */
  public static final List<Integer> SIZES = List.of(10, 100);

  /** A recall that is less by that is as good where it saves the reading of vectors. */
  private static final float NEXT_TO_BEST = 0.002f;

  /** Rows may change what a walk finds by that much; an index that lost more is built anew. */
  private static final double MOST_WORSE = 0.01;

  /**
   * A way to search.
   *
   * @param share of live rows, of {@link #SHARES}
   * @param k size of answers, of {@link #SIZES}
   * @param effort of a walk, in the index's own measure; 0 for a look at the codes of all live rows
   * @param rank rows whose vectors are read
   * @param scored rows scored by their codes, on average
   * @param recall on average
   * @param certain what the recall is above by one standard error
   */
  public record Point(
      int share, int k, int effort, int rank, float scored, float recall, float certain) {
    /** True if the codes of all live rows are looked at. */
    public boolean isScan() {
      return effort == 0;
    }
  }

  /** What ways to search cost in an index. */
  public interface Cost {
    /**
     * Nanoseconds, about.
     *
     * @param liveRows of the search
     */
    double nanos(Point way, long liveRows);
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
  public Calibration(List<Point> points) {
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

  /** What was measured. */
  public List<Point> points() {
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
          && all.effort() == point.effort()
          && all.rank() == point.rank()
          && all.certain() < point.certain()) {
        return new Point(
            point.share(),
            point.k(),
            point.effort(),
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
  public @Nullable Point cheapest(int k, double share, long liveRows, double recall, Cost cost) {
    Point walk = cheapestOf(walks(k, share), liveRows, recall, cost);
    Point scan = cheapestOf(scans(k), liveRows, recall, cost);
    if (walk == null || scan == null) {
      return walk == null ? scan : walk;
    }
    return cost.nanos(walk, liveRows) <= cost.nanos(scan, liveRows) ? walk : scan;
  }

  private static @Nullable Point cheapestOf(
      List<Point> points, long liveRows, double recall, Cost cost) {
    Point best = null;
    double bestNanos = Double.POSITIVE_INFINITY;
    for (Point point : points) {
      if (point.certain() >= recall) {
        double nanos = cost.nanos(point, liveRows);
        if (nanos < bestNanos) {
          best = point;
          bestNanos = nanos;
        }
      }
    }
    return best == null ? null : lessened(best, points, recall);
  }

  /**
   * The same way with as little effort as still reaches a recall: between two efforts that were
   * measured, recall is taken to be on a line over the effort's logarithm. It lies above it, since
   * each doubling brings less than the one before.
   */
  private static Point lessened(Point way, List<Point> points, double recall) {
    Point below = null;
    for (Point point : points) {
      if (point.rank() == way.rank()
          && point.effort() < way.effort()
          && (below == null || point.effort() > below.effort())) {
        below = point;
      }
    }
    if (below == null || below.certain() >= recall || below.scored() > way.scored()) {
      return way;
    }
    double part = (recall - below.certain()) / (way.certain() - below.certain());
    int effort =
        (int) Math.ceil(below.effort() * Math.pow((double) way.effort() / below.effort(), part));
    if (effort >= way.effort()) {
      return way;
    }
    // Rounded up to a whole effort, it reaches a little more.
    double reached =
        Math.log((double) effort / below.effort())
            / Math.log((double) way.effort() / below.effort());
    return new Point(
        way.share(),
        way.k(),
        effort,
        way.rank(),
        between(below.scored(), way.scored(), reached),
        between(below.recall(), way.recall(), reached),
        between(below.certain(), way.certain(), reached));
  }

  private static float between(float below, float above, double part) {
    return (float) (below + part * ((double) above - below));
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
   * A walk of so much effort, or less: the one that ranks the fewest rows for a recall next to the
   * best. Null if none was measured.
   */
  public @Nullable Point walkOf(int k, double share, int effort) {
    Point best = null;
    for (Point point : walks(k, share)) {
      if (point.effort() <= effort && (best == null || point.recall() > best.recall())) {
        best = point;
      }
    }
    if (best == null) {
      return null;
    }
    Point least = best;
    for (Point point : walks(k, share)) {
      if (point.effort() == best.effort()
          && point.rank() < least.rank()
          && point.recall() >= best.recall() - NEXT_TO_BEST) {
        least = point;
      }
    }
    return least;
  }

  /** True if walks among all rows find as much as those of another index of the same effort. */
  public boolean isAsGoodAs(Calibration other) {
    double difference = 0;
    int compared = 0;
    for (Point point : walks(SIZES.get(0), 1)) {
      for (Point before : other.walks(SIZES.get(0), 1)) {
        if (point.effort() == before.effort() && point.rank() == before.rank()) {
          difference += point.recall() - before.recall();
          compared++;
        }
      }
    }
    return compared > 0 && difference / compared > -MOST_WORSE;
  }

  /**
   * How few rows a walk among all rows scores that reaches a recall, for the smallest answers.
   *
   * @return empty if none reaches it
   */
  public OptionalDouble leastScored(double recall) {
    return walks(SIZES.get(0), 1).stream()
        .filter(point -> point.recall() >= recall)
        .mapToDouble(Point::scored)
        .min();
  }

  /** The best scan for answers of that size, or null if none was measured. */
  public @Nullable Point bestScan(int k) {
    Point best = null;
    for (Point point : scans(k)) {
      if (best == null || point.certain() > best.certain()) {
        best = point;
      }
    }
    return best;
  }
}
