package io.proximadb.axis;

import io.proximadb.api.AxisReport;
import io.proximadb.api.GoalState;
import io.proximadb.api.IndexInfo;
import io.proximadb.api.SearchClass;
import io.proximadb.model.Goals;
import io.proximadb.mvcc.CollectionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What AXIS knows of one collection: its goals, and how far they are reached. */
public final class AxisIndexManager {
  private final PerformanceMonitor monitor;
  private final CollectionAnalyzer analyzer = new CollectionAnalyzer();

  AxisIndexManager(PerformanceMonitor monitor) {
    this.monitor = monitor;
  }

  /** Looks at the data. */
  public CollectionAnalyzer analyzer() {
    return analyzer;
  }

  /** Is told of searches and writes. */
  public PerformanceMonitor monitor() {
    return monitor;
  }

  /**
   * The collection as it is measured now.
   *
   * @param indexes of it
   * @param unflushedAge since when the oldest write waits that is not in the table; empty for none
   */
  public AxisReport describe(
      CollectionState state, List<IndexInfo> indexes, Optional<Duration> unflushedAge) {
    List<String> problems = new ArrayList<>();
    Goals goals =
        Goals.of(state.context().properties(), (property, problem) -> problems.add(problem));
    long now = monitor.nowNanos();
    List<Measured> measured =
        monitor.classes().stream()
            .map(one -> new Measured(one, one.lately(now), one.recalls().measured()))
            .sorted(Comparator.comparingLong((Measured one) -> one.lately().searches()).reversed())
            .toList();
    long memory = indexes.stream().mapToLong(IndexInfo::memoryBytes).sum();
    GoalStates judge = new GoalStates(goals, measured, monitor);
    List<GoalState> states = judge.all(memory, unflushedAge);
    List<SearchClass> classes = measured.stream().map(Measured::shown).toList();
    return new AxisReport(
        goals,
        problems,
        states,
        classes,
        classes.stream().mapToDouble(SearchClass::perSecond).sum(),
        monitor.writesPerSecond(now),
        memory,
        unflushedAge,
        monitor.isOn());
  }

  /**
   * A class of searches as it is measured now.
   *
   * @param of the class
   * @param lately its searches
   * @param recall what checks found
   */
  record Measured(ClassMonitor of, ClassMonitor.Lately lately, RecallWindow.Measured recall) {
    QueryClass key() {
      return of.key();
    }

    SearchClass shown() {
      long rows = lately.covered() + lately.compared();
      return new SearchClass(
          key().field(),
          key().wayInWords(),
          key().answers(),
          key().rows().words(),
          key().wantedPerMille() / 1e3,
          lately.searches(),
          lately.searches() == 0 ? 0 : lately.searches() / lately.seconds(),
          Duration.ofNanos(lately.nanos().getValueAtPercentile(50)),
          Duration.ofNanos(lately.nanos().getValueAtPercentile(99)),
          Duration.ofNanos(lately.nanos().getMaxValue()),
          rows == 0 ? 0 : (double) lately.covered() / rows,
          of.promised(),
          recall.mean(),
          recall.standardError(),
          recall.checks());
    }
  }
}
