package io.proximadb.filter;

import java.util.BitSet;
import org.roaringbitmap.BitSetUtil;
import org.roaringbitmap.RoaringBitmap;

/**
 * The truth of a condition for each row of a file, as two disjoint sets of rows; rows in neither
 * are false. {@link TruthBits} for sets that indexes give. Mutable: it belongs to the evaluation
 * that made it.
 */
final class TruthRows {
  private final int rowCount;
  private final RoaringBitmap isTrue;
  private final RoaringBitmap isUnknown;

  /** Takes both sets over. */
  TruthRows(int rowCount, RoaringBitmap isTrue, RoaringBitmap isUnknown) {
    assert !RoaringBitmap.intersects(isTrue, isUnknown);
    this.rowCount = rowCount;
    this.isTrue = isTrue;
    this.isUnknown = isUnknown;
  }

  static TruthRows constant(int rowCount, Truth truth) {
    RoaringBitmap all = new RoaringBitmap();
    all.add(0L, rowCount);
    return switch (truth) {
      case TRUE -> new TruthRows(rowCount, all, new RoaringBitmap());
      case FALSE -> new TruthRows(rowCount, new RoaringBitmap(), new RoaringBitmap());
      case UNKNOWN -> new TruthRows(rowCount, new RoaringBitmap(), all);
    };
  }

  static TruthRows of(int rowCount, TruthBits bits) {
    return new TruthRows(rowCount, rows(bits.isTrue()), rows(bits.isUnknown()));
  }

  private static RoaringBitmap rows(BitSet bits) {
    return BitSetUtil.bitmapOf(bits);
  }

  /** The rows for which the condition is true; the set itself. */
  RoaringBitmap isTrue() {
    return isTrue;
  }

  boolean isFalseForAll() {
    return isTrue.isEmpty() && isUnknown.isEmpty();
  }

  boolean isTrueForAll() {
    return isTrue.getLongCardinality() == rowCount;
  }

  /** Narrows this to "this and other". */
  void and(TruthRows other) {
    // Unknown is what is false on neither side and not true on both.
    isUnknown.or(isTrue);
    isUnknown.and(RoaringBitmap.or(other.isUnknown, other.isTrue));
    isTrue.and(other.isTrue);
    isUnknown.andNot(isTrue);
  }

  /** Widens this to "this or other". */
  void or(TruthRows other) {
    isTrue.or(other.isTrue);
    isUnknown.or(other.isUnknown);
    isUnknown.andNot(isTrue);
  }

  /** The opposite; unknown stays unknown. */
  TruthRows not() {
    RoaringBitmap isFalse = RoaringBitmap.or(isTrue, isUnknown);
    isFalse.flip(0L, rowCount);
    return new TruthRows(rowCount, isFalse, isUnknown);
  }
}
