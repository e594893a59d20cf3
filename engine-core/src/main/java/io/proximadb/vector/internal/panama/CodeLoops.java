package io.proximadb.vector.internal.panama;

import io.proximadb.vector.CodeKernels;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/*
 * Four rows at a time share the loads of the query, which for codes are as many as those of a row.
 *
 * Codes are widened straight to ints (one sign-extending load on x86) and multiplied there. The
 * Vector API of these JDKs has no multiply-add of pairs (pmaddwd, vpdpbusd), and going through
 * shorts costs an extra widening of the sums that eats what the wider multiplication saves.
 *
 * Gathered rows gain more: each is a cache miss of its own, and four misses overlap.
 *
 * Bits are counted by Long.bitCount, which every processor with this API does in one instruction,
 * up to four a cycle; counting in vectors is compiled well by some of the JDKs only.
 */
/** The bodies of the kernels over codes. Callers check bounds. */
final class CodeLoops {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int LANES = INTS.length();

  /** As many bytes as {@code INTS} has lanes. */
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(LANES * Byte.SIZE));

  private CodeLoops() {}

  static int dot(byte[] a, int aOffset, byte[] b, int bOffset, int length) {
    IntVector sum = IntVector.zero(INTS);
    int i = 0;
    for (int bound = length - length % LANES; i < bound; i += LANES) {
      sum = sum.add(widened(a, aOffset + i).mul(widened(b, bOffset + i)));
    }
    int total = sum.reduceLanes(VectorOperators.ADD);
    for (; i < length; i++) {
      total += a[aOffset + i] * b[bOffset + i];
    }
    return total;
  }

  static int squaredL2(byte[] a, int aOffset, byte[] b, int bOffset, int length) {
    IntVector sum = IntVector.zero(INTS);
    int i = 0;
    for (int bound = length - length % LANES; i < bound; i += LANES) {
      IntVector difference = widened(a, aOffset + i).sub(widened(b, bOffset + i));
      sum = sum.add(difference.mul(difference));
    }
    int total = sum.reduceLanes(VectorOperators.ADD);
    for (; i < length; i++) {
      int difference = a[aOffset + i] - b[bOffset + i];
      total += difference * difference;
    }
    return total;
  }

  static void widen(byte[] codes, int offset, int[] wide) {
    int i = 0;
    for (int bound = wide.length - wide.length % LANES; i < bound; i += LANES) {
      widened(codes, offset + i).intoArray(wide, i);
    }
    for (; i < wide.length; i++) {
      wide[i] = codes[offset + i];
    }
  }

  static int dot(int[] query, byte[] rows, int offset) {
    IntVector sum0 = IntVector.zero(INTS);
    IntVector sum1 = sum0;
    int length = query.length;
    int i = 0;
    for (int bound = length - length % (2 * LANES); i < bound; i += 2 * LANES) {
      sum0 = sum0.add(widened(rows, offset + i).mul(ints(query, i)));
      sum1 = sum1.add(widened(rows, offset + i + LANES).mul(ints(query, i + LANES)));
    }
    for (; i <= length - LANES; i += LANES) {
      sum0 = sum0.add(widened(rows, offset + i).mul(ints(query, i)));
    }
    return tail(query, rows, offset, i, sum0.add(sum1).reduceLanes(VectorOperators.ADD));
  }

  /** Four rows, interleaved; writes four dots. */
  static void dot4(
      int[] query,
      byte[] rows,
      int offset0,
      int offset1,
      int offset2,
      int offset3,
      int[] dots,
      int at) {
    IntVector sum0 = IntVector.zero(INTS);
    IntVector sum1 = sum0;
    IntVector sum2 = sum0;
    IntVector sum3 = sum0;
    int i = 0;
    for (int bound = query.length - query.length % LANES; i < bound; i += LANES) {
      IntVector part = ints(query, i);
      sum0 = sum0.add(widened(rows, offset0 + i).mul(part));
      sum1 = sum1.add(widened(rows, offset1 + i).mul(part));
      sum2 = sum2.add(widened(rows, offset2 + i).mul(part));
      sum3 = sum3.add(widened(rows, offset3 + i).mul(part));
    }
    dots[at] = tail(query, rows, offset0, i, sum0.reduceLanes(VectorOperators.ADD));
    dots[at + 1] = tail(query, rows, offset1, i, sum1.reduceLanes(VectorOperators.ADD));
    dots[at + 2] = tail(query, rows, offset2, i, sum2.reduceLanes(VectorOperators.ADD));
    dots[at + 3] = tail(query, rows, offset3, i, sum3.reduceLanes(VectorOperators.ADD));
  }

  /** One block of columns, four registers of rows at a time. */
  static void dotColumns(int[] query, byte[] blocks, int offset, int[] dots, int at) {
    for (int part = 0; part < CodeKernels.BLOCK_ROWS; part += 4 * LANES) {
      IntVector sum0 = IntVector.zero(INTS);
      IntVector sum1 = sum0;
      IntVector sum2 = sum0;
      IntVector sum3 = sum0;
      int column = offset + part;
      for (int value : query) {
        IntVector factor = IntVector.broadcast(INTS, value);
        sum0 = sum0.add(widened(blocks, column).mul(factor));
        sum1 = sum1.add(widened(blocks, column + LANES).mul(factor));
        sum2 = sum2.add(widened(blocks, column + 2 * LANES).mul(factor));
        sum3 = sum3.add(widened(blocks, column + 3 * LANES).mul(factor));
        column += CodeKernels.BLOCK_ROWS;
      }
      sum0.intoArray(dots, at + part);
      sum1.intoArray(dots, at + part + LANES);
      sum2.intoArray(dots, at + part + 2 * LANES);
      sum3.intoArray(dots, at + part + 3 * LANES);
    }
  }

  private static int tail(int[] query, byte[] rows, int offset, int from, int sum) {
    int total = sum;
    for (int i = from; i < query.length; i++) {
      total += query[i] * rows[offset + i];
    }
    return total;
  }

  private static IntVector ints(int[] values, int offset) {
    return IntVector.fromArray(INTS, values, offset);
  }

  private static IntVector widened(byte[] codes, int offset) {
    Vector<Integer> wide =
        ByteVector.fromArray(BYTES, codes, offset).convertShape(VectorOperators.B2I, INTS, 0);
    return (IntVector) wide;
  }
}
