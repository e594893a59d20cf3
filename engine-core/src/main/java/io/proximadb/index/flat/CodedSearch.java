package io.proximadb.index.flat;

import io.proximadb.storage.VectorRows;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.DistanceFunction;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.quantize.NestedQuery;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/*
 * All coarse values of a chunk are computed first, then the rows with the least are scored, so that
 * the bound is close to the last one before any row is left out by it. What passes the coarse limit
 * is looked at by fine codes, what passes these too is scored by its vector. A row whose lower bound
 * equals the bound is scored: its id may decide.
 */
/**
 * Offers the rows near a query to a selection, by the codes of a {@link FlatIndex}: those that are
 * not offered provably would not have been kept. One object for each query; not safe for use by
 * several threads.
 */
final class CodedSearch {
  /** Rows whose values are looked at together: with their dots they take 512 KiB. */
  static final int CHUNK_ROWS = 65_536;

  /** Rows scored ahead in a chunk, at most, if there is a bound already. */
  private static final int MAX_BOUNDED_SEEDS = 64;

  /** So many rows are looked at by fine codes for one that is scored ahead. */
  private static final int SEED_FACTOR = 8;

  /** Rows looked at by fine codes at once. */
  private static final int FINE_ROWS = 64;

  /** Floats of vectors that are brought together: 64 KiB stay in the second-level cache. */
  private static final int GATHERED_FLOATS = 16_384;

  private static final CodeKernels KERNELS = Kernels.best().codes();

  private final float[] query;
  private final DistanceFunction distance;
  private final int k;
  private final Selection selection;
  private final Scratch scratch;
  private long rowsScored;
  private long rowsLookedAt;

  /** Arrays that searches of one thread use again. */
  static final class Scratch {
    private int[] dots = {};
    private float[] values = {};
    private final BitSet seeded = new BitSet();
    private long[] seeds = {};
    private final int[] candidates = new int[FINE_ROWS];
    private final int[] coarseDots = new int[FINE_ROWS];
    private final int[] fineOffsets = new int[FINE_ROWS];
    private final int[] fineDots = new int[FINE_ROWS];
    private final double[] scores = new double[FINE_ROWS];
    private final int[] gatheredRows = new int[FINE_ROWS];
    private float[] gathered = {};

    private void ensure(int rows, int seedCount, int dimension) {
      if (dots.length < rows) {
        dots = new int[rows];
        values = new float[rows];
      }
      if (seeds.length < 2 * seedCount) {
        seeds = new long[2 * seedCount];
      }
      int together = Math.max(1, Math.min(FINE_ROWS, GATHERED_FLOATS / dimension));
      if (gathered.length < together * dimension) {
        gathered = new float[together * dimension];
      }
    }
  }

  CodedSearch(
      float[] query, DistanceFunction distance, int k, Selection selection, Scratch scratch) {
    this.query = query;
    this.distance = distance;
    this.k = k;
    this.selection = selection;
    this.scratch = scratch;
  }

  /** Rows scored by their vectors. */
  long rowsScored() {
    return rowsScored;
  }

  /** Rows that the coarse codes did not leave out. */
  long rowsLookedAt() {
    return rowsLookedAt;
  }

  /** One scan: what belongs to a source. */
  private final class Scan {
    private final FlatIndex index;
    private final VectorRows rows;
    private final long firstOrdinal;
    private final @Nullable IntPredicate live;
    private final @Nullable NestedQuery coded;
    private final int together;
    private final float largestSquare;
    private int candidates;
    private int gathered;

    Scan(FlatIndex index, VectorRows rows, long firstOrdinal, @Nullable IntPredicate live) {
      this.index = index;
      this.rows = rows;
      this.firstOrdinal = firstOrdinal;
      this.live = live;
      this.coded = index.quantizer.query(query);
      this.together = Math.max(1, Math.min(FINE_ROWS, GATHERED_FLOATS / rows.dimension()));
      this.largestSquare = index.largestSquare;
    }

    void run() {
      int count = index.rowCount();
      for (int first = 0; first < count; first += CHUNK_ROWS) {
        chunk(first, Math.min(CHUNK_ROWS, count - first));
      }
    }

    private void chunk(int first, int count) {
      NestedQuery known = coded;
      if (known == null) {
        for (int row = first; row < first + count; row++) {
          if (isLive(row)) {
            gather(row);
          }
        }
        score();
        return;
      }
      values(known, first, count);
      scratch.seeded.clear();
      seed(known, first, count);
      filter(known, first, count);
      fine();
      score();
    }

    private void values(NestedQuery known, int first, int count) {
      int[] dots = scratch.dots;
      KERNELS.dotColumns(
          known.coarse(), index.coarse, index.coarseOffset(first), FlatIndex.blocks(count), dots);
      float[] values = scratch.values;
      float[] squares = index.coarseSquares;
      float squareFactor = known.squareFactor();
      float dotFactor = known.dotFactor();
      for (int i = 0; i < count; i++) {
        values[i] = squareFactor * squares[first + i] - dotFactor * dots[i];
      }
    }

    /** Scores the live rows that are the nearest as far as codes tell. */
    private void seed(NestedQuery known, int first, int count) {
      boolean bounded = selection.bound() < Double.POSITIVE_INFINITY;
      int wanted = Math.min(count, bounded ? Math.min(k, MAX_BOUNDED_SEEDS) : k);
      int size = leastValues(first, count, Math.min(count, SEED_FACTOR * wanted));
      long[] seeds = scratch.seeds;
      if (index.fine.length > 0) {
        for (int done = 0; done < size; done += FINE_ROWS) {
          estimate(known, first, done, Math.min(FINE_ROWS, size - done));
        }
        Arrays.sort(seeds, 0, size);
      }
      for (int i = 0; i < Math.min(size, wanted); i++) {
        int row = (int) seeds[i];
        scratch.seeded.set(row);
        gather(first + row);
      }
      score();
    }

    /** Collects the live rows of the least values, that many at most, the least first. */
    private int leastValues(int first, int count, int wanted) {
      long[] seeds = scratch.seeds;
      int size = 0;
      float[] values = scratch.values;
      float most = Float.POSITIVE_INFINITY;
      for (int i = 0; i < count; i++) {
        if (values[i] < most && isLive(first + i)) {
          seeds[size++] = ascending(values[i]) << 32 | i;
          if (size == 2 * wanted) {
            Arrays.sort(seeds, 0, size);
            size = wanted;
            most = values[(int) seeds[wanted - 1]];
          }
        }
      }
      Arrays.sort(seeds, 0, size);
      return Math.min(size, wanted);
    }

    /** Puts estimates by all codes in the place of values. */
    private void estimate(NestedQuery known, int first, int from, int count) {
      long[] seeds = scratch.seeds;
      for (int i = 0; i < count; i++) {
        scratch.fineOffsets[i] = index.fineOffset(first + (int) seeds[from + i]);
      }
      KERNELS.dotGathered(known.fine(), index.fine, scratch.fineOffsets, count, scratch.fineDots);
      for (int i = 0; i < count; i++) {
        int row = (int) seeds[from + i];
        int offset = scratch.fineOffsets[i];
        double estimate =
            known.estimate(
                scratch.dots[row],
                index.restCode(offset),
                index.coarseSquares[first + row],
                scratch.fineDots[i],
                index.fineSquare(offset));
        seeds[from + i] = ascending((float) estimate) << 32 | row;
      }
    }

    private void filter(NestedQuery known, int first, int count) {
      NestedQuery.Limit limit = known.limit(selection.bound(), largestSquare);
      float constant = limit.constant();
      float linear = limit.linear();
      float square = limit.square();
      float[] values = scratch.values;
      float[] slacks = index.coarseSlacks;
      for (int i = 0; i < count; i++) {
        float slack = slacks[first + i];
        // Not "at most": what is not a number is to be looked at.
        if (!(values[i] > constant + slack * (linear + slack * square))
            && !scratch.seeded.get(i)
            && isLive(first + i)) {
          candidate(first + i, i);
        }
      }
    }

    private void candidate(int row, int inChunk) {
      rowsLookedAt++;
      if (index.fine.length == 0) {
        gather(row);
        return;
      }
      scratch.coarseDots[candidates] = scratch.dots[inChunk];
      scratch.candidates[candidates] = row;
      scratch.fineOffsets[candidates++] = index.fineOffset(row);
      if (candidates == FINE_ROWS) {
        fine();
      }
    }

    /** Looks at what was collected by fine codes. */
    private void fine() {
      NestedQuery known = coded;
      if (candidates == 0 || known == null) {
        return;
      }
      KERNELS.dotGathered(
          known.fine(), index.fine, scratch.fineOffsets, candidates, scratch.fineDots);
      for (int i = 0; i < candidates; i++) {
        int row = scratch.candidates[i];
        int offset = scratch.fineOffsets[i];
        if (!known.exceeds(
            selection.bound(),
            scratch.coarseDots[i],
            index.restCode(offset),
            index.coarseSquares[row],
            scratch.fineDots[i],
            index.fineSquare(offset),
            index.fineSlack(offset))) {
          gather(row);
        }
      }
      candidates = 0;
    }

    private boolean isLive(int row) {
      return live == null || live.test(row);
    }

    private void gather(int row) {
      rows.copy(row, 1, scratch.gathered, gathered * rows.dimension());
      scratch.gatheredRows[gathered++] = row;
      if (gathered == together) {
        score();
      }
    }

    private void score() {
      distance.scores(scratch.gathered, 0, gathered, scratch.scores);
      for (int i = 0; i < gathered; i++) {
        if (scratch.scores[i] <= selection.bound()) {
          selection.offer(firstOrdinal + scratch.gatheredRows[i], scratch.scores[i]);
        }
      }
      rowsScored += gathered;
      gathered = 0;
    }
  }

  /**
   * Searches the rows of a source.
   *
   * @param firstOrdinal ordinal of its row 0
   * @param live which rows may be in the answer; null for all
   */
  void scan(FlatIndex index, VectorRows rows, long firstOrdinal, @Nullable IntPredicate live) {
    int chunk = Math.min(CHUNK_ROWS, index.coarseSquares.length);
    scratch.ensure(chunk, (int) Math.min((long) SEED_FACTOR * k, chunk), rows.dimension());
    new Scan(index, rows, firstOrdinal, live).run();
  }

  /** Bits that ascend as the floats do, as signed integers. */
  private static long ascending(float value) {
    int bits = Float.floatToIntBits(value);
    return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }
}
