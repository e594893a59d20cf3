package io.proximadb.axis;

import io.proximadb.api.AxisDecision;
import io.proximadb.api.AxisField;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What was decided about a table: the content of its decisions file.
 *
 * @param format of the file, {@value #FORMAT}
 * @param version grows by one with every change
 * @param fields those that were decided about
 * @param history the newest last, at most {@value #MAX_HISTORY}
 */
public record Decisions(
    int format, long version, List<AxisField> fields, List<AxisDecision> history) {
  /** The format that is written. */
  public static final int FORMAT = 1;

  /** Some weeks of decisions, in some tens of KiB. */
  static final int MAX_HISTORY = 100;

  /** Nothing was decided yet. */
  public static final Decisions NONE = new Decisions(FORMAT, 0, List.of(), List.of());

  /** Nothing that can be read was decided, up to a version that was. */
  public static Decisions unread(long version) {
    return new Decisions(FORMAT, version, List.of(), List.of());
  }

  public Decisions {
    fields = List.copyOf(fields);
    history = List.copyOf(history);
  }

  /** What was decided about a field. */
  public Optional<AxisField> field(String name) {
    return fields.stream().filter(field -> field.field().equals(name)).findFirst();
  }

  /** The next version, after a step. */
  public Decisions next(MigrationEngine.Step step) {
    AxisField changed = step.field();
    List<AxisDecision> made = step.decisions();
    List<AxisField> others = new ArrayList<>(fields);
    others.removeIf(field -> field.field().equals(changed.field()));
    others.add(changed);
    List<AxisDecision> all = new ArrayList<>(history);
    all.addAll(made);
    return new Decisions(
        FORMAT,
        version + 1,
        others,
        all.subList(Math.max(0, all.size() - MAX_HISTORY), all.size()));
  }
}
