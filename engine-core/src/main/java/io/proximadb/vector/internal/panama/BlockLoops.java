package io.proximadb.vector.internal.panama;

import io.proximadb.vector.VectorKernels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/*
 * A lane is a row, so nothing is added up across lanes: for short vectors that is most of the time of
 * the other loops. Two accumulators a register of rows, of the even and the odd components, and two
 * registers at a time hide the latency of the multiply-add.
 */
/** The body of the kernel over rows in blocks. Callers check bounds. */
final class BlockLoops {
  private static final VectorSpecies<Float> SPECIES = ArrayLoops.SPECIES;
  private static final int LANES = ArrayLoops.LANES;
  private static final int STEP = VectorKernels.BLOCK_ROWS;

  /** Registers that the rows of a block fill. */
  static final int REGISTERS = STEP / LANES;

  private BlockLoops() {}

  /** Squared L2 distances to the rows of two registers. */
  static void squaredL2(float[] query, float[] rows, int at0, int at1, float[] scores, int to) {
    FloatVector even0 = FloatVector.zero(SPECIES);
    FloatVector even1 = even0;
    FloatVector odd0 = even0;
    FloatVector odd1 = even0;
    int i = 0;
    for (int bound = query.length - query.length % 2; i < bound; i += 2) {
      FloatVector a = FloatVector.broadcast(SPECIES, query[i]);
      FloatVector b = FloatVector.broadcast(SPECIES, query[i + 1]);
      FloatVector a0 = FloatVector.fromArray(SPECIES, rows, at0 + i * STEP).sub(a);
      FloatVector a1 = FloatVector.fromArray(SPECIES, rows, at1 + i * STEP).sub(a);
      FloatVector b0 = FloatVector.fromArray(SPECIES, rows, at0 + i * STEP + STEP).sub(b);
      FloatVector b1 = FloatVector.fromArray(SPECIES, rows, at1 + i * STEP + STEP).sub(b);
      even0 = a0.fma(a0, even0);
      even1 = a1.fma(a1, even1);
      odd0 = b0.fma(b0, odd0);
      odd1 = b1.fma(b1, odd1);
    }
    if (i < query.length) {
      FloatVector a = FloatVector.broadcast(SPECIES, query[i]);
      FloatVector a0 = FloatVector.fromArray(SPECIES, rows, at0 + i * STEP).sub(a);
      FloatVector a1 = FloatVector.fromArray(SPECIES, rows, at1 + i * STEP).sub(a);
      even0 = a0.fma(a0, even0);
      even1 = a1.fma(a1, even1);
    }
    even0.add(odd0).intoArray(scores, to);
    even1.add(odd1).intoArray(scores, to + LANES);
  }

  /** Squared L2 distances to the rows of one register. */
  static void squaredL2(float[] query, float[] rows, int at, float[] scores, int to) {
    FloatVector even = FloatVector.zero(SPECIES);
    FloatVector odd = even;
    int i = 0;
    for (int bound = query.length - query.length % 2; i < bound; i += 2) {
      FloatVector a = FloatVector.broadcast(SPECIES, query[i]);
      FloatVector b = FloatVector.broadcast(SPECIES, query[i + 1]);
      FloatVector a0 = FloatVector.fromArray(SPECIES, rows, at + i * STEP).sub(a);
      FloatVector b0 = FloatVector.fromArray(SPECIES, rows, at + i * STEP + STEP).sub(b);
      even = a0.fma(a0, even);
      odd = b0.fma(b0, odd);
    }
    if (i < query.length) {
      FloatVector a = FloatVector.broadcast(SPECIES, query[i]);
      FloatVector a0 = FloatVector.fromArray(SPECIES, rows, at + i * STEP).sub(a);
      even = a0.fma(a0, even);
    }
    even.add(odd).intoArray(scores, to);
  }

  /** Where the rows of a register begin, of blocks whose first one begins at an offset. */
  static int start(int offset, int dimension, int register) {
    return offset + register / REGISTERS * STEP * dimension + register % REGISTERS * LANES;
  }
}
