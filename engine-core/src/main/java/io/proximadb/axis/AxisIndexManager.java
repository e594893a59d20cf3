package io.proximadb.axis;

import io.proximadb.api.AxisDecision;
import io.proximadb.api.AxisField;
import io.proximadb.api.AxisMigration;
import io.proximadb.api.AxisPlan;
import io.proximadb.api.AxisReport;
import io.proximadb.api.GoalState;
import io.proximadb.api.IndexInfo;
import io.proximadb.api.SearchClass;
import io.proximadb.model.Goals;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.VectorField;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What AXIS knows of one collection: its goals, and how far they are reached. */
public final class AxisIndexManager {
  private final PerformanceMonitor monitor;
  private final CollectionAnalyzer analyzer = new CollectionAnalyzer();
  private final AdaptiveIndexEngine engine;

  AxisIndexManager(PerformanceMonitor monitor, AdaptiveIndexEngine engine) {
    this.monitor = monitor;
    this.engine = engine;
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
   * @param decisions about it
   */
  public AxisReport describe(
      CollectionState state,
      List<IndexInfo> indexes,
      Optional<Duration> unflushedAge,
      Decisions decisions) {
    List<String> problems = new ArrayList<>();
    Goals goals =
        Goals.of(state.context().properties(), (property, problem) -> problems.add(problem));
    long now = monitor.nowNanos();
    List<Measured> measured = measured(now);
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
        monitor.isOn(),
        decisions.fields(),
        decisions.history(),
        monitor.filters().lately(now));
  }

  private List<Measured> measured(long now) {
    return monitor.classes().stream()
        .map(one -> new Measured(one, one.lately(now), one.recalls().measured()))
        .sorted(Comparator.comparingLong((Measured one) -> one.lately().searches()).reversed())
        .toList();
  }

  /**
   * What would be decided about a field.
   *
   * @param state what was decided before
   * @param history of all decisions
   */
  public AxisPlan plan(
      Pin pin, VectorField field, AxisField state, List<AxisDecision> history, long nowMillis) {
    List<Measured> measured = measured(monitor.nowNanos());
    Goals goals = pin.state().goals();
    correct(field, state, measured);
    long rows = 0;
    int files = 0;
    for (SegmentView segment : pin.state().segments()) {
      rows += segment.undeletedRows();
      files++;
    }
    return engine.plan(
        new AdaptiveIndexEngine.Case(
            field,
            pin.state().context().schema(),
            rows,
            files,
            field.isSparse() || rows == 0 ? null : analyzer.profile(pin, field.name()),
            () -> analyzer.sample(pin, field),
            ReadingPrice.of(pin, field),
            Workload.of(field.name(), measured, monitor.writesPerSecond(monitor.nowNanos()), goals),
            goals,
            state,
            history,
            nowMillis));
  }

  /** Holds the latency of the strategy that serves against what was predicted of it. */
  private void correct(VectorField field, AxisField state, List<Measured> measured) {
    for (Measured one : measured) {
      IndexDefinition index = one.key().index();
      boolean serving = index == null ? state.index() == null : index.name().equals(state.index());
      if (serving
          && one.key().way().isSingle()
          && one.key().field().equals(field.name())
          && one.key().rows() == Selectivity.ALL
          && one.lately().searches() >= GoalStates.MIN_SEARCHES) {
        double micros = one.lately().nanos().getValueAtPercentile(50) / 1e3;
        engine.measured(state.strategy(), state.predicted().micros(), micros);
        return;
      }
    }
  }

  /**
   * What comparisons of both strategies of a migration found in its phase; has them made from now
   * on.
   */
  public Comparison compared(AxisField state, AxisMigration migration) {
    Shadow shadow = monitor.shadow();
    if (shadow == null
        || !shadow.isOf(state.field(), migration.phaseMillis(), state.index(), migration.index())) {
      monitor.compare(
          new Shadow(state.field(), migration.phaseMillis(), state.index(), migration.index()));
      return Comparison.NONE;
    }
    Comparison compared = shadow.compared();
    return migration.phase().equals(MigrationEngine.TRAFFIC)
        ? compared.with(
            monitor.served(state.field(), state.index()),
            monitor.served(state.field(), migration.index()))
        : compared;
  }

  /** Has no more comparisons made. */
  public void compareNoMore() {
    monitor.compare(null);
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
