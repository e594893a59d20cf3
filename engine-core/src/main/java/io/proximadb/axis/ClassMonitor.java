package io.proximadb.axis;

import io.proximadb.api.SearchResponse;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/** Measures the searches of one class. Safe for use by several threads. */
final class ClassMonitor {
  /** Resolution of latencies: below what a search takes that does anything. */
  private static final long LEAST_NANOS = 128;

  /** Latencies above are counted as this. */
  static final long MOST_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** Within a hundredth; a histogram then takes 35 KB. */
  static final int DIGITS = 2;

  private final QueryClass key;
  private final Rotating<Minute> minutes = new Rotating<>(Minute::new);
  private final RecallWindow recalls = new RecallWindow();
  private volatile double promised = Double.NaN;
  private volatile long lastNanos;

  ClassMonitor(QueryClass key) {
    this.key = key;
  }

  /** The searches of a minute. */
  private static final class Minute {
    private final AtomicHistogram nanos = new AtomicHistogram(LEAST_NANOS, MOST_NANOS, DIGITS);
    private final AtomicLong searches = new AtomicLong();
    private final LongAdder covered = new LongAdder();
    private final LongAdder compared = new LongAdder();
  }

  /**
   * What was measured lately.
   *
   * @param nanos latencies
   * @param searches that were answered; of those at once all
   * @param seconds that it took
   * @param covered rows that indexes answered for
   * @param compared rows that were compared one by one
   */
  record Lately(Histogram nanos, long searches, double seconds, long covered, long compared) {}

  /** An empty one of latencies. */
  static Histogram histogram() {
    return new Histogram(LEAST_NANOS, MOST_NANOS, DIGITS);
  }

  QueryClass key() {
    return key;
  }

  RecallWindow recalls() {
    return recalls;
  }

  /** When the last search of the class ended. */
  long lastNanos() {
    return lastNanos;
  }

  /** The recall that the last answer promised; empty if none did. */
  OptionalDouble promised() {
    return Double.isNaN(promised) ? OptionalDouble.empty() : OptionalDouble.of(promised);
  }

  void searched(SearchResponse response, long nanos, long nowNanos) {
    Minute minute = count(1, nanos, nowNanos);
    minute.covered.add(response.rowsCoveredByIndex());
    minute.compared.add(response.rowsScannedExactly());
    promised = response.recall().orElse(Double.NaN);
  }

  /** Counts searches that were answered in one call. */
  void searched(int searches, long nanos, long nowNanos) {
    Minute minute = count(searches, nanos, nowNanos);
    assert minute.searches.get() > 0;
  }

  private Minute count(int searches, long nanos, long nowNanos) {
    Minute minute = minutes.at(nowNanos);
    minute.nanos.recordValue(Math.max(0, Math.min(nanos, MOST_NANOS)));
    minute.searches.addAndGet(searches);
    lastNanos = nowNanos;
    return minute;
  }

  Lately lately(long nowNanos) {
    Rotating.Recent<Minute> recent = minutes.recent(nowNanos);
    Histogram nanos = histogram();
    long searches = 0;
    long covered = 0;
    long compared = 0;
    for (Minute minute : recent.counts()) {
      nanos.add(minute.nanos);
      searches += minute.searches.get();
      covered += minute.covered.sum();
      compared += minute.compared.sum();
    }
    return new Lately(nanos, searches, recent.seconds(), covered, compared);
  }
}
