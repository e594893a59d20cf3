package io.proximadb.axis;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.api.AxisDecision;
import io.proximadb.api.AxisField;
import io.proximadb.api.AxisFigures;
import io.proximadb.api.AxisMigration;
import io.proximadb.axis.Comparison.Served;
import io.proximadb.axis.MigrationEngine.Seen;
import io.proximadb.axis.MigrationEngine.Step;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.axis.cost.Templates;
import io.proximadb.model.Goals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The way from one strategy to another, step by step. */
class MigrationEngineTest {
  private static final Strategy HNSW = Templates.shipped().named("hnsw");
  private static final AxisFigures PREDICTED = new AxisFigures(0.96, 400, 900, 1 << 20, 2);
  private static final AxisField EXACT =
      new AxisField("vector", "exact", null, 0, AxisFigures.UNKNOWN, AxisFigures.UNKNOWN, null);
  private static final AxisField GRAPH =
      new AxisField("vector", "hnsw", "axis_1", 0, PREDICTED, PREDICTED, null);

  private long now = 1_000;

  private static Comparison compared(
      double liveRecall, double recall, double liveMicros, double micros) {
    return new Comparison(40, 0.95, liveRecall, recall, 0.005, 40, liveMicros, micros, 1);
  }

  private static final Comparison BETTER = compared(1, 0.97, 3_000, 300);

  private Step begun(AxisField from, Strategy to) {
    return MigrationEngine.begin(from, to, "axis_7", "for this test", PREDICTED, now);
  }

  private Step next(Step before, boolean complete, Comparison compared) {
    Seen seen = new Seen(now, complete, compared, Goals.NONE);
    return Objects.requireNonNull(MigrationEngine.next(before.field(), seen));
  }

  private static AxisMigration migration(Step step) {
    return Objects.requireNonNull(step.field().migration());
  }

  private static String outcome(Step step) {
    return step.decisions().get(step.decisions().size() - 1).outcome();
  }

  @Test
  void anIndexIsBuiltComparedAndServesMoreAndMore() {
    Step step = begun(EXACT, HNSW);
    assertThat(step.added()).isEqualTo(HNSW.definition("axis_7", "vector"));
    assertThat(step.traffic()).isEqualTo(Map.of("axis_7", 0));
    assertThat(MigrationEngine.next(step.field(), new Seen(now, false, BETTER, Goals.NONE)))
        .as("waits for the build")
        .isNull();
    step = next(step, true, Comparison.NONE);
    assertThat(migration(step).phase()).isEqualTo("SHADOW");
    assertThat(step.traffic()).isEqualTo(Map.of("axis_7", 0));
    List<Integer> shares = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      step = next(step, true, BETTER);
      shares.add(step.traffic().get("axis_7"));
    }
    assertThat(shares).containsExactly(10, 50, 100);
    step = next(step, true, BETTER);
    assertThat(step.field().migration()).isNull();
    assertThat(step.field().strategy()).isEqualTo("hnsw");
    assertThat(step.field().index()).isEqualTo("axis_7");
    assertThat(step.field().measured().micros()).isEqualTo(300);
    assertThat(step.settled()).containsExactly("axis_7");
    assertThat(outcome(step)).isEqualTo(AxisDecision.DONE);
  }

  @Test
  void theIndexBeforeGoesWithTheLastStep() {
    Step step = begun(GRAPH, Templates.shipped().named("ivf"));
    for (int i = 0; i < 4; i++) {
      assertThat(step.dropped()).isEmpty();
      step = next(step, true, BETTER);
    }
    assertThat(next(step, true, BETTER).dropped()).isEqualTo(Set.of("axis_1"));
  }

  @Test
  void aWayBackToComparingEveryRowTakesSearchesFromTheIndex() {
    Step step = begun(GRAPH, Strategy.EXACT);
    assertThat(step.added()).isNull();
    assertThat(migration(step).phase()).isEqualTo("SHADOW");
    List<Integer> shares = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      step = next(step, true, compared(0.96, 1, 300, 320));
      shares.add(step.traffic().get("axis_1"));
    }
    assertThat(shares).containsExactly(90, 50, 0);
    step = next(step, true, compared(0.96, 1, 300, 320));
    assertThat(step.dropped()).containsExactly("axis_1");
    assertThat(step.field().index()).isNull();
  }

  @Test
  void whatFindsLessOrTakesLongerIsRolledBackInEveryPhase() {
    List<Comparison> bad =
        List.of(compared(1, 0.9, 3_000, 300), compared(0.97, 0.97, 3_000, 4_500));
    for (Comparison worse : bad) {
      for (int phases = 0; phases < 4; phases++) {
        Step step = next(begun(EXACT, HNSW), true, Comparison.NONE);
        for (int i = 0; i < phases; i++) {
          step = next(step, true, BETTER);
        }
        step = next(step, true, worse);
        assertThat(outcome(step)).isEqualTo(AxisDecision.ROLLED_BACK);
        assertThat(step.dropped()).containsExactly("axis_7");
        assertThat(step.field()).isEqualTo(EXACT);
      }
    }
  }

  @Test
  void aVerdictAllowsForErrorsNobodyFeels() {
    AxisMigration migration = migration(begun(EXACT, HNSW));
    assertThat(MigrationEngine.worse(migration, BETTER, Goals.NONE)).isNull();
    // Both find as much, or nearly what is asked for, or are as fast as was predicted.
    assertThat(MigrationEngine.worse(migration, compared(0.90, 0.91, 300, 300), Goals.NONE))
        .isNull();
    assertThat(MigrationEngine.worse(migration, compared(1, 0.925, 300, 300), Goals.NONE)).isNull();
    assertThat(MigrationEngine.worse(migration, compared(1, 0.97, 50, 900), Goals.NONE)).isNull();
    Goals fast = Goals.NONE.withP99(Duration.ofNanos(500_000));
    assertThat(MigrationEngine.worse(migration, compared(1, 0.97, 50, 900), fast)).contains("500");
    assertThat(MigrationEngine.worse(migration, compared(1, 0.97, 800, 900), fast))
        .as("what serves misses the goal too")
        .isNull();
  }

  @Test
  void liveSearchesCountToo() {
    AxisMigration migration = migration(begun(EXACT, HNSW));
    Goals fast = Goals.NONE.withP99(Duration.ofNanos(2_000_000));
    Served live = new Served(MigrationEngine.MIN_SERVED, 800, 1_500);
    Served late = new Served(MigrationEngine.MIN_SERVED, 300, 2_500);
    assertThat(MigrationEngine.worse(migration, BETTER.with(live, late), fast)).contains("2500");
    assertThat(MigrationEngine.worse(migration, BETTER.with(late, late), fast))
        .as("what serves misses the goal too")
        .isNull();
    assertThat(MigrationEngine.worse(migration, BETTER.with(live, late), Goals.NONE)).isNull();
    Served few = new Served(MigrationEngine.MIN_SERVED - 1, 300, 2_500);
    assertThat(MigrationEngine.worse(migration, BETTER.with(live, few), fast)).isNull();
    Served slow = new Served(MigrationEngine.MIN_SERVED, 1_900, 1_950);
    assertThat(MigrationEngine.worse(migration, BETTER.with(live, slow), fast)).contains("1900");
    Served bearable = new Served(MigrationEngine.MIN_SERVED, 1_700, 1_950);
    assertThat(MigrationEngine.worse(migration, BETTER.with(live, bearable), fast)).isNull();
  }

  @Test
  void withoutSearchesItGoesOnAfterAWhileAndABuildThatNeverEndsIsGivenUp() {
    Step step = begun(EXACT, HNSW);
    now += MigrationEngine.MAX_BUILD_MILLIS;
    Step late = next(step, false, Comparison.NONE);
    assertThat(outcome(late)).isEqualTo(AxisDecision.ROLLED_BACK);
    step = next(step, true, Comparison.NONE);
    Seen soon =
        new Seen(now + MigrationEngine.MAX_WAIT_MILLIS - 1, true, Comparison.NONE, Goals.NONE);
    assertThat(MigrationEngine.next(step.field(), soon)).isNull();
    now += MigrationEngine.MAX_WAIT_MILLIS;
    assertThat(next(step, true, Comparison.NONE).traffic()).isEqualTo(Map.of("axis_7", 10));
  }

  @Test
  void oneThatIsNotWantedAnyMoreLeavesNothing() {
    Step step = begun(GRAPH, Templates.shipped().named("ivf"));
    Step cancelled = MigrationEngine.cancel(step.field(), "for this test", now);
    assertThat(cancelled.dropped()).containsExactly("axis_7");
    assertThat(cancelled.field()).isEqualTo(GRAPH);
    assertThat(outcome(cancelled)).isEqualTo(AxisDecision.CANCELLED);
  }

  @Test
  void theHistoryHasABound() {
    Decisions decisions = Decisions.NONE;
    for (int i = 0; i < 2 * Decisions.MAX_HISTORY; i++) {
      decisions = decisions.next(begun(EXACT, HNSW));
    }
    assertThat(decisions.version()).isEqualTo(2L * Decisions.MAX_HISTORY);
    assertThat(decisions.history()).hasSize(Decisions.MAX_HISTORY);
    assertThat(decisions.fields()).hasSize(1);
  }
}
