package io.proximadb.vector.internal.panama;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/*
 * Each loop handles one row with two accumulators, which hide the latency of the fused
 * multiply-add; the tail that fills no vector is scalar. Rows are deliberately not interleaved:
 * several rows at a time would share the loads of the query, but turn one stream of memory into
 * several and halve the bandwidth of a scan that does not fit the caches.
 *
 * BufferLoops repeats every loop with loads from a ByteBuffer, in the same order of operations, so
 * that results are equal bit for bit.
 */
/** The bodies of the kernels over arrays. Callers check bounds. */
final class ArrayLoops {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  /** Floats that one turn of an unrolled loop takes. */
  static final int STEP = 2 * LANES;

  private static final VectorShuffle<Float> ROTATE_8 = VectorShuffle.iota(SPECIES, 8, 1, true);
  private static final VectorShuffle<Float> ROTATE_4 = VectorShuffle.iota(SPECIES, 4, 1, true);
  private static final VectorShuffle<Float> ROTATE_2 = VectorShuffle.iota(SPECIES, 2, 1, true);
  private static final VectorShuffle<Float> ROTATE_1 = VectorShuffle.iota(SPECIES, 1, 1, true);

  private ArrayLoops() {}

  static float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      sum0 = load(b, bOffset + i).fma(load(a, aOffset + i), sum0);
      sum1 = load(b, bOffset + i + LANES).fma(load(a, aOffset + i + LANES), sum1);
    }
    for (; i <= length - LANES; i += LANES) {
      sum0 = load(b, bOffset + i).fma(load(a, aOffset + i), sum0);
    }
    float sum = total(sum0, sum1);
    for (; i < length; i++) {
      sum = Math.fma(b[bOffset + i], a[aOffset + i], sum);
    }
    return sum;
  }

  static float squaredL2(float[] a, int aOffset, float[] b, int bOffset, int length) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      FloatVector difference0 = load(b, bOffset + i).sub(load(a, aOffset + i));
      FloatVector difference1 = load(b, bOffset + i + LANES).sub(load(a, aOffset + i + LANES));
      sum0 = difference0.fma(difference0, sum0);
      sum1 = difference1.fma(difference1, sum1);
    }
    for (; i <= length - LANES; i += LANES) {
      FloatVector difference = load(b, bOffset + i).sub(load(a, aOffset + i));
      sum0 = difference.fma(difference, sum0);
    }
    float sum = total(sum0, sum1);
    for (; i < length; i++) {
      float difference = b[bOffset + i] - a[aOffset + i];
      sum = Math.fma(difference, difference, sum);
    }
    return sum;
  }

  static float l1(float[] a, int aOffset, float[] b, int bOffset, int length) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      sum0 = load(b, bOffset + i).sub(load(a, aOffset + i)).abs().add(sum0);
      sum1 = load(b, bOffset + i + LANES).sub(load(a, aOffset + i + LANES)).abs().add(sum1);
    }
    for (; i <= length - LANES; i += LANES) {
      sum0 = load(b, bOffset + i).sub(load(a, aOffset + i)).abs().add(sum0);
    }
    float sum = total(sum0, sum1);
    for (; i < length; i++) {
      sum += Math.abs(b[bOffset + i] - a[aOffset + i]);
    }
    return sum;
  }

  /** Writes {@code a . b} and {@code b . b}. */
  static void dotAndSquaredNorm(
      float[] a, float[] b, int bOffset, float[] dots, float[] squaredNorms, int at) {
    FloatVector dot0 = FloatVector.zero(SPECIES);
    FloatVector dot1 = dot0;
    FloatVector norm0 = dot0;
    FloatVector norm1 = dot0;
    int length = a.length;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      FloatVector row0 = load(b, bOffset + i);
      FloatVector row1 = load(b, bOffset + i + LANES);
      dot0 = row0.fma(load(a, i), dot0);
      dot1 = row1.fma(load(a, i + LANES), dot1);
      norm0 = row0.fma(row0, norm0);
      norm1 = row1.fma(row1, norm1);
    }
    for (; i <= length - LANES; i += LANES) {
      FloatVector row = load(b, bOffset + i);
      dot0 = row.fma(load(a, i), dot0);
      norm0 = row.fma(row, norm0);
    }
    float dot = total(dot0, dot1);
    float norm = total(norm0, norm1);
    for (; i < length; i++) {
      float component = b[bOffset + i];
      dot = Math.fma(component, a[i], dot);
      norm = Math.fma(component, component, norm);
    }
    dots[at] = dot;
    squaredNorms[at] = norm;
  }

  static float sum(float[] values, int offset, int length) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    int i = 0;
    for (int bound = length - length % (2 * STEP); i < bound; i += 2 * STEP) {
      sum0 = load(values, offset + i).add(sum0);
      sum1 = load(values, offset + i + LANES).add(sum1);
      sum2 = load(values, offset + i + STEP).add(sum2);
      sum3 = load(values, offset + i + STEP + LANES).add(sum3);
    }
    float sum = total(sum0.add(sum2), sum1.add(sum3));
    for (; i < length; i++) {
      sum += values[offset + i];
    }
    return sum;
  }

  /**
   * The sum of all lanes, folded half onto half. {@code reduceLanes} leaves its order open, so that
   * compiled and interpreted code could differ in the last bit.
   */
  static float total(FloatVector sum0, FloatVector sum1) {
    FloatVector sum = sum0.add(sum1);
    if (LANES > 16) {
      return sum.reduceLanes(VectorOperators.ADD);
    }
    if (LANES > 8) {
      sum = sum.add(sum.rearrange(ROTATE_8));
    }
    if (LANES > 4) {
      sum = sum.add(sum.rearrange(ROTATE_4));
    }
    sum = sum.add(sum.rearrange(ROTATE_2));
    return sum.add(sum.rearrange(ROTATE_1)).lane(0);
  }

  private static FloatVector load(float[] values, int offset) {
    return FloatVector.fromArray(SPECIES, values, offset);
  }
}
