package io.proximadb.vector.internal.panama;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/*
 * Four queries against four rows with one accumulator a pair: eight loads for sixteen
 * multiply-adds, where TileLoops needs twelve to keep the order of ArrayLoops. What it says of
 * loops and registers holds here too.
 *
 * Totals are left to reduceLanes, whose order is open and which is the fastest way on the JDKs
 * tried. Folding in registers of 128 bits is not: a second species of floats in a JVM spoils the
 * types that C2 has seen, and JDK 17 then keeps the accumulators as objects.
 */
/** The body of the kernel that scores several queries nearly. Callers check bounds. */
final class NearLoops {
  /** Queries and rows of a tile. */
  static final int QUERIES = 4;

  static final int ROWS = 4;

  private static final VectorSpecies<Float> SPECIES = ArrayLoops.SPECIES;
  private static final int LANES = ArrayLoops.LANES;

  /** Floats that a tile leaves its accumulators in: a register a pair, query by query. */
  static final int SUMS = QUERIES * ROWS * LANES;

  private NearLoops() {}

  /** Dot products of a tile, but for the components that fill no register. */
  static void dot(float[] queries, int query0, int length, float[] rows, int row0, float[] sums) {
    int query1 = query0 + length;
    int query2 = query1 + length;
    int query3 = query2 + length;
    int row1 = row0 + length;
    int row2 = row1 + length;
    int row3 = row2 + length;
    FloatVector sum00 = FloatVector.zero(SPECIES);
    FloatVector sum01 = sum00;
    FloatVector sum02 = sum00;
    FloatVector sum03 = sum00;
    FloatVector sum10 = sum00;
    FloatVector sum11 = sum00;
    FloatVector sum12 = sum00;
    FloatVector sum13 = sum00;
    FloatVector sum20 = sum00;
    FloatVector sum21 = sum00;
    FloatVector sum22 = sum00;
    FloatVector sum23 = sum00;
    FloatVector sum30 = sum00;
    FloatVector sum31 = sum00;
    FloatVector sum32 = sum00;
    FloatVector sum33 = sum00;
    for (int i = 0, bound = length - length % LANES; i < bound; i += LANES) {
      FloatVector part0 = FloatVector.fromArray(SPECIES, rows, row0 + i);
      FloatVector part1 = FloatVector.fromArray(SPECIES, rows, row1 + i);
      FloatVector part2 = FloatVector.fromArray(SPECIES, rows, row2 + i);
      FloatVector part3 = FloatVector.fromArray(SPECIES, rows, row3 + i);
      FloatVector of0 = FloatVector.fromArray(SPECIES, queries, query0 + i);
      sum00 = part0.fma(of0, sum00);
      sum01 = part1.fma(of0, sum01);
      sum02 = part2.fma(of0, sum02);
      sum03 = part3.fma(of0, sum03);
      FloatVector of1 = FloatVector.fromArray(SPECIES, queries, query1 + i);
      sum10 = part0.fma(of1, sum10);
      sum11 = part1.fma(of1, sum11);
      sum12 = part2.fma(of1, sum12);
      sum13 = part3.fma(of1, sum13);
      FloatVector of2 = FloatVector.fromArray(SPECIES, queries, query2 + i);
      sum20 = part0.fma(of2, sum20);
      sum21 = part1.fma(of2, sum21);
      sum22 = part2.fma(of2, sum22);
      sum23 = part3.fma(of2, sum23);
      FloatVector of3 = FloatVector.fromArray(SPECIES, queries, query3 + i);
      sum30 = part0.fma(of3, sum30);
      sum31 = part1.fma(of3, sum31);
      sum32 = part2.fma(of3, sum32);
      sum33 = part3.fma(of3, sum33);
    }
    sum00.intoArray(sums, 0 * LANES);
    sum01.intoArray(sums, 1 * LANES);
    sum02.intoArray(sums, 2 * LANES);
    sum03.intoArray(sums, 3 * LANES);
    sum10.intoArray(sums, 4 * LANES);
    sum11.intoArray(sums, 5 * LANES);
    sum12.intoArray(sums, 6 * LANES);
    sum13.intoArray(sums, 7 * LANES);
    sum20.intoArray(sums, 8 * LANES);
    sum21.intoArray(sums, 9 * LANES);
    sum22.intoArray(sums, 10 * LANES);
    sum23.intoArray(sums, 11 * LANES);
    sum30.intoArray(sums, 12 * LANES);
    sum31.intoArray(sums, 13 * LANES);
    sum32.intoArray(sums, 14 * LANES);
    sum33.intoArray(sums, 15 * LANES);
  }

  /** Adds up the register of each pair and what it does not hold, {@code stride} scores a query. */
  static void totals(
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
      float sum =
          FloatVector.fromArray(SPECIES, sums, pair * LANES).reduceLanes(VectorOperators.ADD);
      if (from < length) {
        int query = query0 + pair / ROWS * length;
        int row = row0 + pair % ROWS * length;
        for (int i = from; i < length; i++) {
          sum = Math.fma(rows[row + i], queries[query + i], sum);
        }
      }
      scores[at + pair / ROWS * stride + pair % ROWS] = sum;
    }
  }
}
