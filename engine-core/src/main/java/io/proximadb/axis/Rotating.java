package io.proximadb.axis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that is counted for a minute at a time: the minute that is under way, and the one
 * before it. Costs nothing while nothing is counted. Safe for use by several threads.
 *
 * @param <T> counts, safe for use by several threads
 */
final class Rotating<T> {
  /** Long enough for a thousand searches a minute to have a 99th percentile. */
  static final long LENGTH_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Supplier<T> empty;
  private volatile @Nullable Interval<T> current;
  private @Nullable Interval<T> before;

  Rotating(Supplier<T> empty) {
    this.empty = empty;
  }

  private record Interval<T>(long startNanos, T counts) {}

  /**
   * What was counted lately.
   *
   * @param counts of one or two intervals; none if it is long ago
   * @param seconds since the first of them began
   */
  record Recent<T>(List<T> counts, double seconds) {}

  /** Where to count now. */
  T at(long nowNanos) {
    Interval<T> interval = current;
    return interval != null && nowNanos - interval.startNanos() < LENGTH_NANOS
        ? interval.counts()
        : next(nowNanos);
  }

  private synchronized T next(long nowNanos) {
    Interval<T> last = current;
    if (last != null) {
      long age = nowNanos - last.startNanos();
      if (age < LENGTH_NANOS) {
        return last.counts();
      }
      before = age < 2 * LENGTH_NANOS ? last : null;
    }
    Interval<T> next = new Interval<>(nowNanos, empty.get());
    current = next;
    return next.counts();
  }

  synchronized Recent<T> recent(long nowNanos) {
    Interval<T> last = current;
    List<T> counts = new ArrayList<>();
    if (last == null || nowNanos - last.startNanos() >= 2 * LENGTH_NANOS) {
      return new Recent<>(counts, 0);
    }
    long start = last.startNanos();
    Interval<T> earlier = before;
    if (earlier != null && nowNanos - start < LENGTH_NANOS) {
      counts.add(earlier.counts());
      start = earlier.startNanos();
    }
    counts.add(last.counts());
    return new Recent<>(counts, (nowNanos - start) / 1e9);
  }
}
