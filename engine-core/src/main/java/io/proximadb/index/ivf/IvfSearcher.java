package io.proximadb.index.ivf;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexAnswer;
import io.proximadb.index.IndexQuery;
import io.proximadb.index.VectorSearcher;
import io.proximadb.index.approximate.BestEstimates;
import io.proximadb.index.approximate.Calibration;
import io.proximadb.index.approximate.ExactScores;
import io.proximadb.index.approximate.FoundRows;
import io.proximadb.index.approximate.MeasuredSearch;
import io.proximadb.storage.VectorRows;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Searches an index: looks at the codes of the rows in the lists nearest to a query and ranks the
 * best by their vectors. Keeps what one thread needs; not safe for use by several, cheap enough for
 * one each.
 */
public final class IvfSearcher implements VectorSearcher, MeasuredSearch {
  /** Below that share of the expected live rows near a query, these lie apart from it. */
  private static final double APART_SHARE = 0.6;

  /** Of more of the rows the codes of all are read in their order. */
  private static final double MOST_GATHERED = 0.5;

  /** Rows whose vectors are read for each of the answer, of a kind that was not measured. */
  private static final int USUAL_RANKED = 3;

  /** The same where the codes of all rows were looked at. */
  private static final int USUAL_SCAN_RANKED = 8;

  /** Stands for no row. */
  private static final int NO_ROW = -1;

  private final IvfIndex index;
  private final ExactScores exact;
  private final Calibration.Cost cost;
  private final Probe probe;
  private final float[] centroidScores;
  private final BestEstimates order = new BestEstimates();

  /**
   * A searcher.
   *
   * @param rows that the index was built of; read while the searcher is used
   */
  IvfSearcher(IvfIndex index, VectorRows rows) {
    if (rows.rowCount() != index.rowCount() || rows.dimension() != index.dimension()) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid rows: %d x %d (expected the %d x %d that the index was built of)",
              rows.rowCount(),
              rows.dimension(),
              index.rowCount(),
              index.dimension()));
    }
    this.index = index;
    this.exact = new ExactScores(rows);
    this.cost = new ListCost(index);
    this.probe = new Probe(index);
    this.centroidScores = new float[index.listCount()];
  }

  @Override
  public int mostFound(int effort) {
    return index.rowCount();
  }

  @Override
  public FoundRows found() {
    return probe.found;
  }

  @Override
  public long walk(float[] query, int effort, int limit, int skipped, @Nullable IntPredicate live) {
    begin(query, limit, effort);
    for (int i = 0; i < Math.min(effort, order.size()); i++) {
      probe.list(order.node(i), skipped, live);
    }
    return probe.scored();
  }

  /** Aims at a query, and puts the nearest lists in order. */
  private void begin(float[] query, int limit, int nearest) {
    probe.aim(query, limit);
    probe.scoreCentroids(centroidScores);
    rankLists(nearest);
  }

  private void rankLists(int nearest) {
    order.reset(Math.min(nearest, centroidScores.length));
    for (int list = 0; list < centroidScores.length; list++) {
      order.offer(centroidScores[list], list);
    }
  }

  @Override
  public long scan(float[] query, int limit, int skipped) {
    probe.aim(query, limit);
    scanInOrder(skipped, null);
    return probe.scored();
  }

  private void scanInOrder(int skipped, @Nullable IntPredicate live) {
    for (int first = 0; first < index.rowCount(); first += Probe.CHUNK_ROWS) {
      int count = Math.min(Probe.CHUNK_ROWS, index.rowCount() - first);
      probe.chunk(first, count, skipped, live);
    }
  }

  /**
   * Chooses between the nearest lists and a look at the codes of all rows that may be in the answer
   * by what was measured, and turns to the latter where lists hold too few of these rows: then they
   * lie apart from what is near the query.
   */
  @Override
  public @Nullable IndexAnswer search(IndexQuery query) {
    Way way = way(query);
    if (way == null) {
      return null;
    }
    return way.lists() == 0 ? scanned(query, way, "") : listed(query, way);
  }

  /**
   * How a query is answered.
   *
   * @param lists to look at; 0 for the codes of all rows
   * @param ranked rows whose vectors are read
   * @param byHand true if the number of lists was asked for
   */
  record Way(int lists, int ranked, OptionalDouble recall, boolean byHand) {}

  /** What was measured to reach the recall asked for; null if nothing is. */
  @Nullable Way way(IndexQuery query) {
    int k = (int) Math.min(query.k(), query.liveRows());
    double share = query.liveRows() / (double) index.rowCount();
    Calibration.Point point;
    if (query.effort() > 0) {
      int lists = Math.min(query.effort(), index.listCount());
      point = index.calibration.walkOf(query.k(), share, lists);
      return point == null
          ? new Way(lists, USUAL_RANKED * k, OptionalDouble.empty(), true)
          : new Way(lists, ranked(query, k, point), recall(query, point), true);
    }
    point = index.calibration.cheapest(query.k(), share, query.liveRows(), query.recall(), cost);
    if (point == null) {
      return null;
    }
    long lists = (long) times(query, point) * point.effort();
    return new Way(
        (int) Math.min(index.listCount(), lists),
        ranked(query, k, point),
        recall(query, point),
        false);
  }

  /** A point stands for smaller answers as it is, for greater ones in proportion. */
  private static int times(IndexQuery query, Calibration.Point point) {
    return Math.max(1, (query.k() + point.k() - 1) / point.k());
  }

  private static int ranked(IndexQuery query, int k, Calibration.Point point) {
    long ranked = Math.min((long) times(query, point) * point.rank(), query.liveRows());
    return (int) Math.max(k, ranked);
  }

  private static OptionalDouble recall(IndexQuery query, Calibration.Point point) {
    return times(query, point) == 1 ? OptionalDouble.of(point.recall()) : OptionalDouble.empty();
  }

  /** Looks at the nearest lists, and at more until there are as many rows as wanted. */
  private IndexAnswer listed(IndexQuery query, Way way) {
    begin(query.vector(), way.ranked(), way.lists());
    int lists = 0;
    while (lists < way.lists()) {
      probe.list(order.node(lists++), NO_ROW, query.live());
    }
    if (!way.byHand() && liesApart(query, way)) {
      return apart(query);
    }
    long wanted = Math.min(query.k(), query.liveRows());
    while (probe.found.size() < wanted && lists < index.listCount()) {
      if (lists == order.size()) {
        rankLists(2 * lists);
      }
      probe.list(order.node(lists++), NO_ROW, query.live());
    }
    return answer(
        query,
        probe,
        way,
        lists,
        String.format(Locale.ROOT, "%d of %d lists%s", lists, index.listCount(), products()));
  }

  /**
   * True if of the rows near the query far fewer are live than of all, or too few were found: the
   * nearest lists hold the nearest of rows that lie at random among others, not those beyond a
   * region of others.
   */
  private boolean liesApart(IndexQuery query, Way way) {
    double share = query.liveRows() / (double) index.rowCount();
    return probe.found.size() < way.ranked() || probe.liveShareNear() < APART_SHARE * share;
  }

  private IndexAnswer apart(IndexQuery query) {
    int k = (int) Math.min(query.k(), query.liveRows());
    Calibration.Point scan = index.calibration.bestScan(query.k());
    Way way =
        scan == null
            ? new Way(
                0,
                (int) Math.min(query.liveRows(), (long) USUAL_SCAN_RANKED * k),
                OptionalDouble.empty(),
                false)
            : new Way(0, ranked(query, k, scan), recall(query, scan), false);
    return scanned(query, way, ", since the rows wanted lie apart from the query");
  }

  private IndexAnswer scanned(IndexQuery query, Way way, String reason) {
    probe.aim(query.vector(), way.ranked());
    IntPredicate live = query.live();
    RoaringBitmap matching = query.matching();
    if (live == null || query.liveRows() > MOST_GATHERED * index.rowCount()) {
      scanInOrder(NO_ROW, live);
    } else if (matching != null) {
      for (IntIterator rows = matching.getIntIterator(); rows.hasNext(); ) {
        probe.gather(rows.next());
      }
    } else {
      for (int row = 0; row < index.rowCount(); row++) {
        if (live.test(row)) {
          probe.gather(row);
        }
      }
    }
    probe.scoreGathered();
    return answer(query, probe, way, way.ranked(), "codes" + products() + reason);
  }

  private String products() {
    return index.product == null
        ? ""
        : String.format(Locale.ROOT, " by %d bytes a row", index.product.parts());
  }

  private IndexAnswer answer(IndexQuery query, Probe of, Way way, int effort, String how) {
    int looked = Math.min(way.ranked(), of.found.size());
    ExactScores.Ranked ranked = exact.ranked(query.distance(), of.found, query.k(), looked);
    return new IndexAnswer(
        ranked.rows(), ranked.scores(), looked, way.recall(), how, effort, of.scored());
  }
}
