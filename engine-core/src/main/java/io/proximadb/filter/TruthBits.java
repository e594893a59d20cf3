package io.proximadb.filter;

import java.util.BitSet;

/**
 * The truth of a condition for each row of a batch, as two disjoint sets of rows; rows in neither
 * are false. Mutable: it belongs to the evaluation that made it.
 */
final class TruthBits {
  private final int rowCount;
  private final BitSet isTrue;
  private final BitSet isUnknown;

  /** Takes both sets over. */
  TruthBits(int rowCount, BitSet isTrue, BitSet isUnknown) {
    assert isTrue.length() <= rowCount && isUnknown.length() <= rowCount;
    assert !isTrue.intersects(isUnknown);
    this.rowCount = rowCount;
    this.isTrue = isTrue;
    this.isUnknown = isUnknown;
  }

  static TruthBits constant(int rowCount, Truth truth) {
    BitSet all = new BitSet(rowCount);
    all.set(0, rowCount);
    return switch (truth) {
      case TRUE -> new TruthBits(rowCount, all, new BitSet());
      case FALSE -> new TruthBits(rowCount, new BitSet(), new BitSet());
      case UNKNOWN -> new TruthBits(rowCount, new BitSet(), all);
    };
  }

  /** The rows for which the condition is true; the set itself. */
  BitSet isTrue() {
    return isTrue;
  }

  /** The rows for which it is unknown; the set itself. */
  BitSet isUnknown() {
    return isUnknown;
  }

  boolean isFalseForAll() {
    return isTrue.isEmpty() && isUnknown.isEmpty();
  }

  boolean isTrueForAll() {
    return isTrue.cardinality() == rowCount;
  }

  /** Narrows this to "this and other". */
  void and(TruthBits other) {
    // Unknown is what is false on neither side and not true on both.
    isUnknown.or(isTrue);
    BitSet otherNotFalse = (BitSet) other.isUnknown.clone();
    otherNotFalse.or(other.isTrue);
    isUnknown.and(otherNotFalse);
    isTrue.and(other.isTrue);
    isUnknown.andNot(isTrue);
  }

  /** Widens this to "this or other". */
  void or(TruthBits other) {
    isTrue.or(other.isTrue);
    isUnknown.or(other.isUnknown);
    isUnknown.andNot(isTrue);
  }

  /** The opposite; unknown stays unknown. */
  TruthBits not() {
    BitSet isFalse = (BitSet) isTrue.clone();
    isFalse.or(isUnknown);
    isFalse.flip(0, rowCount);
    return new TruthBits(rowCount, isFalse, isUnknown);
  }
}
