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
    double answered) {
  /** Nothing was compared. */
  public static final Comparison NONE = new Comparison(0, 0, -1, -1, 0, 0, -1, -1, 1);
}
