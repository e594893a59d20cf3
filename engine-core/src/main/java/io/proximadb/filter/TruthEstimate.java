package io.proximadb.filter;

import java.util.List;

/**
 * How many rows a condition is true for, and how many it is false for: both, so that it can be
 * negated. Unknown are the others.
 */
record TruthEstimate(int rowCount, RowEstimate isTrue, RowEstimate isFalse) {
  /** The usual guess for a condition on which nothing is known. */
  private static final int ONE_OF = 3;

  static TruthEstimate exactly(int rowCount, long isTrue, long isFalse) {
    return new TruthEstimate(rowCount, exactly(isTrue), exactly(isFalse));
  }

  private static RowEstimate exactly(long rows) {
    return new RowEstimate(rows, rows, rows);
  }

  static TruthEstimate unknown(int rowCount) {
    long guess = rowCount / ONE_OF;
    return new TruthEstimate(
        rowCount,
        new RowEstimate(0, rowCount, guess),
        new RowEstimate(0, rowCount, rowCount - guess));
  }

  TruthEstimate not() {
    return new TruthEstimate(rowCount, /* isTrue= */ isFalse, /* isFalse= */ isTrue);
  }

  /** True if all are, false if one is. */
  static TruthEstimate all(List<TruthEstimate> parts) {
    TruthEstimate all = parts.get(0);
    for (TruthEstimate part : parts.subList(1, parts.size())) {
      int rows = all.rowCount;
      all =
          new TruthEstimate(
              rows, both(all.isTrue, part.isTrue, rows), either(all.isFalse, part.isFalse, rows));
    }
    return all;
  }

  private static RowEstimate both(RowEstimate a, RowEstimate b, int rows) {
    return new RowEstimate(
        Math.max(0, a.least() + b.least() - rows),
        Math.min(a.most(), b.most()),
        rows == 0 ? 0 : Math.round((double) a.likely() / rows * b.likely()));
  }

  private static RowEstimate either(RowEstimate a, RowEstimate b, int rows) {
    double both = rows == 0 ? 0 : (double) a.likely() / rows * b.likely();
    return new RowEstimate(
        Math.max(a.least(), b.least()),
        Math.min(rows, a.most() + b.most()),
        Math.round((double) a.likely() + b.likely() - both));
  }
}
