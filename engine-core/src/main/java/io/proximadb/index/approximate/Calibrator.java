package io.proximadb.index.approximate;

import io.proximadb.index.IndexBuild;
import io.proximadb.model.Metric;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.DistanceFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Measures what searches of an index reach. Rows of the file are the queries; each is left out of
 * its own answer, and walks do not go through it: its links would lead straight to the answer.
 */
public final class Calibrator {
  /** Queries: the recall of an answer of ten is then known to within half of a hundredth. */
  private static final int QUERIES = 192;

  /** Rows that all queries are compared with before the next are read: they stay in a cache. */
  private static final int CHUNK_ROWS = 64;

  /** Rows ranked by their vectors, for each row of the answer, in tenths. */
  private static final int[] RANKS = {10, 14, 20, 28, 40, 80};

  /** No greater effort is looked at when all of that was found. */
  private static final double ENOUGH = 0.998;

  /**
   * Below so many rows times the square of the share a look at all codes is faster than a walk,
   * which meets its few hundred rows that many times over.
   */
  private static final double MIN_WALKED = 1_000;

  private final VectorRows rows;
  private final IndexBuild build;
  private final int dimension;
  private final int[] queryRows;
  private final DistanceFunction[] distances;
  private final float[][] queries;
  private final MeasuredSearch search;
  private final int[] efforts;
  private final ExactScores exact;

  /** By share, then query: the scores of the nearest rows. */
  private final Nearest[][] truth;

  private Calibrator(
      Metric metric, VectorRows rows, MeasuredSearch search, int[] efforts, IndexBuild build) {
    this.rows = rows;
    this.build = build;
    this.search = search;
    this.efforts = efforts;
    this.exact = new ExactScores(rows);
    this.dimension = rows.dimension();
    this.queryRows = drawQueries();
    this.queries = new float[queryRows.length][dimension];
    this.distances = new DistanceFunction[queryRows.length];
    for (int i = 0; i < queryRows.length; i++) {
      rows.copy(queryRows[i], 1, queries[i], 0);
      distances[i] = DistanceFunction.of(metric, queries[i]);
    }
    this.truth = new Nearest[Calibration.SHARES.size()][queryRows.length];
    for (Nearest[] ofShare : truth) {
      Arrays.setAll(ofShare, i -> new Nearest());
    }
  }

  /**
   * Measures searches of an index of these rows.
   *
   * @param efforts of walks to be measured, ascending; no greater one is when all was found
   * @return nothing if no row can be a query
   */
  public static Calibration measure(
      Metric metric, VectorRows rows, MeasuredSearch search, int[] efforts, IndexBuild build) {
    Calibrator calibrator = new Calibrator(metric, rows, search, efforts, build);
    return calibrator.queryRows.length == 0 ? Calibration.NONE : calibrator.measure();
  }

  private int[] drawQueries() {
    int wanted = Math.min(QUERIES, rows.rowCount() - 1);
    int[] drawn = new int[Math.max(0, wanted)];
    float[] row = new float[dimension];
    int count = 0;
    for (int i = 0; i < wanted; i++) {
      int position = (int) ((long) i * rows.rowCount() / wanted);
      rows.copy(position, 1, row, 0);
      double square = 0;
      for (float component : row) {
        square += (double) component * component;
      }
      if (square > 0 && square < Float.MAX_VALUE) {
        drawn[count++] = position;
      }
    }
    return Arrays.copyOf(drawn, count);
  }

  /** The nearest rows of a query, in order. */
  private static final class Nearest {
    private static final int LIMIT = Calibration.SIZES.get(Calibration.SIZES.size() - 1);
    private final double[] scores = new double[LIMIT];
    private final int[] rows = new int[LIMIT];
    private int size;

    /** The same by row, ascending. */
    private int[] byRow = {};

    private double[] scoresByRow = {};

    /** The least score of a row that was left out. */
    private double leftOut = Double.POSITIVE_INFINITY;

    void offer(int row, double score) {
      if (size == LIMIT && !(score < scores[LIMIT - 1])) {
        leftOut = Math.min(leftOut, score);
        return;
      }
      if (size == LIMIT) {
        leftOut = Math.min(leftOut, scores[LIMIT - 1]);
      }
      int at = size < LIMIT ? size++ : LIMIT - 1;
      for (; at > 0 && scores[at - 1] > score; at--) {
        scores[at] = scores[at - 1];
        rows[at] = rows[at - 1];
      }
      scores[at] = score;
      rows[at] = row;
    }

    /** The score of the k-th, or of the last if there are fewer. */
    double bound(int k) {
      return scores[Math.min(k, size) - 1];
    }

    int atMost(int k) {
      return Math.min(k, size);
    }

    /** True if all others are farther than these. */
    boolean isAll() {
      return size == 0 || leftOut > scores[size - 1];
    }

    /** Puts rows in order, so that they can be looked up; none is offered any more. */
    void close() {
      long[] order = new long[size];
      for (int i = 0; i < size; i++) {
        order[i] = (long) rows[i] << Integer.SIZE | i;
      }
      Arrays.sort(order);
      byRow = new int[size];
      scoresByRow = new double[size];
      for (int i = 0; i < size; i++) {
        byRow[i] = (int) (order[i] >>> Integer.SIZE);
        scoresByRow[i] = scores[(int) order[i]];
      }
    }

    /** The score of one of these rows; NaN of others. */
    double scoreOf(int row) {
      int at = Arrays.binarySearch(byRow, row);
      return at < 0 ? Double.NaN : scoresByRow[at];
    }
  }

  private Calibration measure() {
    findTruth();
    List<Calibration.Point> points = new ArrayList<>();
    for (int share = 0; share < truth.length; share++) {
      double fraction = Calibration.SHARES.get(share) / 1e3;
      if (share == 0 || rows.rowCount() * fraction * fraction >= MIN_WALKED) {
        measureWalks(share, points);
      }
    }
    measureScans(points);
    return new Calibration(points);
  }

  /** Compares all queries with all rows. */
  private void findTruth() {
    float[] chunk = new float[CHUNK_ROWS * dimension];
    double[] scores = new double[CHUNK_ROWS];
    for (int first = 0; first < rows.rowCount(); first += CHUNK_ROWS) {
      build.checkNotStopped();
      int count = Math.min(CHUNK_ROWS, rows.rowCount() - first);
      rows.copy(first, count, chunk, 0);
      for (int query = 0; query < queryRows.length; query++) {
        distances[query].scores(chunk, 0, count, scores);
        for (int i = 0; i < count; i++) {
          if (first + i != queryRows[query]) {
            offer(query, first + i, scores[i]);
          }
        }
      }
    }
    for (Nearest[] ofShare : truth) {
      for (Nearest nearest : ofShare) {
        nearest.close();
      }
    }
  }

  private void offer(int query, int row, double score) {
    for (int share = 0; share < truth.length; share++) {
      if (isLive(share, row)) {
        truth[share][query].offer(row, score);
      }
    }
  }

  /** Whether a row is of a share: at random, and the same each time. */
  private static boolean isLive(int share, int row) {
    long hash = row * 0x9E3779B97F4A7C15L;
    hash = (hash ^ (hash >>> 32)) * 0xD6E8FEB86659FD93L;
    return ((hash >>> 33) % 1_000) < Calibration.SHARES.get(share);
  }

  private void measureWalks(int share, List<Calibration.Point> points) {
    IntPredicate live = share == 0 ? null : row -> isLive(share, row);
    for (int effort : efforts) {
      int most = 0;
      List<Tally> tallies = new ArrayList<>();
      for (int k : Calibration.SIZES) {
        for (int tenths : RANKS) {
          int rank = k * tenths / 10;
          if (rank <= search.mostFound(effort)) {
            tallies.add(new Tally(k, rank));
            most = Math.max(most, rank);
          }
        }
      }
      int limit = most;
      double worst =
          tally(share, tallies, i -> search.walk(queries[i], effort, limit, queryRows[i], live));
      tallies.forEach(tally -> points.add(tally.point(share, effort)));
      if (worst >= ENOUGH) {
        return;
      }
    }
  }

  private void measureScans(List<Calibration.Point> points) {
    List<Tally> tallies = new ArrayList<>();
    int most = 0;
    for (int k : Calibration.SIZES) {
      for (int tenths : RANKS) {
        int rank = k * tenths / 10;
        tallies.add(new Tally(k, rank));
        most = Math.max(most, rank);
      }
    }
    int limit = Math.min(most, rows.rowCount());
    tally(0, tallies, i -> search.scan(queries[i], limit, queryRows[i]));
    tallies.forEach(tally -> points.add(tally.point(0, 0)));
  }

  /** Finds candidates of a query by their codes; returns how many rows were scored. */
  private interface Run {
    long search(int query);
  }

  /** Runs all queries; the least of the best recalls for each size. */
  private double tally(int share, List<Tally> tallies, Run run) {
    int most = tallies.stream().mapToInt(tally -> tally.rank).max().orElse(0);
    double[] scores = new double[most];
    for (int query = 0; query < queryRows.length; query++) {
      build.checkNotStopped();
      long scored = run.search(query);
      int found = scoresOfFound(query, truth[share][query], scores);
      for (Tally tally : tallies) {
        tally.add(truth[share][query], scores, found, scored);
      }
    }
    double worst = 1;
    for (int k : Calibration.SIZES) {
      double best = 0;
      for (Tally tally : tallies) {
        best = tally.k == k ? Math.max(best, tally.mean()) : best;
      }
      worst = Math.min(worst, best);
    }
    return worst;
  }

  /**
   * The exact scores of those found, the nearest by estimates first, as many as there is room.
   * Where all rows that are as near as the true answer are in it, those of others are infinite: it
   * is not worth reading their vectors.
   */
  private int scoresOfFound(int query, Nearest nearest, double[] scores) {
    FoundRows found = search.found();
    int count = Math.min(found.size(), scores.length);
    for (int i = 0; i < count; i++) {
      scores[i] = nearest.scoreOf(found.node(i));
      if (Double.isNaN(scores[i])) {
        scores[i] =
            nearest.isAll()
                ? Double.POSITIVE_INFINITY
                : exact.score(distances[query], found.node(i));
      }
    }
    return count;
  }

  /** The recall of answers of k rows, of so many that were ranked. */
  private static final class Tally {
    private final int k;
    private final int rank;
    private double sum;
    private double squares;
    private double scored;
    private int count;

    Tally(int k, int rank) {
      this.k = k;
      this.rank = rank;
    }

    void add(Nearest truth, double[] scores, int found, long scoredRows) {
      int wanted = truth.atMost(k);
      if (wanted == 0) {
        return;
      }
      double bound = truth.bound(k);
      int hits = 0;
      for (int i = 0; i < Math.min(rank, found); i++) {
        hits += scores[i] <= bound ? 1 : 0;
      }
      double recall = Math.min(1, hits / (double) wanted);
      sum += recall;
      squares += recall * recall;
      scored += scoredRows;
      count++;
    }

    double mean() {
      return count == 0 ? 0 : sum / count;
    }

    Calibration.Point point(int share, int effort) {
      double mean = mean();
      double variance = count < 2 ? 0 : Math.max(0, squares / count - mean * mean);
      double error = count == 0 ? 0 : Math.sqrt(variance / count);
      return new Calibration.Point(
          Calibration.SHARES.get(share),
          k,
          effort,
          rank,
          (float) (count == 0 ? 0 : scored / count),
          (float) mean,
          (float) (mean - error));
    }
  }
}
