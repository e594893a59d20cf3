package io.proximadb.index.flat;

/** Takes candidates and keeps the best. */
interface Selection {
  /** A candidate with a score above this is not kept: it need not be offered. */
  double bound();

  /** Offers a candidate; scores are numbers, never NaN. */
  void offer(long ordinal, double score);
}
