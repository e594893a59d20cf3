package io.proximadb.vector.internal.panama;

import io.proximadb.vector.CodeKernels;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/*
 * Codes of up to four bits are multiplied and added in lanes of 16 bits: twice as many as ints, and
 * no widening. A sum of such products outgrows 16 bits after 32,767 / (127 * largest code) of them,
 * which is more than a short holds; so what a load of shorts gives is added to sums of ints.
 *
 * One load serves all codes of its shorts, each found by a shift of what was loaded. Shifting what
 * was shifted before would spare nothing, and JDK 17 then keeps the rows as objects: 55 ns for 192
 * codes of four bits instead of 12. Two rows at a time: with four it gets slower again.
 */
/** The bodies of the kernels over packed codes. Callers check bounds. */
final class PackedLoops {
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_256;
  private static final int STEP = CodeKernels.PACKED_SHORTS;

  private PackedLoops() {}

  static int dot(short[] query, int bits, int shorts, byte[] rows, int offset) {
    short mask = (short) ((1 << bits) - 1);
    IntVector total = IntVector.zero(INTS);
    for (int i = 0; i < shorts; i += STEP) {
      ShortVector row = shorts(rows, offset + Short.BYTES * i);
      ShortVector sum = ShortVector.zero(SHORTS);
      for (int at = i, shift = 0; at < query.length; at += shorts, shift += bits) {
        ShortVector part = ShortVector.fromArray(SHORTS, query, at);
        sum = sum.add(row.lanewise(VectorOperators.LSHR, shift).and(mask).mul(part));
      }
      total = total.add(ints(sum));
    }
    return total.reduceLanes(VectorOperators.ADD);
  }

  /** Two rows, interleaved; writes two dots. */
  static void dot2(
      short[] query,
      int bits,
      int shorts,
      byte[] rows,
      int offset0,
      int offset1,
      int[] dots,
      int target) {
    short mask = (short) ((1 << bits) - 1);
    IntVector total0 = IntVector.zero(INTS);
    IntVector total1 = total0;
    for (int i = 0; i < shorts; i += STEP) {
      ShortVector row0 = shorts(rows, offset0 + Short.BYTES * i);
      ShortVector row1 = shorts(rows, offset1 + Short.BYTES * i);
      ShortVector sum0 = ShortVector.zero(SHORTS);
      ShortVector sum1 = sum0;
      for (int at = i, shift = 0; at < query.length; at += shorts, shift += bits) {
        ShortVector part = ShortVector.fromArray(SHORTS, query, at);
        sum0 = sum0.add(row0.lanewise(VectorOperators.LSHR, shift).and(mask).mul(part));
        sum1 = sum1.add(row1.lanewise(VectorOperators.LSHR, shift).and(mask).mul(part));
      }
      total0 = total0.add(ints(sum0));
      total1 = total1.add(ints(sum1));
    }
    dots[target] = total0.reduceLanes(VectorOperators.ADD);
    dots[target + 1] = total1.reduceLanes(VectorOperators.ADD);
  }

  private static ShortVector shorts(byte[] rows, int offset) {
    return ByteVector.fromArray(BYTES, rows, offset).reinterpretAsShorts();
  }

  /** The sums of neighbouring lanes. */
  private static IntVector ints(ShortVector sums) {
    IntVector pairs = sums.reinterpretAsInts();
    IntVector upper = pairs.lanewise(VectorOperators.ASHR, Short.SIZE);
    IntVector lower =
        pairs.lanewise(VectorOperators.LSHL, Short.SIZE).lanewise(VectorOperators.ASHR, Short.SIZE);
    return upper.add(lower);
  }
}
