package io.proximadb.vector.internal.panama;

import io.proximadb.vector.CodeKernels;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/*
 * Codes of up to four bits are multiplied and added in lanes of 16 bits: twice as many as ints, and
 * no widening. A sum of such products outgrows 16 bits after 32,767 / (127 * largest code) of them;
 * it is added to sums of ints before.
 *
 * A register of shorts is masked for its first codes and shifted for the next, so that one load
 * serves all codes of its shorts.
 */
/** The bodies of the kernels over packed codes. Callers check bounds. */
final class PackedLoops {
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_256;
  private static final int STEP = CodeKernels.PACKED_SHORTS;
  private static final int MAX_QUERY = 127;

  private PackedLoops() {}

  static int dot(short[] query, int bits, int shorts, byte[] rows, int offset) {
    int ofShort = Short.SIZE / bits;
    short mask = (short) ((1 << bits) - 1);
    int most = Short.MAX_VALUE / (MAX_QUERY * mask) - ofShort;
    IntVector total = IntVector.zero(INTS);
    ShortVector sum = ShortVector.zero(SHORTS);
    int added = 0;
    for (int i = 0; i < shorts; i += STEP) {
      ShortVector row = shorts(rows, offset + Short.BYTES * i);
      for (int at = i; at < query.length; at += shorts) {
        sum = sum.add(row.and(mask).mul(ShortVector.fromArray(SHORTS, query, at)));
        row = row.lanewise(VectorOperators.LSHR, bits);
      }
      added += ofShort;
      if (added > most) {
        total = total.add(ints(sum));
        sum = ShortVector.zero(SHORTS);
        added = 0;
      }
    }
    return total.add(ints(sum)).reduceLanes(VectorOperators.ADD);
  }

  /** Four rows, interleaved; writes four dots. */
  static void dot4(
      short[] query,
      int bits,
      int shorts,
      byte[] rows,
      int offset0,
      int offset1,
      int offset2,
      int offset3,
      int[] dots,
      int target) {
    int ofShort = Short.SIZE / bits;
    short mask = (short) ((1 << bits) - 1);
    int most = Short.MAX_VALUE / (MAX_QUERY * mask) - ofShort;
    IntVector total0 = IntVector.zero(INTS);
    IntVector total1 = total0;
    IntVector total2 = total0;
    IntVector total3 = total0;
    ShortVector sum0 = ShortVector.zero(SHORTS);
    ShortVector sum1 = sum0;
    ShortVector sum2 = sum0;
    ShortVector sum3 = sum0;
    int added = 0;
    for (int i = 0; i < shorts; i += STEP) {
      ShortVector row0 = shorts(rows, offset0 + Short.BYTES * i);
      ShortVector row1 = shorts(rows, offset1 + Short.BYTES * i);
      ShortVector row2 = shorts(rows, offset2 + Short.BYTES * i);
      ShortVector row3 = shorts(rows, offset3 + Short.BYTES * i);
      for (int at = i; at < query.length; at += shorts) {
        ShortVector part = ShortVector.fromArray(SHORTS, query, at);
        sum0 = sum0.add(row0.and(mask).mul(part));
        sum1 = sum1.add(row1.and(mask).mul(part));
        sum2 = sum2.add(row2.and(mask).mul(part));
        sum3 = sum3.add(row3.and(mask).mul(part));
        row0 = row0.lanewise(VectorOperators.LSHR, bits);
        row1 = row1.lanewise(VectorOperators.LSHR, bits);
        row2 = row2.lanewise(VectorOperators.LSHR, bits);
        row3 = row3.lanewise(VectorOperators.LSHR, bits);
      }
      added += ofShort;
      if (added > most) {
        total0 = total0.add(ints(sum0));
        total1 = total1.add(ints(sum1));
        total2 = total2.add(ints(sum2));
        total3 = total3.add(ints(sum3));
        sum0 = ShortVector.zero(SHORTS);
        sum1 = sum0;
        sum2 = sum0;
        sum3 = sum0;
        added = 0;
      }
    }
    dots[target] = total0.add(ints(sum0)).reduceLanes(VectorOperators.ADD);
    dots[target + 1] = total1.add(ints(sum1)).reduceLanes(VectorOperators.ADD);
    dots[target + 2] = total2.add(ints(sum2)).reduceLanes(VectorOperators.ADD);
    dots[target + 3] = total3.add(ints(sum3)).reduceLanes(VectorOperators.ADD);
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
