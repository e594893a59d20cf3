package io.proximadb.index.hnsw;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexAnswer;
import io.proximadb.index.IndexQuery;
import io.proximadb.index.VectorSearcher;
import io.proximadb.index.approximate.Calibration;
import io.proximadb.index.approximate.Candidates;
import io.proximadb.index.approximate.ExactScores;
import io.proximadb.index.approximate.MeasuredSearch;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.DistanceFunction;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.BatchIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Searches an index: walks its graph by codes and ranks the nearest rows by their vectors. Keeps
 * what one thread needs, a bit for each row among it; not safe for use by several, cheap enough for
 * one each.
 */
public final class HnswSearcher implements VectorSearcher, MeasuredSearch {
  /** Rows that a walk keeps at most; an exact search is the better way before that. */
  public static final int MAX_EF = 16_384;

  /** Below that share of the expected live rows next to a query, these lie apart from it. */
  private static final double APART_SHARE = 0.6;

  /** Rows whose codes are looked at in one go. */
  private static final int SCAN_ROWS = 256;

  /** What a walk keeps of which nothing was measured, for each row of the answer. */
  private static final int USUAL_EFFORT = 8;

  /** Rows of which a walk with an effort set by hand reads the vectors, for each of the answer. */
  private static final int USUAL_RANKED = 3;

  /** Rows near the live ones that a walk with a filter may go through for each that it keeps. */
  private static final int FRONTIER_SHARE = 4;

  /** Stands for no row. */
  static final int NO_ROW = -1;

  private final HnswIndex index;
  private final GraphWalker walker;
  private final ExactScores exact;
  private final Calibration.Cost cost;
  private final Candidates found = new Candidates();
  private final Candidates frontier = new Candidates();

  /**
   * A searcher.
   *
   * @param rows that the index was built of; read while the searcher is used
   */
  public HnswSearcher(HnswIndex index, VectorRows rows) {
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
    this.walker = new GraphWalker(index.graph(), index.codes());
    this.exact = new ExactScores(rows);
    this.cost = new GraphCost(index.codes());
  }

  /**
   * Finds rows near a query.
   *
   * @param k rows wanted, at least 1
   * @param ef rows that the walk keeps, {@code rank} to {@value #MAX_EF}: more find more of the
   *     nearest and take longer
   * @param rank rows whose vectors are read, at least {@code k}: more make up for the error of the
   *     codes
   * @param live which rows may be in the answer; null for all
   */
  public HnswHits search(float[] query, int k, int ef, int rank, @Nullable IntPredicate live) {
    if (k < 1 || rank < k || ef < rank || ef > MAX_EF) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid search: k=%d, rank=%d, ef=%d (expected 1 <= k <= rank <= ef <= %d)",
              k,
              rank,
              ef,
              MAX_EF));
    }
    long scored = walk(query, ef, NO_ROW, live);
    DistanceFunction distance = DistanceFunction.of(index.metric(), query);
    return ranked(distance, k, Math.min(rank, found.size()), scored);
  }

  /**
   * Walks the graph; what was found is kept, by estimates.
   *
   * @param skipped a row to pass by, or {@link #NO_ROW}
   * @return rows scored
   */
  long walk(float[] query, int ef, int skipped, @Nullable IntPredicate live) {
    long before = walker.scored();
    walker.aimAt(query);
    int start = walker.entryRow();
    if (skipped != NO_ROW) {
      start = walker.besides(skipped, start);
      walker.skip(skipped);
    }
    found.reset(Math.min(ef, index.rowCount()));
    if (live == null) {
      walker.beam(0, start, found);
    } else {
      frontier.reset(Math.min(FRONTIER_SHARE * ef, index.rowCount()));
      walker.liveBeam(start, live, frontier, found);
    }
    return walker.scored() - before;
  }

  /**
   * Looks at the codes of all rows but one; those found are kept, by estimates.
   *
   * @param limit rows to keep
   * @return rows scored
   */
  @Override
  public long scan(float[] query, int limit, int skipped) {
    return scan(query, limit, row -> row != skipped, null);
  }

  private long scan(
      float[] query, int limit, @Nullable IntPredicate live, @Nullable RoaringBitmap matching) {
    long before = walker.scored();
    walker.aimAt(query);
    found.reset(Math.min(limit, index.rowCount()));
    int[] rows = new int[SCAN_ROWS];
    if (matching != null) {
      BatchIterator batches = matching.getBatchIterator();
      while (batches.hasNext()) {
        walker.offerAll(rows, batches.nextBatch(rows), found);
      }
    } else {
      int count = 0;
      for (int row = 0; row < index.rowCount(); row++) {
        if (live == null || live.test(row)) {
          rows[count++] = row;
        }
        if (count == rows.length) {
          walker.offerAll(rows, count, found);
          count = 0;
        }
      }
      walker.offerAll(rows, count, found);
    }
    return walker.scored() - before;
  }

  @Override
  public long walk(float[] query, int effort, int limit, int skipped, @Nullable IntPredicate live) {
    return walk(query, effort, skipped, live);
  }

  @Override
  public int mostFound(int effort) {
    return effort;
  }

  @Override
  public Candidates found() {
    return found;
  }

  /**
   * Chooses between a walk and a look at the codes of all rows that may be in the answer by what
   * was measured, and turns to the latter where a walk meets too few of these rows: then they lie
   * apart from what is near the query.
   */
  @Override
  public @Nullable IndexAnswer search(IndexQuery query) {
    int k = (int) Math.min(query.k(), query.liveRows());
    double share = query.liveRows() / (double) index.rowCount();
    Calibration calibration = index.calibration();
    if (query.effort() > 0) {
      int ef = Math.max(k, Math.min(MAX_EF, query.effort()));
      Calibration.Point near = calibration.walkOf(query.k(), share, ef);
      int rank = near == null ? USUAL_RANKED * k : near.rank();
      OptionalDouble recall =
          near == null || query.k() > near.k()
              ? OptionalDouble.empty()
              : OptionalDouble.of(near.recall());
      return walked(query, k, ef, Math.max(k, Math.min(ef, rank)), recall);
    }
    Calibration.Point point =
        calibration.cheapest(query.k(), share, query.liveRows(), query.recall(), cost);
    if (point == null) {
      return null;
    }
    // A point stands for smaller answers as it is, for greater ones in proportion.
    int times = Math.max(1, (query.k() + point.k() - 1) / point.k());
    int rank = (int) Math.min((long) times * point.rank(), query.liveRows());
    OptionalDouble recall = times == 1 ? OptionalDouble.of(point.recall()) : OptionalDouble.empty();
    if (point.isScan()) {
      return scanned(query, k, Math.max(k, rank), recall, "");
    }
    int ef = Math.min(MAX_EF, times * point.effort());
    return ef < k ? null : walked(query, k, ef, Math.max(k, Math.min(ef, rank)), recall);
  }

  private IndexAnswer walked(IndexQuery query, int k, int ef, int rank, OptionalDouble recall) {
    long scored = walk(query.vector(), ef, NO_ROW, query.live());
    if (found.size() < Math.min(ef, query.liveRows()) || liesApart(query, ef)) {
      Calibration.Point scan = index.calibration().bestScan(query.k());
      int times = scan == null ? 1 : Math.max(1, (query.k() + scan.k() - 1) / scan.k());
      return scanned(
          query,
          k,
          (int) Math.min(query.liveRows(), scan == null ? USUAL_EFFORT * k : times * scan.rank()),
          scan == null || times > 1 ? OptionalDouble.empty() : OptionalDouble.of(scan.recall()),
          ", since the rows wanted lie apart from the query");
    }
    HnswHits hits = ranked(query.distance(), k, Math.min(rank, found.size()), scored);
    return new IndexAnswer(
        hits.rows(), hits.scores(), hits.rowsRanked(), recall, "walk" + byBits(), ef, scored);
  }

  private String byBits() {
    int bits = index.codes().bits();
    return bits == CodedRows.INT8_BITS ? "" : " by " + bits + " bits";
  }

  /**
   * True if of the rows next to the query far fewer are live than of all: walks find the nearest of
   * rows that lie at random among the others, not those beyond a region of others.
   */
  private boolean liesApart(IndexQuery query, int ef) {
    IntPredicate live = query.live();
    if (live == null) {
      return false;
    }
    int near = Math.min(ef, frontier.size());
    int liveNear = 0;
    for (int i = 0; i < near; i++) {
      liveNear += live.test(frontier.node(i)) ? 1 : 0;
    }
    double expected = near * (query.liveRows() / (double) index.rowCount());
    return liveNear < APART_SHARE * expected;
  }

  private IndexAnswer scanned(
      IndexQuery query, int k, int rank, OptionalDouble recall, String reason) {
    long scored = scan(query.vector(), rank, query.live(), query.matching());
    HnswHits hits = ranked(query.distance(), k, found.size(), scored);
    return new IndexAnswer(
        hits.rows(),
        hits.scores(),
        hits.rowsRanked(),
        recall,
        "codes" + byBits() + reason,
        rank,
        scored);
  }

  /** Puts the first of those found in the order of their exact scores; equal ones by row. */
  private HnswHits ranked(DistanceFunction distance, int k, int count, long scored) {
    ExactScores.Ranked ranked = exact.ranked(distance, found, k, count);
    return new HnswHits(ranked.rows(), ranked.scores(), scored, count);
  }
}
