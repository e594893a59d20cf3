package io.proximadb.axis;

import io.proximadb.api.AxisCandidate;
import io.proximadb.api.AxisDecision;
import io.proximadb.api.AxisField;
import io.proximadb.api.AxisFigures;
import io.proximadb.api.AxisPlan;
import io.proximadb.api.DataProfile;
import io.proximadb.axis.cost.CostModel;
import io.proximadb.axis.cost.Probe;
import io.proximadb.axis.cost.SampleProbe;
import io.proximadb.axis.cost.Situation;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.axis.cost.Templates;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Goals;
import io.proximadb.model.VectorField;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Chooses how the searches of a field are answered: of the candidates of a template that are
 * predicted to reach all goals the one that costs the least.
 */
public final class AdaptiveIndexEngine {
  /** A recall that is predicted to be less by that is what is asked for: indexes are calibrated. */
  private static final double RECALL_SLACK = 0.01;

  /** So much slower than the fastest, or that many microseconds, buys less memory and building. */
  private static final double FREE_FACTOR = 1.15;

  private static final double FREE_MICROS = 100;

  /** What serves stays unless another one is faster by that factor and by {@link #FREE_MICROS}. */
  private static final double STAY_FACTOR = 1.4;

  /** A strategy that was rolled back is not tried again for so long. */
  private static final long BANNED_MILLIS = TimeUnit.HOURS.toMillis(24);

  /** What serves stays for so long, unless it misses a goal. */
  private static final long STAY_MILLIS = TimeUnit.MINUTES.toMillis(10);

  /** How often a row's part of an index is built until its file is no longer merged. */
  private static final double BUILDS_OF_A_ROW = 4;

  /** Cores that a GiB of memory is worth. */
  private static final double CORES_A_GIB = 0.05;

  /** Bounds of what a prediction is corrected by. */
  private static final double MOST_CORRECTED = 4;

  /** Weight of the newest measurement in a correction. */
  private static final double NEW_WEIGHT = 0.3;

  /** Sparse fields have an index from that many rows on, as their type says. */
  private static final int SPARSE_ROWS = 1_024;

  private final Map<String, Double> corrections = new ConcurrentHashMap<>();

  /**
   * What a field is to be judged by.
   *
   * @param field that is decided about
   * @param schema of the collection
   * @param rows of its files
   * @param files that it has
   * @param profile of the data; null for a sparse field, or one without rows
   * @param sample of the vectors, asked for if a candidate is to be tried
   * @param price of reading vectors from files
   * @param workload of the searches
   * @param goals of the collection
   * @param state what was decided before
   * @param history of all decisions
   * @param nowMillis the time
   */
  record Case(
      VectorField field,
      CollectionSchema schema,
      long rows,
      int files,
      @Nullable DataProfile profile,
      Supplier<List<float[]>> sample,
      ReadingPrice price,
      Workload workload,
      Goals goals,
      AxisField state,
      List<AxisDecision> history,
      long nowMillis) {
    Situation situation() {
      return new Situation(
          rows,
          Math.max(1, files),
          field.dimension(),
          profile == null ? 0 : profile.intrinsicDimension().orElse(0),
          workload.k(),
          workload.recall(),
          workload.passing(),
          workload.writesPerSearch());
    }
  }

  /** Tells what a strategy took that was predicted, microseconds; predictions follow. */
  void measured(String strategy, double predicted, double micros) {
    if (predicted > 0 && micros > 0) {
      double factor = Math.max(1 / MOST_CORRECTED, Math.min(MOST_CORRECTED, micros / predicted));
      corrections.merge(
          strategy,
          factor,
          (old, now) -> Math.pow(old, 1 - NEW_WEIGHT) * Math.pow(now, NEW_WEIGHT));
    }
  }

  /** What predictions of a strategy are multiplied by; of others' where it was not measured. */
  double correction(String strategy) {
    Double own = corrections.get(strategy);
    if (own != null) {
      return own;
    }
    double logs = corrections.values().stream().mapToDouble(Math::log).average().orElse(0);
    return Math.exp(logs);
  }

  /** Predicts all candidates. */
  private List<AxisCandidate> candidates(Case of, Templates.Template template) {
    Templates templates = Templates.shipped();
    List<Strategy> strategies =
        new ArrayList<>(templates.candidates(template, of.field().name(), of.schema()));
    strategies.removeIf(
        strategy -> strategy.name().equals(of.state().strategy()) && !strategies.isEmpty());
    // What serves is looked at as well, whatever the template.
    templates.strategies().stream()
        .filter(strategy -> strategy.name().equals(of.state().strategy()))
        .findFirst()
        .ifPresent(strategy -> strategies.add(0, strategy));
    Situation at = of.situation();
    List<float[]> sample = of.sample().get();
    if (sample.size() < SampleProbe.MIN_ROWS) {
      return strategies.stream()
          .filter(Strategy::isScan)
          .map(one -> judged(of, one.name(), new AxisFigures(1, -1, -1, 0, 0)))
          .toList();
    }
    SampleProbe probes =
        new SampleProbe(of.field(), of.schema(), sample, at.k(), Math.min(at.recall(), 1));
    List<AxisCandidate> candidates = new ArrayList<>();
    for (Strategy strategy : strategies) {
      Probe probe = probes.measure(strategy);
      AxisFigures predicted =
          CostModel.shipped()
              .predict(strategy, at, probe)
              .slower(correction(strategy.name()))
              .later(of.price().micros(strategy, at.k()));
      candidates.add(judged(of, strategy.name(), predicted));
    }
    return candidates;
  }

  private AxisCandidate judged(Case of, String strategy, AxisFigures predicted) {
    List<String> misses = new ArrayList<>();
    Goals goals = of.goals();
    boolean known = predicted.recall() >= 0;
    if (!known) {
      misses.add("no way to this recall is known");
    } else if (predicted.recall() < of.workload().recall() - RECALL_SLACK) {
      misses.add(String.format(Locale.ROOT, "recall %.3f", predicted.recall()));
    }
    goals
        .p99()
        .filter(time -> predicted.p99Micros() > time.toNanos() / 1e3)
        .ifPresent(
            time -> misses.add(String.format(Locale.ROOT, "p99 %.0f µs", predicted.p99Micros())));
    if (goals.memoryBytes().isPresent()
        && predicted.memoryBytes() > goals.memoryBytes().getAsLong()) {
      misses.add("memory " + predicted.memoryBytes() + " bytes");
    }
    String banned = banned(of, strategy);
    if (banned != null) {
      misses.add(banned);
    }
    return new AxisCandidate(
        strategy,
        predicted,
        misses.isEmpty(),
        misses.isEmpty() ? "reaches all goals" : "misses: " + String.join(", ", misses));
  }

  private static @Nullable String banned(Case of, String strategy) {
    return of.history().stream()
        .filter(
            made ->
                made.outcome().equals(AxisDecision.ROLLED_BACK)
                    && made.to().equals(strategy)
                    && made.field().equals(of.field().name())
                    && of.nowMillis() - made.atMillis() < BANNED_MILLIS
                    && !strategy.equals(of.state().strategy()))
        .findFirst()
        .map(made -> "rolled back lately, since " + made.reason())
        .orElse(null);
  }

  /** Cores that a strategy takes, memory counted as such. */
  private static double cores(Case of, AxisFigures figures) {
    double searching = Math.max(1, of.workload().searchesPerSecond()) * figures.micros() / 1e6;
    double building =
        of.rows() == 0
            ? 0
            : of.workload().writesPerSecond()
                * BUILDS_OF_A_ROW
                * Math.max(0, figures.buildSeconds())
                / of.rows();
    double memory = CORES_A_GIB * Math.max(0, (double) figures.memoryBytes()) / (1L << 30);
    return searching + building + memory;
  }

  /** How far a candidate is from goals that it misses. */
  private static double misses(Case of, AxisFigures figures) {
    double misses = Math.max(0, of.workload().recall() - figures.recall()) * 10;
    if (of.goals().p99().isPresent()) {
      misses += Math.max(0, figures.p99Micros() * 1e3 / of.goals().p99().get().toNanos() - 1);
    }
    if (of.goals().memoryBytes().isPresent()) {
      double goal = of.goals().memoryBytes().getAsLong();
      misses += Math.max(0, (double) figures.memoryBytes() / goal - 1);
    }
    return figures.recall() < 0 ? Double.POSITIVE_INFINITY : misses;
  }

  private static AxisCandidate best(Case of, List<AxisCandidate> all) {
    List<AxisCandidate> reaching = all.stream().filter(AxisCandidate::reachesGoals).toList();
    if (reaching.isEmpty()) {
      return all.stream()
          .min(Comparator.comparingDouble(one -> misses(of, one.predicted())))
          .orElseThrow();
    }
    double fastest =
        reaching.stream().mapToDouble(one -> one.predicted().micros()).min().orElseThrow();
    double limit = Math.max(FREE_FACTOR * fastest, fastest + FREE_MICROS);
    boolean writes = of.workload().writesPerSearch() >= 1;
    return reaching.stream()
        // Where more is written than searched, building is what counts.
        .filter(one -> writes || one.predicted().micros() <= limit)
        .min(Comparator.comparingDouble(one -> cores(of, one.predicted())))
        .orElseThrow();
  }

  /** Decides about a field. */
  AxisPlan plan(Case of) {
    Templates.Template template =
        Templates.shipped().template(of.situation(), of.field().isSparse());
    String current = of.state().strategy();
    if (of.field().isSparse()) {
      return sparse(of, template);
    }
    List<AxisCandidate> candidates = new ArrayList<>(candidates(of, template));
    if (candidates.isEmpty()) {
      candidates.add(judged(of, Strategy.EXACT.name(), new AxisFigures(1, -1, -1, 0, 0)));
    }
    AxisCandidate best = best(of, candidates);
    Optional<AxisCandidate> serving =
        candidates.stream().filter(one -> one.strategy().equals(current)).findFirst();
    String stays = serving.map(one -> stays(of, one, best)).orElse(null);
    candidates.sort(
        Comparator.comparing(AxisCandidate::reachesGoals)
            .reversed()
            .thenComparingDouble(one -> cores(of, one.predicted())));
    boolean change = !best.strategy().equals(current) && stays == null;
    String why =
        best.strategy().equals(current)
            ? current + " is the best there is"
            : stays != null ? current + " stays: " + stays : words(best, serving);
    return new AxisPlan(
        of.field().name(),
        of.rows(),
        template.name(),
        of.workload().words(),
        current,
        best.strategy(),
        change,
        why,
        candidates);
  }

  /** Why what serves is left alone; null if it is not. */
  private static @Nullable String stays(Case of, AxisCandidate serving, AxisCandidate best) {
    if (!serving.reachesGoals()) {
      return best.reachesGoals() || misses(of, best.predicted()) < misses(of, serving.predicted())
          ? null
          : "no candidate comes nearer to the goals";
    }
    if (of.nowMillis() - of.state().sinceMillis() < STAY_MILLIS) {
      return "it was decided for less than ten minutes ago";
    }
    double now = serving.predicted().micros();
    double then = best.predicted().micros();
    boolean faster = now > STAY_FACTOR * then && now > then + FREE_MICROS;
    boolean cheaper =
        cores(of, serving.predicted()) > 2 * cores(of, best.predicted()) && then <= now;
    return faster || cheaper ? null : best.strategy() + " is not better by enough";
  }

  private static String words(AxisCandidate best, Optional<AxisCandidate> serving) {
    AxisFigures figures = best.predicted();
    String words =
        String.format(
            Locale.ROOT,
            "predicted recall %.3f, %.0f µs, p99 %.0f µs, %.1f MiB, built in %.1f s of processor"
                + " time",
            figures.recall(),
            figures.micros(),
            figures.p99Micros(),
            figures.memoryBytes() / 1048576.0,
            figures.buildSeconds());
    return serving
        .map(
            one ->
                words
                    + String.format(
                        Locale.ROOT,
                        "; %s: %.0f µs, %s",
                        one.strategy(),
                        one.predicted().micros(),
                        one.remark()))
        .orElse(words);
  }

  /**
   * An inverted index answers exactly, and never looks at more than a comparison with every row.
   */
  private static AxisPlan sparse(Case of, Templates.Template template) {
    String current = of.state().strategy();
    boolean many = of.rows() >= SPARSE_ROWS;
    String chosen = many ? "sparse" : Strategy.EXACT.name();
    boolean change = many && !current.equals(chosen);
    String why =
        many
            ? "an inverted index is exact, and reads the components of the query only"
            : "files of fewer than " + SPARSE_ROWS + " rows have no inverted index";
    return new AxisPlan(
        of.field().name(),
        of.rows(),
        template.name(),
        of.workload().words(),
        current,
        chosen,
        change,
        why,
        List.of(new AxisCandidate(chosen, AxisFigures.UNKNOWN, true, why)));
  }
}
