package io.proximadb.core;

import io.proximadb.api.AxisControl;
import io.proximadb.api.AxisDecision;
import io.proximadb.api.AxisField;
import io.proximadb.api.AxisFigures;
import io.proximadb.api.AxisMigration;
import io.proximadb.api.AxisPlan;
import io.proximadb.axis.AxisIndexManager;
import io.proximadb.axis.Comparison;
import io.proximadb.axis.DecisionFile;
import io.proximadb.axis.Decisions;
import io.proximadb.axis.MigrationEngine;
import io.proximadb.axis.Overrides;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.axis.cost.Templates;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.PropertyCommit;
import io.proximadb.catalog.TableProperties;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexTraffic;
import io.proximadb.model.Goals;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.VectorField;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.Pin;
import io.proximadb.storage.TableContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has what AXIS decides about a collection happen: looks, decides, and commits each step of a
 * migration, indexes and decisions file as one.
 */
final class AxisDriver implements AxisControl {
  /*
   * Recovery: what holds is what the table's properties say, all of which one commit sets. A file of
   * decisions that no property names is overwritten by the next step of the same owner, or removed
   * with earlier ones. What was compared is in memory, and compared anew after a restart.
   */
  private static final Logger LOG = LoggerFactory.getLogger(AxisDriver.class);

  /** {@code auto} to decide without goals, {@code off} never to. */
  static final String MODE = Goals.PREFIX + "mode";

  /** Nothing changes so fast that a look more often would see it. */
  private static final long LOOK_MILLIS = TimeUnit.MINUTES.toMillis(10);

  /** Rows that were added or deleted, as a share, before they are looked at again. */
  private static final double CHANGED_ROWS = 0.25;

  private final Surroundings engine;
  private final CollectionTable table;
  private final CollectionStore store;
  private final AxisIndexManager axis;
  private final Object commits;
  private final Runnable wake;
  private final Map<String, Look> looks = new HashMap<>();

  // The decisions that were read last, and the file that they are of.
  private Decisions known = Decisions.NONE;
  private @Nullable String knownName;

  /** When a field was decided about, and for what. */
  private record Look(long atMillis, long rows, Goals goals) {}

  /**
   * Drives nothing yet.
   *
   * @param table for committing
   * @param commits held while something is committed
   * @param wake has maintenance look at the collection
   */
  AxisDriver(
      Surroundings engine,
      CollectionTable table,
      CollectionStore store,
      AxisIndexManager axis,
      Object commits,
      Runnable wake) {
    this.engine = engine;
    this.table = table;
    this.store = store;
    this.axis = axis;
    this.commits = commits;
    this.wake = wake;
  }

  /** What was decided about a table, as far as that can be read. */
  static Decisions decisions(TableContext context) {
    try {
      return DecisionFile.read(context);
    } catch (UnavailableException e) {
      LOG.debug("Decisions are read again soon: {}", e.getMessage());
    } catch (CorruptFileException e) {
      LOG.warn("Deciding anew: {}", e.getMessage());
    }
    return Decisions.NONE;
  }

  /**
   * What was decided, to go on from. Files never change, so each is read once.
   *
   * @throws UnavailableException if it cannot be read for now: nothing is decided then
   */
  private synchronized Decisions toGoOnFrom(TableContext context) {
    String name = context.properties().get(DecisionFile.PROPERTY);
    if (!Objects.equals(name, knownName)) {
      try {
        known = DecisionFile.read(context);
      } catch (CorruptFileException e) {
        LOG.warn("Deciding anew: {}", e.getMessage());
        known = Decisions.unread(DecisionFile.version(context));
      }
      knownName = name;
    }
    return known;
  }

  private long nowMillis() {
    return engine.nowMicros() / 1_000;
  }

  @Override
  public AxisPlan explain(@Nullable String name) {
    try (Pin pin = store.pin()) {
      VectorField field = Overrides.field(pin.state().context().schema(), name);
      Decisions decisions = decisions(pin.state().context());
      AxisField state = AxisIndexes.serving(field.name(), pin.state(), decisions);
      return axis.plan(pin, field, state, decisions.history(), nowMillis());
    }
  }

  @Override
  public void override(String name, String strategy) {
    Overrides.check(store.schemaTools().context().schema(), name, strategy);
    set(Overrides.property(name), strategy);
  }

  @Override
  public void automatic(String name) {
    VectorField field = Overrides.field(store.schemaTools().context().schema(), name);
    set(Overrides.property(field.name()), null);
  }

  private void set(String property, @Nullable String value) {
    synchronized (commits) {
      PropertyCommit.on(table).set(property, value).commit();
    }
    store.refresh();
    wake.run();
  }

  @Override
  public Optional<String> step() {
    store.own();
    store.refresh();
    return step(true);
  }

  /** A step of the background: does not decide again what was decided lately. */
  Optional<String> background() {
    Map<String, String> seen = store.seenProperties();
    boolean concerned =
        seen.keySet().stream()
            .anyMatch(key -> key.startsWith(Goals.PREFIX) && !key.equals(Goals.FRESHNESS));
    return concerned ? step(false) : Optional.empty();
  }

  private synchronized Optional<String> step(boolean now) {
    try (Pin pin = store.pin()) {
      CollectionState state = pin.state();
      Decisions decisions = toGoOnFrom(state.context());
      List<VectorField> fields = state.context().schema().allVectorFields();
      // One migration at a time: searches are compared for one.
      Optional<VectorField> moving =
          fields.stream()
              .filter(
                  field -> AxisIndexes.serving(field.name(), state, decisions).migration() != null)
              .findFirst();
      for (VectorField field : moving.map(List::of).orElse(fields)) {
        MigrationEngine.Step step = step(pin, field, decisions, now);
        if (step != null) {
          commit(state.context(), decisions, step);
          return Optional.of(step.what());
        }
      }
      return Optional.empty();
    }
  }

  private MigrationEngine.@Nullable Step step(
      Pin pin, VectorField field, Decisions decisions, boolean now) {
    CollectionState state = pin.state();
    Map<String, String> properties = state.context().properties();
    AxisField serving = AxisIndexes.serving(field.name(), state, decisions);
    String wanted = properties.get(Overrides.property(field.name()));
    boolean off = "off".equals(properties.get(MODE)) && wanted == null;
    AxisMigration migration = serving.migration();
    if (migration != null) {
      String reason = notWanted(state, serving, migration, wanted, off);
      if (reason != null) {
        return MigrationEngine.cancel(serving, reason, nowMillis());
      }
      boolean built = migration.phase().equals("BUILD");
      Comparison compared = built ? Comparison.NONE : axis.compared(serving, migration);
      boolean complete = !built || isComplete(state, migration);
      return MigrationEngine.next(
          serving, new MigrationEngine.Seen(nowMillis(), complete, compared, state.goals()));
    }
    Set<String> left = AxisIndexes.leftovers(state, serving);
    if (!left.isEmpty()) {
      return MigrationEngine.cleared(serving, left, nowMillis());
    }
    if (wanted != null) {
      return wanted.equals(serving.strategy())
          ? null
          : overridden(state, serving, wanted, decisions);
    }
    if (off || !decides(properties, state.goals()) || AxisIndexes.isByHand(state, serving)) {
      return null;
    }
    if (!now && !isToBeLookedAt(pin, field)) {
      return null;
    }
    AxisPlan plan = axis.plan(pin, field, serving, decisions.history(), nowMillis());
    looks.put(field.name(), new Look(nowMillis(), plan.rows(), state.goals()));
    if (!plan.change()) {
      return null;
    }
    AxisFigures predicted =
        plan.candidates().stream()
            .filter(one -> one.strategy().equals(plan.chosen()))
            .findFirst()
            .orElseThrow()
            .predicted();
    Strategy to = Templates.shipped().named(plan.chosen());
    return MigrationEngine.begin(
        serving,
        to,
        AxisIndexes.name(state, decisions),
        plan.template() + ": " + plan.reason(),
        predicted,
        nowMillis());
  }

  private MigrationEngine.@Nullable Step overridden(
      CollectionState state, AxisField serving, String wanted, Decisions decisions) {
    try {
      Overrides.check(state.context().schema(), serving.field(), wanted);
    } catch (InvalidArgumentException e) {
      LOG.warn("Ignoring property {}: {}", Overrides.property(serving.field()), e.getMessage());
      return null;
    }
    return MigrationEngine.begin(
        serving,
        Templates.shipped().named(wanted),
        AxisIndexes.name(state, decisions),
        "set by hand",
        AxisFigures.UNKNOWN,
        nowMillis());
  }

  private static @Nullable String notWanted(
      CollectionState state,
      AxisField serving,
      AxisMigration migration,
      @Nullable String wanted,
      boolean off) {
    if (off) {
      return "AXIS was told to decide nothing";
    }
    if (wanted != null && !wanted.equals(migration.to())) {
      return wanted + " was set by hand";
    }
    if (wanted == null && AxisIndexes.isByHand(state, serving)) {
      return "an index of the field was made by hand";
    }
    if (!AxisIndexes.isThere(state, serving.index())) {
      return "the index that served was dropped by hand";
    }
    return AxisIndexes.isThere(state, migration.index()) ? null : "its index was dropped by hand";
  }

  private static boolean decides(Map<String, String> properties, Goals goals) {
    return "auto".equals(properties.get(MODE))
        || goals.recall().isPresent()
        || goals.p99().isPresent()
        || goals.memoryBytes().isPresent();
  }

  private boolean isToBeLookedAt(Pin pin, VectorField field) {
    Look last = looks.get(field.name());
    if (last == null || !last.goals().equals(pin.state().goals())) {
      return true;
    }
    long rows = pin.state().segments().stream().mapToLong(one -> one.undeletedRows()).sum();
    boolean other = Math.abs(rows - last.rows()) > CHANGED_ROWS * Math.max(1, (double) last.rows());
    boolean longAgo = nowMillis() - last.atMillis() >= LOOK_MILLIS;
    return other || (longAgo && axis.monitor().isActive());
  }

  private static boolean isComplete(CollectionState state, AxisMigration migration) {
    return state.indexes().stream()
        .filter(index -> index.name().equals(migration.index()))
        .map(index -> IndexReport.of(state, index))
        .allMatch(info -> info.indexedFiles() == info.files());
  }

  private void commit(TableContext context, Decisions before, MigrationEngine.Step step) {
    Decisions after = before.next(step);
    synchronized (commits) {
      long epoch;
      synchronized (store.lock()) {
        epoch = store.ownership().epoch();
      }
      engine.reached("axis.decided");
      String file = DecisionFile.write(context, after, epoch);
      engine.reached("axis.written");
      PropertyCommit commit =
          PropertyCommit.on(table)
              .require(TableProperties.OWNER_EPOCH, Long.toString(epoch))
              .require(DecisionFile.PROPERTY, context.properties().get(DecisionFile.PROPERTY))
              .set(DecisionFile.PROPERTY, file);
      IndexDefinition added = step.added();
      if (added != null) {
        IndexDefinitions.properties(added).forEach(commit::set);
      }
      for (String dropped : step.dropped()) {
        context.properties().keySet().stream()
            .filter(key -> key.startsWith(IndexDefinitions.prefix(dropped)))
            .forEach(key -> commit.set(key, null));
        commit.set(IndexTraffic.PREFIX + dropped, null);
      }
      step.settled().forEach(index -> commit.set(IndexTraffic.PREFIX + index, null));
      step.traffic()
          .forEach((index, share) -> commit.set(IndexTraffic.PREFIX + index, share.toString()));
      if (isRolledBack(step)) {
        // Else what was set by hand would be tried again and again.
        String override = Overrides.property(step.field().field());
        commit.require(override, context.properties().get(override)).set(override, null);
      }
      commit.commit();
      engine.reached("axis.committed");
    }
    store.refresh();
    engine.reached("axis.installed");
    if (step.field().migration() == null) {
      axis.compareNoMore();
    }
    try {
      DecisionFile.removeEarlier(context, after.version());
    } catch (RuntimeException e) {
      LOG.debug("Earlier decisions of {} stay for now", table.name(), e);
    }
    wake.run();
  }

  private static boolean isRolledBack(MigrationEngine.Step step) {
    return step.decisions().stream()
        .anyMatch(made -> made.outcome().equals(AxisDecision.ROLLED_BACK));
  }
}
