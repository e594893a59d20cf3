package io.proximadb.axis;

import io.proximadb.api.AxisDecision;
import io.proximadb.api.AxisField;
import io.proximadb.api.AxisFigures;
import io.proximadb.api.AxisMigration;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.index.IndexTraffic;
import io.proximadb.model.Goals;
import io.proximadb.model.IndexDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Says how a field gets from one strategy to another: its index is built beside the one that
 * serves, answers sampled searches in its shadow, serves a tenth of the searches, then half, then
 * all; then the one before is dropped. If it turns out to be worse it is dropped instead.
 *
 * <p>Has no state: where a migration is stands in the table, and each step is one commit. So one
 * goes on where it was after a restart, or by another engine that took the table over.
 */
public final class MigrationEngine {
  /** The phases, as they are told. */
  static final String BUILD = "BUILD";

  static final String SHADOW = "SHADOW";
  static final String TRAFFIC = "TRAFFIC";

  /** Shares of the searches, in per cent. */
  private static final List<Integer> SHARES = List.of(10, 50, IndexTraffic.ALL);

  /**
   * Searches that both have to have answered before a verdict: a median is then good to a tenth.
   */
  static final int MIN_SAMPLES = 24;

  /** After so long without enough searches there is nobody who could be harmed. */
  static final long MAX_WAIT_MILLIS = TimeUnit.MINUTES.toMillis(10);

  /** A build that takes longer will not end: it may not fit into memory, or be paused. */
  static final long MAX_BUILD_MILLIS = TimeUnit.HOURS.toMillis(6);

  /** Recall may be below what is asked for by that much, as calibration allows itself. */
  private static final double RECALL_SLACK = 0.02;

  /** So many standard errors a mean has to be off to count. */
  private static final double SURE = 2;

  /** Slower than what serves by that factor is worse. */
  private static final double MOST_SLOWER = 1.25;

  /** A prediction may be off by that. */
  private static final double MOST_MISPREDICTED = 2;

  /** Live searches of each from which on latencies count: five are above the 99th percentile. */
  static final int MIN_SERVED = 500;

  /**
   * Live searches of one may be slower by that factor: which they are follows from the queries, so
   * those of one may be harder.
   */
  private static final double MOST_SLOWER_SERVED = 2;

  /** Differences that no caller feels. */
  private static final double FREE_MICROS = 200;

  private MigrationEngine() {}

  /**
   * What is to be committed as one.
   *
   * @param field after it
   * @param decisions for the history
   * @param added index to be made; null for none
   * @param dropped indexes that are to go
   * @param traffic shares by index; those of dropped ones go with them
   * @param settled indexes that no longer have a share of their own
   * @param what in words
   */
  public record Step(
      AxisField field,
      List<AxisDecision> decisions,
      @Nullable IndexDefinition added,
      Set<String> dropped,
      Map<String, Integer> traffic,
      Set<String> settled,
      String what) {}

  /**
   * What is seen of a migration.
   *
   * @param nowMillis the time
   * @param complete true if all files have the index
   * @param compared by the searches of this phase
   * @param goals of the collection
   */
  public record Seen(long nowMillis, boolean complete, Comparison compared, Goals goals) {}

  /** Begins to move a field to another strategy, under a name for its index. */
  public static Step begin(
      AxisField field,
      Strategy to,
      String indexName,
      String reason,
      AxisFigures predicted,
      long nowMillis) {
    IndexDefinition index = to.definition(indexName, field.field());
    AxisMigration migration =
        new AxisMigration(
            to.name(),
            index == null ? null : indexName,
            index == null ? SHADOW : BUILD,
            0,
            nowMillis,
            nowMillis,
            reason,
            predicted,
            AxisFigures.UNKNOWN);
    return new Step(
        field.with(migration),
        List.of(
            decided(field, migration, AxisDecision.BEGUN, reason, AxisFigures.UNKNOWN, nowMillis)),
        index,
        Set.of(),
        index == null ? Map.of() : Map.of(indexName, 0),
        Set.of(),
        "began to move field '" + field.field() + "' to " + to.name() + ": " + reason);
  }

  /** The next step of a migration; null if it has to wait. */
  public static @Nullable Step next(AxisField field, Seen seen) {
    AxisMigration migration = Objects.requireNonNull(field.migration());
    if (migration.phase().equals(BUILD)) {
      boolean late = seen.nowMillis() - migration.phaseMillis() >= MAX_BUILD_MILLIS;
      return seen.complete()
          ? inPhase(field, migration, SHADOW, 0, seen)
          : late
              ? back(
                  field,
                  AxisDecision.ROLLED_BACK,
                  "its index was not built in six hours (see the log of maintenance)",
                  AxisFigures.UNKNOWN,
                  seen.nowMillis())
              : null;
    }
    Comparison compared = seen.compared();
    if (compared.samples() < MIN_SAMPLES) {
      boolean waited = seen.nowMillis() - migration.phaseMillis() >= MAX_WAIT_MILLIS;
      return waited ? further(field, migration, seen) : null;
    }
    String worse = worse(migration, compared, seen.goals());
    return worse == null
        ? further(field, migration, seen)
        : back(field, AxisDecision.ROLLED_BACK, worse, figures(compared), seen.nowMillis());
  }

  private static Step further(AxisField field, AxisMigration migration, Seen seen) {
    for (int share : SHARES) {
      if (share > migration.percent()) {
        return inPhase(field, migration, TRAFFIC, share, seen);
      }
    }
    return done(field, migration, seen);
  }

  private static Step inPhase(
      AxisField field, AxisMigration migration, String phase, int percent, Seen seen) {
    Comparison compared = seen.compared();
    AxisFigures live =
        compared.liveMicros() > 0
            ? new AxisFigures(compared.liveRecall(), compared.liveMicros(), -1, -1, -1)
            : migration.live();
    AxisMigration further =
        new AxisMigration(
            migration.to(),
            migration.index(),
            phase,
            percent,
            migration.startedMillis(),
            seen.nowMillis(),
            migration.reason(),
            migration.predicted(),
            live);
    String index = migration.index();
    Map<String, Integer> traffic = new TreeMap<>();
    if (index != null) {
      traffic.put(index, percent);
    } else if (field.index() != null) {
      traffic.put(field.index(), IndexTraffic.ALL - percent);
    }
    return new Step(
        field.with(further),
        List.of(),
        null,
        Set.of(),
        traffic,
        Set.of(),
        migration.to()
            + " of field '"
            + field.field()
            + "': "
            + (phase.equals(SHADOW)
                ? "built, compared in the shadow of " + field.strategy()
                : "serves " + percent + " % of the searches")
            + (compared.samples() < MIN_SAMPLES ? "" : " (" + words(compared) + ")"));
  }

  private static Step done(AxisField field, AxisMigration migration, Seen seen) {
    AxisFigures measured = figures(seen.compared());
    AxisField after =
        new AxisField(
            field.field(),
            migration.to(),
            migration.index(),
            seen.nowMillis(),
            migration.predicted(),
            measured,
            null);
    String before = field.index();
    String index = migration.index();
    return new Step(
        after,
        List.of(
            decided(
                field,
                migration,
                AxisDecision.DONE,
                migration.reason(),
                measured,
                seen.nowMillis())),
        null,
        before == null ? Set.of() : Set.of(before),
        Map.of(),
        index == null ? Set.of() : Set.of(index),
        "moved field '" + field.field() + "' from " + field.strategy() + " to " + migration.to());
  }

  /** Gives a migration up: what served before it serves all searches again. */
  static Step back(
      AxisField field, String outcome, String reason, AxisFigures measured, long nowMillis) {
    AxisMigration migration = Objects.requireNonNull(field.migration());
    Set<String> dropped = new TreeSet<>();
    Set<String> settled = new TreeSet<>();
    if (migration.index() != null) {
      dropped.add(migration.index());
    }
    if (field.index() != null) {
      settled.add(field.index());
    }
    return new Step(
        field.with(null),
        List.of(decided(field, migration, outcome, reason, measured, nowMillis)),
        null,
        dropped,
        Map.of(),
        settled,
        "field '" + field.field() + "' stays with " + field.strategy() + ": " + reason);
  }

  /** Gives a migration up because something else is wanted. */
  public static Step cancel(AxisField field, String reason, long nowMillis) {
    return back(field, AxisDecision.CANCELLED, reason, AxisFigures.UNKNOWN, nowMillis);
  }

  /** Drops indexes that AXIS made and knows no longer what for. */
  public static Step cleared(AxisField field, Set<String> indexes, long nowMillis) {
    String reason = "no decision that can be read is about " + indexes;
    return new Step(
        field,
        List.of(
            new AxisDecision(
                nowMillis,
                field.field(),
                AxisDecision.CANCELLED,
                field.strategy(),
                field.strategy(),
                reason,
                AxisFigures.UNKNOWN,
                AxisFigures.UNKNOWN)),
        null,
        indexes,
        Map.of(),
        field.index() == null ? Set.of() : Set.of(field.index()),
        "field '" + field.field() + "' stays with " + field.strategy() + ": " + reason);
  }

  /** Why a strategy is worse than what serves; null if it is not. */
  static @Nullable String worse(AxisMigration migration, Comparison compared, Goals goals) {
    double recall = compared.recall() + SURE * compared.recallError();
    if (compared.recallSamples() >= MIN_SAMPLES
        && recall < compared.asked() - RECALL_SLACK
        && recall < compared.liveRecall()) {
      return String.format(
          Locale.ROOT,
          "its measured recall is %.3f ± %.3f where %.3f is asked for",
          compared.recall(),
          compared.recallError(),
          compared.asked());
    }
    double live = compared.liveMicros() > 0 ? compared.liveMicros() : migration.live().micros();
    List<Double> limits = new ArrayList<>();
    if (live > 0) {
      limits.add(MOST_SLOWER * live);
    }
    if (migration.predicted().micros() > 0) {
      limits.add(MOST_MISPREDICTED * migration.predicted().micros());
    }
    double limit = FREE_MICROS + limits.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    if (!limits.isEmpty() && compared.micros() > limit) {
      return String.format(
          Locale.ROOT,
          "its searches take %.0f µs (expected at most %.0f; %.0f of what serves, %.0f predicted)",
          compared.micros(),
          limit,
          live,
          migration.predicted().micros());
    }
    double p99 = goals.p99().map(time -> time.toNanos() / 1e3).orElse(Double.POSITIVE_INFINITY);
    if (compared.micros() > p99 && live > 0 && live <= p99) {
      return String.format(
          Locale.ROOT, "half of its searches take more than %.0f µs, the goal of 99 of 100", p99);
    }
    return worseServed(compared, p99);
  }

  /** Why the live searches that it answers are worse than those of what serves; null if not. */
  private static @Nullable String worseServed(Comparison compared, double p99) {
    Comparison.Served live = compared.liveServed();
    Comparison.Served served = compared.served();
    if (live.searches() < MIN_SERVED || served.searches() < MIN_SERVED) {
      return null;
    }
    if (served.p99Micros() > p99 && live.p99Micros() <= p99) {
      return String.format(
          Locale.ROOT,
          "99 of 100 of the live searches it answers take up to %.0f µs (goal: %.0f; %.0f of what"
              + " serves)",
          served.p99Micros(),
          p99,
          live.p99Micros());
    }
    if (served.micros() > MOST_SLOWER_SERVED * live.micros() + FREE_MICROS) {
      return String.format(
          Locale.ROOT,
          "the live searches it answers take %.0f µs at the median, %.0f µs those of what serves",
          served.micros(),
          live.micros());
    }
    return null;
  }

  private static AxisFigures figures(Comparison compared) {
    return compared.samples() == 0
        ? AxisFigures.UNKNOWN
        : new AxisFigures(compared.recall(), compared.micros(), -1, -1, -1);
  }

  private static String words(Comparison compared) {
    return String.format(
        Locale.ROOT,
        "%d searches, recall %.3f and %.3f, median %.0f and %.0f µs",
        compared.samples(),
        compared.liveRecall(),
        compared.recall(),
        compared.liveMicros(),
        compared.micros());
  }

  private static AxisDecision decided(
      AxisField field,
      AxisMigration migration,
      String outcome,
      String reason,
      AxisFigures measured,
      long nowMillis) {
    return new AxisDecision(
        nowMillis,
        field.field(),
        outcome,
        field.strategy(),
        migration.to(),
        reason,
        migration.predicted(),
        measured);
  }
}
