package io.proximadb.axis;

/**
 * A strategy beside the one that serves, by the same or like searches.
 *
 * @param samples searches that both answered
 * @param asked recall that they asked for
 * @param liveRecall of the one that serves, mean
 * @param recall of the other, mean
 * @param recallError standard error of that
 * @param recallSamples searches whose recall was measured
 * @param liveMicros of the one that serves, median
 * @param micros of the other, median
 * @param answered share of the searches that the index had a part in; 1 if it needs none
 * @param liveServed live searches that the one that serves answered
 * @param served live searches that the other answered, once it has a share of them
 */
public record Comparison(
    long samples,
    double asked,
    double liveRecall,
    double recall,
    double recallError,
    int recallSamples,
    double liveMicros,
    double micros,
    double answered,
    Served liveServed,
    Served served) {
  /**
   * What the live searches took that a strategy answered, lately.
   *
   * @param searches how many there were
   * @param micros median; below 0 without any
   * @param p99Micros what 99 of 100 took at most; below 0 without any
   */
  public record Served(long searches, double micros, double p99Micros) {
    /** None. */
    public static final Served NONE = new Served(0, -1, -1);
  }

  /** Without live searches. */
  Comparison(
      long samples,
      double asked,
      double liveRecall,
      double recall,
      double recallError,
      int recallSamples,
      double liveMicros,
      double micros,
      double answered) {
    this(
        samples,
        asked,
        liveRecall,
        recall,
        recallError,
        recallSamples,
        liveMicros,
        micros,
        answered,
        Served.NONE,
        Served.NONE);
  }

  /** The same beside live searches that each strategy answered. */
  Comparison with(Served ofLive, Served ofOther) {
    return new Comparison(
        samples,
        asked,
        liveRecall,
        recall,
        recallError,
        recallSamples,
        liveMicros,
        micros,
        answered,
        ofLive,
        ofOther);
  }

  /** Nothing was compared. */
  public static final Comparison NONE = new Comparison(0, 0, -1, -1, 0, 0, -1, -1, 1);
}
