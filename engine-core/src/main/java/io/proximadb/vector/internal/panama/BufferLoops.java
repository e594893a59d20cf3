package io.proximadb.vector.internal.panama;

import static io.proximadb.vector.internal.panama.DirectMemory.load;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code ArrayLoops} with the rows outside the heap. Offsets into them are in bytes.
 *
 * <p>Each loop takes the memory into a local variable first: loads from outside the heap are memory
 * barriers to the compiler up to JDK 21, behind which a field is read and its class is checked
 * again, a fifth of a kernel's time in cache.
 */
final class BufferLoops {
  private static final VectorSpecies<Float> SPECIES = ArrayLoops.SPECIES;
  private static final int LANES = ArrayLoops.LANES;
  private static final int STEP = ArrayLoops.STEP;

  private BufferLoops() {}

  static float dot(float[] a, DirectMemory b, int bOffset) {
    Object memory = b.memory();
    int length = a.length;
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      sum0 = load(memory, bOffset + Float.BYTES * i).fma(query(a, i), sum0);
      sum1 = load(memory, bOffset + Float.BYTES * (i + LANES)).fma(query(a, i + LANES), sum1);
    }
    for (; i <= length - LANES; i += LANES) {
      sum0 = load(memory, bOffset + Float.BYTES * i).fma(query(a, i), sum0);
    }
    float sum = ArrayLoops.total(sum0, sum1);
    for (; i < length; i++) {
      sum = Math.fma(b.component(bOffset + Float.BYTES * i), a[i], sum);
    }
    return sum;
  }

  static float squaredL2(float[] a, DirectMemory b, int bOffset) {
    Object memory = b.memory();
    int length = a.length;
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      FloatVector difference0 = load(memory, bOffset + Float.BYTES * i).sub(query(a, i));
      FloatVector difference1 =
          load(memory, bOffset + Float.BYTES * (i + LANES)).sub(query(a, i + LANES));
      sum0 = difference0.fma(difference0, sum0);
      sum1 = difference1.fma(difference1, sum1);
    }
    for (; i <= length - LANES; i += LANES) {
      FloatVector difference = load(memory, bOffset + Float.BYTES * i).sub(query(a, i));
      sum0 = difference.fma(difference, sum0);
    }
    float sum = ArrayLoops.total(sum0, sum1);
    for (; i < length; i++) {
      float difference = b.component(bOffset + Float.BYTES * i) - a[i];
      sum = Math.fma(difference, difference, sum);
    }
    return sum;
  }

  static float l1(float[] a, DirectMemory b, int bOffset) {
    Object memory = b.memory();
    int length = a.length;
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      sum0 = load(memory, bOffset + Float.BYTES * i).sub(query(a, i)).abs().add(sum0);
      sum1 =
          load(memory, bOffset + Float.BYTES * (i + LANES))
              .sub(query(a, i + LANES))
              .abs()
              .add(sum1);
    }
    for (; i <= length - LANES; i += LANES) {
      sum0 = load(memory, bOffset + Float.BYTES * i).sub(query(a, i)).abs().add(sum0);
    }
    float sum = ArrayLoops.total(sum0, sum1);
    for (; i < length; i++) {
      sum += Math.abs(b.component(bOffset + Float.BYTES * i) - a[i]);
    }
    return sum;
  }

  /** Writes {@code a . b} and {@code b . b}. */
  static void dotAndSquaredNorm(
      float[] a, DirectMemory b, int bOffset, float[] dots, float[] squaredNorms, int at) {
    Object memory = b.memory();
    FloatVector dot0 = FloatVector.zero(SPECIES);
    FloatVector dot1 = dot0;
    FloatVector norm0 = dot0;
    FloatVector norm1 = dot0;
    int length = a.length;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      FloatVector row0 = load(memory, bOffset + Float.BYTES * i);
      FloatVector row1 = load(memory, bOffset + Float.BYTES * (i + LANES));
      dot0 = row0.fma(query(a, i), dot0);
      dot1 = row1.fma(query(a, i + LANES), dot1);
      norm0 = row0.fma(row0, norm0);
      norm1 = row1.fma(row1, norm1);
    }
    for (; i <= length - LANES; i += LANES) {
      FloatVector row = load(memory, bOffset + Float.BYTES * i);
      dot0 = row.fma(query(a, i), dot0);
      norm0 = row.fma(row, norm0);
    }
    float dot = ArrayLoops.total(dot0, dot1);
    float norm = ArrayLoops.total(norm0, norm1);
    for (; i < length; i++) {
      float component = b.component(bOffset + Float.BYTES * i);
      dot = Math.fma(component, a[i], dot);
      norm = Math.fma(component, component, norm);
    }
    dots[at] = dot;
    squaredNorms[at] = norm;
  }

  static float sum(DirectMemory values, int offset, int length) {
    Object memory = values.memory();
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    int i = 0;
    for (int bound = length - length % (2 * STEP); i < bound; i += 2 * STEP) {
      sum0 = load(memory, offset + Float.BYTES * i).add(sum0);
      sum1 = load(memory, offset + Float.BYTES * (i + LANES)).add(sum1);
      sum2 = load(memory, offset + Float.BYTES * (i + STEP)).add(sum2);
      sum3 = load(memory, offset + Float.BYTES * (i + STEP + LANES)).add(sum3);
    }
    float sum = ArrayLoops.total(sum0.add(sum2), sum1.add(sum3));
    for (; i < length; i++) {
      sum += values.component(offset + Float.BYTES * i);
    }
    return sum;
  }

  private static FloatVector query(float[] values, int offset) {
    return FloatVector.fromArray(SPECIES, values, offset);
  }
}
