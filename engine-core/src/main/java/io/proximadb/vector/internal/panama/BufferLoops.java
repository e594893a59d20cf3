package io.proximadb.vector.internal.panama;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code ArrayLoops} with the rows in a buffer, which must be direct: loads from heap buffers would
 * make every load test where the memory is. Offsets into buffers are in bytes. Callers check
 * bounds.
 *
 * <p>Apart from {@code ArrayLoops}, because these loads are missing from JDK 22 on.
 */
final class BufferLoops {
  private static final VectorSpecies<Float> SPECIES = ArrayLoops.SPECIES;
  private static final int LANES = ArrayLoops.LANES;
  private static final int STEP = ArrayLoops.STEP;

  private static final VarHandle COMPONENT =
      MethodHandles.byteBufferViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

  private BufferLoops() {}

  static float dot(float[] a, ByteBuffer b, int bOffset) {
    int length = a.length;
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      sum0 = load(b, bOffset + Float.BYTES * i).fma(query(a, i), sum0);
      sum1 = load(b, bOffset + Float.BYTES * (i + LANES)).fma(query(a, i + LANES), sum1);
    }
    for (; i <= length - LANES; i += LANES) {
      sum0 = load(b, bOffset + Float.BYTES * i).fma(query(a, i), sum0);
    }
    float sum = ArrayLoops.total(sum0, sum1);
    for (; i < length; i++) {
      sum = Math.fma(component(b, bOffset + Float.BYTES * i), a[i], sum);
    }
    return sum;
  }

  static float squaredL2(float[] a, ByteBuffer b, int bOffset) {
    int length = a.length;
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      FloatVector difference0 = load(b, bOffset + Float.BYTES * i).sub(query(a, i));
      FloatVector difference1 =
          load(b, bOffset + Float.BYTES * (i + LANES)).sub(query(a, i + LANES));
      sum0 = difference0.fma(difference0, sum0);
      sum1 = difference1.fma(difference1, sum1);
    }
    for (; i <= length - LANES; i += LANES) {
      FloatVector difference = load(b, bOffset + Float.BYTES * i).sub(query(a, i));
      sum0 = difference.fma(difference, sum0);
    }
    float sum = ArrayLoops.total(sum0, sum1);
    for (; i < length; i++) {
      float difference = component(b, bOffset + Float.BYTES * i) - a[i];
      sum = Math.fma(difference, difference, sum);
    }
    return sum;
  }

  static float l1(float[] a, ByteBuffer b, int bOffset) {
    int length = a.length;
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      sum0 = load(b, bOffset + Float.BYTES * i).sub(query(a, i)).abs().add(sum0);
      sum1 = load(b, bOffset + Float.BYTES * (i + LANES)).sub(query(a, i + LANES)).abs().add(sum1);
    }
    for (; i <= length - LANES; i += LANES) {
      sum0 = load(b, bOffset + Float.BYTES * i).sub(query(a, i)).abs().add(sum0);
    }
    float sum = ArrayLoops.total(sum0, sum1);
    for (; i < length; i++) {
      sum += Math.abs(component(b, bOffset + Float.BYTES * i) - a[i]);
    }
    return sum;
  }

  /** Writes {@code a . b} and {@code b . b}. */
  static void dotAndSquaredNorm(
      float[] a, ByteBuffer b, int bOffset, float[] dots, float[] squaredNorms, int at) {
    FloatVector dot0 = FloatVector.zero(SPECIES);
    FloatVector dot1 = dot0;
    FloatVector norm0 = dot0;
    FloatVector norm1 = dot0;
    int length = a.length;
    int i = 0;
    for (int bound = length - length % STEP; i < bound; i += STEP) {
      FloatVector row0 = load(b, bOffset + Float.BYTES * i);
      FloatVector row1 = load(b, bOffset + Float.BYTES * (i + LANES));
      dot0 = row0.fma(query(a, i), dot0);
      dot1 = row1.fma(query(a, i + LANES), dot1);
      norm0 = row0.fma(row0, norm0);
      norm1 = row1.fma(row1, norm1);
    }
    for (; i <= length - LANES; i += LANES) {
      FloatVector row = load(b, bOffset + Float.BYTES * i);
      dot0 = row.fma(query(a, i), dot0);
      norm0 = row.fma(row, norm0);
    }
    float dot = ArrayLoops.total(dot0, dot1);
    float norm = ArrayLoops.total(norm0, norm1);
    for (; i < length; i++) {
      float component = component(b, bOffset + Float.BYTES * i);
      dot = Math.fma(component, a[i], dot);
      norm = Math.fma(component, component, norm);
    }
    dots[at] = dot;
    squaredNorms[at] = norm;
  }

  static float sum(ByteBuffer values, int offset, int length) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    int i = 0;
    for (int bound = length - length % (2 * STEP); i < bound; i += 2 * STEP) {
      sum0 = load(values, offset + Float.BYTES * i).add(sum0);
      sum1 = load(values, offset + Float.BYTES * (i + LANES)).add(sum1);
      sum2 = load(values, offset + Float.BYTES * (i + STEP)).add(sum2);
      sum3 = load(values, offset + Float.BYTES * (i + STEP + LANES)).add(sum3);
    }
    float sum = ArrayLoops.total(sum0.add(sum2), sum1.add(sum3));
    for (; i < length; i++) {
      sum += component(values, offset + Float.BYTES * i);
    }
    return sum;
  }

  private static FloatVector query(float[] values, int offset) {
    return FloatVector.fromArray(SPECIES, values, offset);
  }

  private static FloatVector load(ByteBuffer rows, int byteOffset) {
    return FloatVector.fromByteBuffer(SPECIES, rows, byteOffset, ByteOrder.LITTLE_ENDIAN);
  }

  private static float component(ByteBuffer rows, int byteOffset) {
    return (float) COMPONENT.get(rows, byteOffset);
  }
}
