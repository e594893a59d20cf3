package io.proximadb.api;

/**
 * What a strategy reaches and costs, predicted or measured; {@code docs/axis.md} says how. Numbers
 * below 0 are unknown.
 *
 * @param recall of searches, in [0, 1]
 * @param micros of a search on average, microseconds
 * @param p99Micros within which 99 of 100 searches are answered, microseconds
 * @param memoryBytes heap of its indexes
 * @param buildSeconds of processor time to build them
 */
public record AxisFigures(
    double recall, double micros, double p99Micros, long memoryBytes, double buildSeconds) {
  /** Nothing is known. */
  public static final AxisFigures UNKNOWN = new AxisFigures(-1, -1, -1, -1, -1);

  /** The same with searches that take longer or shorter by a factor. */
  public AxisFigures slower(double factor) {
    return new AxisFigures(recall, factor * micros, factor * p99Micros, memoryBytes, buildSeconds);
  }

  /** The same with searches that take so many microseconds more; what is unknown stays so. */
  public AxisFigures later(double more) {
    return new AxisFigures(
        recall,
        micros < 0 ? micros : micros + more,
        p99Micros < 0 ? p99Micros : p99Micros + more,
        memoryBytes,
        buildSeconds);
  }
}
