package io.proximadb.axis;

import io.proximadb.api.GoalState;
import io.proximadb.api.GoalState.Outcome;
import io.proximadb.axis.AxisIndexManager.Measured;
import io.proximadb.model.Goals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Judges goals by what was measured. */
final class GoalStates {
  /** Checks from which on a mean recall is judged: its error is then below a hundredth, mostly. */
  static final int MIN_CHECKS = 20;

  /** Searches from which on their 99th percentile is judged: five are then above it. */
  static final int MIN_SEARCHES = 500;

  /** So many standard errors below the goal a mean has to be before the goal counts as missed. */
  private static final double SURE = 2;

  private static final double NANOS_A_MILLI = 1e6;

  private final Goals goals;
  private final List<Measured> classes;
  private final PerformanceMonitor monitor;

  GoalStates(Goals goals, List<Measured> classes, PerformanceMonitor monitor) {
    this.goals = goals;
    this.classes = classes;
    this.monitor = monitor;
  }

  /** Those that are stated. */
  List<GoalState> all(long memoryBytes, Optional<Duration> unflushedAge) {
    List<GoalState> states = new ArrayList<>();
    goals.recall().ifPresent(wanted -> states.add(recall(wanted)));
    goals.p99().ifPresent(wanted -> states.add(p99(wanted)));
    goals
        .memoryBytes()
        .ifPresent(
            wanted ->
                states.add(
                    new GoalState(
                        "memory",
                        wanted + " bytes",
                        memoryBytes + " bytes",
                        memoryBytes <= wanted ? Outcome.REACHED : Outcome.MISSED,
                        "loaded indexes of this engine")));
    goals
        .freshness()
        .ifPresent(
            wanted -> {
              Duration age = unflushedAge.orElse(Duration.ZERO);
              states.add(
                  new GoalState(
                      "freshness",
                      wanted.toMillis() + " ms",
                      age.toMillis() + " ms",
                      age.compareTo(wanted) <= 0 ? Outcome.REACHED : Outcome.MISSED,
                      unflushedAge.isPresent()
                          ? "the oldest write that is not in the table"
                          : "every write is in the table"));
            });
    return states;
  }

  private GoalState recall(double wanted) {
    String goal = String.format(Locale.ROOT, "%.3f", wanted);
    Measured worst = null;
    boolean searched = false;
    boolean unsure = false;
    for (Measured one : classes) {
      if (!one.key().way().isSingle() || one.key().wantedPerMille() != perMille(wanted)) {
        continue;
      }
      searched = true;
      if (one.key().way().mayMiss()) {
        if (one.recall().checks() < MIN_CHECKS) {
          unsure |= one.lately().searches() > 0;
        } else if (worst == null || one.recall().mean() < worst.recall().mean()) {
          worst = one;
        }
      }
    }
    if (worst == null) {
      return new GoalState(
          "recall",
          goal,
          searched && !unsure ? "1.000" : "unknown",
          searched && !unsure ? Outcome.REACHED : Outcome.UNKNOWN,
          searched && !unsure
              ? "every row was compared"
              : unsure
                  ? "fewer than " + MIN_CHECKS + " searches were checked" + whyNot()
                  : "no search asked for it");
    }
    RecallWindow.Measured found = worst.recall();
    boolean missed = found.mean() + SURE * found.standardError() < wanted;
    return new GoalState(
        "recall",
        goal,
        String.format(Locale.ROOT, "%.3f ± %.3f", found.mean(), found.standardError()),
        missed ? Outcome.MISSED : Outcome.REACHED,
        "the worst class, by "
            + found.checks()
            + " checks: "
            + worst.key().wayInWords()
            + ", "
            + worst.key().rows().words());
  }

  private static int perMille(double wanted) {
    return QueryClass.perMille(wanted);
  }

  private String whyNot() {
    return monitor.isCheckable() ? "" : "; checks are off, or the files are far away";
  }

  private GoalState p99(Duration wanted) {
    Histogram all = new Histogram(1, ClassMonitor.MOST_NANOS, ClassMonitor.DIGITS);
    for (Measured one : classes) {
      if (one.key().way().isSingle()) {
        all.add(one.lately().nanos());
      }
    }
    boolean enough = all.getTotalCount() >= MIN_SEARCHES;
    long nanos = all.getValueAtPercentile(99);
    return new GoalState(
        "p99",
        millis(wanted.toNanos()),
        enough ? millis(nanos) : "unknown",
        !enough ? Outcome.UNKNOWN : nanos <= wanted.toNanos() ? Outcome.REACHED : Outcome.MISSED,
        all.getTotalCount()
            + " searches of the last "
            + TimeUnit.NANOSECONDS.toMinutes(2 * Rotating.LENGTH_NANOS)
            + " minutes"
            + (enough ? "" : " (expected at least " + MIN_SEARCHES + ")"));
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f ms", nanos / NANOS_A_MILLI);
  }
}
