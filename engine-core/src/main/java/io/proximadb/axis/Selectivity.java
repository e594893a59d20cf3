package io.proximadb.axis;

/** How many of the live rows could be in an answer, in classes. */
enum Selectivity {
  /** No filter was given. */
  ALL(1, "all rows"),
  HALF(0.5, "at least 50 %"),
  FIFTH(0.2, "20 to 50 %"),
  TWENTIETH(0.05, "5 to 20 %"),
  HUNDREDTH(0.01, "1 to 5 %"),
  THOUSANDTH(0.001, "0.1 to 1 %"),
  FEW(0, "below 0.1 %"),

  /** A search that does not look at all rows does not tell how many pass. */
  UNKNOWN(-1, "unknown");

  private static final Selectivity[] FILTERED = {
    HALF, FIFTH, TWENTIETH, HUNDREDTH, THOUSANDTH, FEW
  };

  /** What stands for less than a thousandth. */
  private static final double FEW_SHARE = 5e-4;

  private final double least;
  private final String words;

  Selectivity(double least, String words) {
    this.least = least;
    this.words = words;
  }

  /** The class of a filter that so many of all live rows pass. */
  static Selectivity of(long passing, long live) {
    double share = live == 0 ? 1 : (double) passing / (double) live;
    for (Selectivity selectivity : FILTERED) {
      if (share >= selectivity.least) {
        return selectivity;
      }
    }
    return FEW;
  }

  /** About the share of the rows that pass; 1 where it is not known. */
  double share() {
    return this == ALL || this == UNKNOWN ? 1 : least == 0 ? FEW_SHARE : least;
  }

  String words() {
    return words;
  }
}
