package io.proximadb.api;

import io.proximadb.model.Goals;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a collection is to reach, and what this engine measures; see {@code docs/axis.md}.
 *
 * @param goals that its table states
 * @param problems with properties that state goals and make no sense
 * @param goalStates each goal that is stated, judged by what was measured
 * @param searches the classes of searches, those first that there were most of lately
 * @param searchesPerSecond of all classes
 * @param writesPerSecond records written or deleted through this engine
 * @param indexMemoryBytes heap of the indexes that are loaded
 * @param unflushedAge since when the oldest write waits that is not in the table; empty for none
 * @param monitored false if this engine was told not to measure
 * @param fields how each vector field is answered that AXIS has decided about
 * @param history what was decided, the newest last
 * @param filters the columns that filters of searches ask for, the one asked for most first
 */
public record AxisReport(
    Goals goals,
    List<String> problems,
    List<GoalState> goalStates,
    List<SearchClass> searches,
    double searchesPerSecond,
    double writesPerSecond,
    long indexMemoryBytes,
    Optional<Duration> unflushedAge,
    boolean monitored,
    List<AxisField> fields,
    List<AxisDecision> history,
    List<FilterColumn> filters) {
  public AxisReport {
    problems = List.copyOf(problems);
    goalStates = List.copyOf(goalStates);
    searches = List.copyOf(searches);
    fields = List.copyOf(fields);
    history = List.copyOf(history);
    filters = List.copyOf(filters);
  }
}
