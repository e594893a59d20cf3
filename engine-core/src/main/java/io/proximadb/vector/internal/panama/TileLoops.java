package io.proximadb.vector.internal.panama;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/*
 * Four queries against two rows: eight pairs, each with the two accumulators that ArrayLoops gives it
 * and the same order of operations, so that results are equal bit for bit. A row is loaded once for
 * four queries and a query once for two rows, which makes the loop one of arithmetic.
 *
 * Three things keep the accumulators in registers; without any one of them the loops are slower than
 * one pair at a time. No methods of ours are called in them: C2 stops inlining by size in the middle
 * of so long a loop, except into the Vector API. Accumulators leave by an array, for a call would
 * want them as objects. And there is one loop only: sums and the last components are done pair by
 * pair.
 */
/** The bodies of the kernels that score several queries at once. Callers check bounds. */
final class TileLoops {
  /** Queries and rows of a tile. */
  static final int QUERIES = 4;

  static final int ROWS = 2;

  private static final VectorSpecies<Float> SPECIES = ArrayLoops.SPECIES;
  private static final int LANES = ArrayLoops.LANES;
  private static final int STEP = ArrayLoops.STEP;

  /** Floats that a tile leaves its accumulators in: two registers a pair, query by query. */
  static final int SUMS = QUERIES * ROWS * 2 * LANES;

  private TileLoops() {}

  /** Dot products of a tile. */
  static void dot(float[] queries, int query0, int length, float[] rows, int row0, float[] sums) {
    int query1 = query0 + length;
    int query2 = query1 + length;
    int query3 = query2 + length;
    int row1 = row0 + length;
    FloatVector sum00Even = FloatVector.zero(SPECIES);
    FloatVector sum10Even = sum00Even;
    FloatVector sum20Even = sum00Even;
    FloatVector sum30Even = sum00Even;
    FloatVector sum01Even = sum00Even;
    FloatVector sum11Even = sum00Even;
    FloatVector sum21Even = sum00Even;
    FloatVector sum31Even = sum00Even;
    FloatVector sum00Odd = sum00Even;
    FloatVector sum10Odd = sum00Even;
    FloatVector sum20Odd = sum00Even;
    FloatVector sum30Odd = sum00Even;
    FloatVector sum01Odd = sum00Even;
    FloatVector sum11Odd = sum00Even;
    FloatVector sum21Odd = sum00Even;
    FloatVector sum31Odd = sum00Even;
    int bound = length - length % STEP;
    for (int i = 0; i < bound; i += STEP) {
      FloatVector row0Even = FloatVector.fromArray(SPECIES, rows, row0 + i);
      FloatVector row1Even = FloatVector.fromArray(SPECIES, rows, row1 + i);
      FloatVector query0Even = FloatVector.fromArray(SPECIES, queries, query0 + i);
      sum00Even = row0Even.fma(query0Even, sum00Even);
      sum01Even = row1Even.fma(query0Even, sum01Even);
      FloatVector query1Even = FloatVector.fromArray(SPECIES, queries, query1 + i);
      sum10Even = row0Even.fma(query1Even, sum10Even);
      sum11Even = row1Even.fma(query1Even, sum11Even);
      FloatVector query2Even = FloatVector.fromArray(SPECIES, queries, query2 + i);
      sum20Even = row0Even.fma(query2Even, sum20Even);
      sum21Even = row1Even.fma(query2Even, sum21Even);
      FloatVector query3Even = FloatVector.fromArray(SPECIES, queries, query3 + i);
      sum30Even = row0Even.fma(query3Even, sum30Even);
      sum31Even = row1Even.fma(query3Even, sum31Even);
      FloatVector row0Odd = FloatVector.fromArray(SPECIES, rows, row0 + i + LANES);
      FloatVector row1Odd = FloatVector.fromArray(SPECIES, rows, row1 + i + LANES);
      FloatVector query0Odd = FloatVector.fromArray(SPECIES, queries, query0 + i + LANES);
      sum00Odd = row0Odd.fma(query0Odd, sum00Odd);
      sum01Odd = row1Odd.fma(query0Odd, sum01Odd);
      FloatVector query1Odd = FloatVector.fromArray(SPECIES, queries, query1 + i + LANES);
      sum10Odd = row0Odd.fma(query1Odd, sum10Odd);
      sum11Odd = row1Odd.fma(query1Odd, sum11Odd);
      FloatVector query2Odd = FloatVector.fromArray(SPECIES, queries, query2 + i + LANES);
      sum20Odd = row0Odd.fma(query2Odd, sum20Odd);
      sum21Odd = row1Odd.fma(query2Odd, sum21Odd);
      FloatVector query3Odd = FloatVector.fromArray(SPECIES, queries, query3 + i + LANES);
      sum30Odd = row0Odd.fma(query3Odd, sum30Odd);
      sum31Odd = row1Odd.fma(query3Odd, sum31Odd);
    }
    if (bound <= length - LANES) {
      FloatVector row0Last = FloatVector.fromArray(SPECIES, rows, row0 + bound);
      FloatVector row1Last = FloatVector.fromArray(SPECIES, rows, row1 + bound);
      FloatVector query0Last = FloatVector.fromArray(SPECIES, queries, query0 + bound);
      sum00Even = row0Last.fma(query0Last, sum00Even);
      sum01Even = row1Last.fma(query0Last, sum01Even);
      FloatVector query1Last = FloatVector.fromArray(SPECIES, queries, query1 + bound);
      sum10Even = row0Last.fma(query1Last, sum10Even);
      sum11Even = row1Last.fma(query1Last, sum11Even);
      FloatVector query2Last = FloatVector.fromArray(SPECIES, queries, query2 + bound);
      sum20Even = row0Last.fma(query2Last, sum20Even);
      sum21Even = row1Last.fma(query2Last, sum21Even);
      FloatVector query3Last = FloatVector.fromArray(SPECIES, queries, query3 + bound);
      sum30Even = row0Last.fma(query3Last, sum30Even);
      sum31Even = row1Last.fma(query3Last, sum31Even);
    }
    sum00Even.intoArray(sums, 0 * LANES);
    sum00Odd.intoArray(sums, 1 * LANES);
    sum01Even.intoArray(sums, 2 * LANES);
    sum01Odd.intoArray(sums, 3 * LANES);
    sum10Even.intoArray(sums, 4 * LANES);
    sum10Odd.intoArray(sums, 5 * LANES);
    sum11Even.intoArray(sums, 6 * LANES);
    sum11Odd.intoArray(sums, 7 * LANES);
    sum20Even.intoArray(sums, 8 * LANES);
    sum20Odd.intoArray(sums, 9 * LANES);
    sum21Even.intoArray(sums, 10 * LANES);
    sum21Odd.intoArray(sums, 11 * LANES);
    sum30Even.intoArray(sums, 12 * LANES);
    sum30Odd.intoArray(sums, 13 * LANES);
    sum31Even.intoArray(sums, 14 * LANES);
    sum31Odd.intoArray(sums, 15 * LANES);
  }

  /** Squared differences of a tile. */
  static void squaredL2(
      float[] queries, int query0, int length, float[] rows, int row0, float[] sums) {
    int query1 = query0 + length;
    int query2 = query1 + length;
    int query3 = query2 + length;
    int row1 = row0 + length;
    FloatVector sum00Even = FloatVector.zero(SPECIES);
    FloatVector sum10Even = sum00Even;
    FloatVector sum20Even = sum00Even;
    FloatVector sum30Even = sum00Even;
    FloatVector sum01Even = sum00Even;
    FloatVector sum11Even = sum00Even;
    FloatVector sum21Even = sum00Even;
    FloatVector sum31Even = sum00Even;
    FloatVector sum00Odd = sum00Even;
    FloatVector sum10Odd = sum00Even;
    FloatVector sum20Odd = sum00Even;
    FloatVector sum30Odd = sum00Even;
    FloatVector sum01Odd = sum00Even;
    FloatVector sum11Odd = sum00Even;
    FloatVector sum21Odd = sum00Even;
    FloatVector sum31Odd = sum00Even;
    int bound = length - length % STEP;
    for (int i = 0; i < bound; i += STEP) {
      FloatVector row0Even = FloatVector.fromArray(SPECIES, rows, row0 + i);
      FloatVector row1Even = FloatVector.fromArray(SPECIES, rows, row1 + i);
      FloatVector query0Even = FloatVector.fromArray(SPECIES, queries, query0 + i);
      FloatVector off00Even = row0Even.sub(query0Even);
      sum00Even = off00Even.fma(off00Even, sum00Even);
      FloatVector off01Even = row1Even.sub(query0Even);
      sum01Even = off01Even.fma(off01Even, sum01Even);
      FloatVector query1Even = FloatVector.fromArray(SPECIES, queries, query1 + i);
      FloatVector off10Even = row0Even.sub(query1Even);
      sum10Even = off10Even.fma(off10Even, sum10Even);
      FloatVector off11Even = row1Even.sub(query1Even);
      sum11Even = off11Even.fma(off11Even, sum11Even);
      FloatVector query2Even = FloatVector.fromArray(SPECIES, queries, query2 + i);
      FloatVector off20Even = row0Even.sub(query2Even);
      sum20Even = off20Even.fma(off20Even, sum20Even);
      FloatVector off21Even = row1Even.sub(query2Even);
      sum21Even = off21Even.fma(off21Even, sum21Even);
      FloatVector query3Even = FloatVector.fromArray(SPECIES, queries, query3 + i);
      FloatVector off30Even = row0Even.sub(query3Even);
      sum30Even = off30Even.fma(off30Even, sum30Even);
      FloatVector off31Even = row1Even.sub(query3Even);
      sum31Even = off31Even.fma(off31Even, sum31Even);
      FloatVector row0Odd = FloatVector.fromArray(SPECIES, rows, row0 + i + LANES);
      FloatVector row1Odd = FloatVector.fromArray(SPECIES, rows, row1 + i + LANES);
      FloatVector query0Odd = FloatVector.fromArray(SPECIES, queries, query0 + i + LANES);
      FloatVector off00Odd = row0Odd.sub(query0Odd);
      sum00Odd = off00Odd.fma(off00Odd, sum00Odd);
      FloatVector off01Odd = row1Odd.sub(query0Odd);
      sum01Odd = off01Odd.fma(off01Odd, sum01Odd);
      FloatVector query1Odd = FloatVector.fromArray(SPECIES, queries, query1 + i + LANES);
      FloatVector off10Odd = row0Odd.sub(query1Odd);
      sum10Odd = off10Odd.fma(off10Odd, sum10Odd);
      FloatVector off11Odd = row1Odd.sub(query1Odd);
      sum11Odd = off11Odd.fma(off11Odd, sum11Odd);
      FloatVector query2Odd = FloatVector.fromArray(SPECIES, queries, query2 + i + LANES);
      FloatVector off20Odd = row0Odd.sub(query2Odd);
      sum20Odd = off20Odd.fma(off20Odd, sum20Odd);
      FloatVector off21Odd = row1Odd.sub(query2Odd);
      sum21Odd = off21Odd.fma(off21Odd, sum21Odd);
      FloatVector query3Odd = FloatVector.fromArray(SPECIES, queries, query3 + i + LANES);
      FloatVector off30Odd = row0Odd.sub(query3Odd);
      sum30Odd = off30Odd.fma(off30Odd, sum30Odd);
      FloatVector off31Odd = row1Odd.sub(query3Odd);
      sum31Odd = off31Odd.fma(off31Odd, sum31Odd);
    }
    if (bound <= length - LANES) {
      FloatVector row0Last = FloatVector.fromArray(SPECIES, rows, row0 + bound);
      FloatVector row1Last = FloatVector.fromArray(SPECIES, rows, row1 + bound);
      FloatVector query0Last = FloatVector.fromArray(SPECIES, queries, query0 + bound);
      FloatVector off00Last = row0Last.sub(query0Last);
      sum00Even = off00Last.fma(off00Last, sum00Even);
      FloatVector off01Last = row1Last.sub(query0Last);
      sum01Even = off01Last.fma(off01Last, sum01Even);
      FloatVector query1Last = FloatVector.fromArray(SPECIES, queries, query1 + bound);
      FloatVector off10Last = row0Last.sub(query1Last);
      sum10Even = off10Last.fma(off10Last, sum10Even);
      FloatVector off11Last = row1Last.sub(query1Last);
      sum11Even = off11Last.fma(off11Last, sum11Even);
      FloatVector query2Last = FloatVector.fromArray(SPECIES, queries, query2 + bound);
      FloatVector off20Last = row0Last.sub(query2Last);
      sum20Even = off20Last.fma(off20Last, sum20Even);
      FloatVector off21Last = row1Last.sub(query2Last);
      sum21Even = off21Last.fma(off21Last, sum21Even);
      FloatVector query3Last = FloatVector.fromArray(SPECIES, queries, query3 + bound);
      FloatVector off30Last = row0Last.sub(query3Last);
      sum30Even = off30Last.fma(off30Last, sum30Even);
      FloatVector off31Last = row1Last.sub(query3Last);
      sum31Even = off31Last.fma(off31Last, sum31Even);
    }
    sum00Even.intoArray(sums, 0 * LANES);
    sum00Odd.intoArray(sums, 1 * LANES);
    sum01Even.intoArray(sums, 2 * LANES);
    sum01Odd.intoArray(sums, 3 * LANES);
    sum10Even.intoArray(sums, 4 * LANES);
    sum10Odd.intoArray(sums, 5 * LANES);
    sum11Even.intoArray(sums, 6 * LANES);
    sum11Odd.intoArray(sums, 7 * LANES);
    sum20Even.intoArray(sums, 8 * LANES);
    sum20Odd.intoArray(sums, 9 * LANES);
    sum21Even.intoArray(sums, 10 * LANES);
    sum21Odd.intoArray(sums, 11 * LANES);
    sum30Even.intoArray(sums, 12 * LANES);
    sum30Odd.intoArray(sums, 13 * LANES);
    sum31Even.intoArray(sums, 14 * LANES);
    sum31Odd.intoArray(sums, 15 * LANES);
  }

  /**
   * Adds up the registers of each pair and what they do not hold, {@code stride} scores a query.
   */
  static void dotTotals(
      float[] queries,
      int query0,
      int length,
      float[] rows,
      int row0,
      float[] sums,
      float[] scores,
      int at,
      int stride) {
    int from = length - length % LANES;
    for (int pair = 0; pair < QUERIES * ROWS; pair++) {
      float sum = total(sums, pair);
      int query = query0 + pair / ROWS * length;
      int row = row0 + pair % ROWS * length;
      for (int i = from; i < length; i++) {
        sum = Math.fma(rows[row + i], queries[query + i], sum);
      }
      scores[at + pair / ROWS * stride + pair % ROWS] = sum;
    }
  }

  /** The same for squared differences. */
  static void squaredL2Totals(
      float[] queries,
      int query0,
      int length,
      float[] rows,
      int row0,
      float[] sums,
      float[] scores,
      int at,
      int stride) {
    int from = length - length % LANES;
    for (int pair = 0; pair < QUERIES * ROWS; pair++) {
      float sum = total(sums, pair);
      int query = query0 + pair / ROWS * length;
      int row = row0 + pair % ROWS * length;
      for (int i = from; i < length; i++) {
        float difference = rows[row + i] - queries[query + i];
        sum = Math.fma(difference, difference, sum);
      }
      scores[at + pair / ROWS * stride + pair % ROWS] = sum;
    }
  }

  private static float total(float[] sums, int pair) {
    return ArrayLoops.total(
        FloatVector.fromArray(SPECIES, sums, 2 * pair * LANES),
        FloatVector.fromArray(SPECIES, sums, (2 * pair + 1) * LANES));
  }
}
