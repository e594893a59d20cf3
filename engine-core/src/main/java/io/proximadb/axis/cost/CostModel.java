package io.proximadb.axis.cost;

import io.proximadb.api.AxisFigures;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Predicts what a strategy reaches and costs for all rows, by what it did on a sample of them: how
 * latency, memory and build grow from the one to the other is learned from measured runs, by a
 * regression of the logarithms of these ratios for each strategy. Immutable.
 */
public final class CostModel {
  /** Ridge penalty, in rows. */
  private static final double PENALTY = 0.3;

  /** Intrinsic dimension that counts as usual; what is not known is taken for it. */
  private static final double USUAL_INTRINSIC = 12;

  /** A recall of 1 has a logit of its own. */
  private static final double MOST_RECALL = 0.9995;

  /** Shares below are predicted as this one: fewer rows than searches compare one by one. */
  private static final double LEAST_PASSING = 1e-4;

  private static final Supplier<CostModel> SHIPPED = new Shipped();

  private final Map<String, Fitted> byStrategy = new HashMap<>();

  /** What was learned of one strategy. */
  private record Fitted(
      Regression latency,
      Regression tail,
      @Nullable Regression memory,
      @Nullable Regression build,
      Regression recall) {}

  /** Read when it is wanted first. */
  private static final class Shipped implements Supplier<CostModel> {
    private @Nullable CostModel model;

    @Override
    public synchronized CostModel get() {
      CostModel known = model;
      if (known == null) {
        known = learnedFrom(Run.shipped());
        model = known;
      }
      return known;
    }
  }

  private CostModel() {}

  /** Learned from the runs that ship. */
  public static CostModel shipped() {
    return SHIPPED.get();
  }

  /** Learns from runs. */
  public static CostModel learnedFrom(List<Run> runs) {
    CostModel model = new CostModel();
    Map<String, List<Run>> byStrategy = new HashMap<>();
    for (Run run : runs) {
      // Where the index knew no way to the recall, its times are those of a scan.
      if (run.probe().answered() > 0) {
        byStrategy.computeIfAbsent(run.strategy(), key -> new ArrayList<>()).add(run);
      }
    }
    byStrategy.forEach((name, of) -> model.byStrategy.put(name, fitted(of)));
    return model;
  }

  private static Fitted fitted(List<Run> runs) {
    List<Run> built = runs.stream().filter(run -> run.bytes() > 0).toList();
    return new Fitted(
        fit(
            runs,
            run -> latency(run.at(), run.probe()),
            run -> Math.log(run.micros() / run.probe().micros())),
        fit(
            runs,
            run -> new double[] {filtered(run.at())},
            run -> Math.log(run.p99Micros() / run.micros())),
        built.isEmpty()
            ? null
            : fit(
                built,
                run -> growth(run.at(), run.probe()),
                run -> Math.log(perRow(run) / perRow(run.probe()))),
        built.isEmpty()
            ? null
            : fit(
                built,
                run -> growth(run.at(), run.probe()),
                run ->
                    Math.log(
                        run.buildMicros()
                            / (double) run.at().rows()
                            / (run.probe().buildMicros() / run.probe().rows()))),
        fit(
            runs,
            run -> new double[] {logit(run.at().recall()), filtered(run.at())},
            run -> logit(run.recall())));
  }

  private static double perRow(Run run) {
    return (double) run.bytes() / (double) run.at().rows();
  }

  private static double perRow(Probe probe) {
    return (double) probe.bytes() / probe.rows();
  }

  /** Gives the features of a run. */
  private interface Features {
    double[] of(Run run);
  }

  private static Regression fit(List<Run> runs, Features features, ToDoubleFunction<Run> value) {
    return Regression.fit(
        runs.stream().map(features::of).toList(),
        runs.stream().map(run -> Double.valueOf(value.applyAsDouble(run))).toList(),
        PENALTY);
  }

  private static double rowsOfFile(Situation at) {
    return Math.max(1, (double) at.rows() / at.files());
  }

  private static double[] growth(Situation at, Probe probe) {
    return new double[] {Math.log(rowsOfFile(at) / probe.rows())};
  }

  private static double filtered(Situation at) {
    return at.passing() < 1 ? 1 : 0;
  }

  private static double[] latency(Situation at, Probe probe) {
    double rows = Math.log(rowsOfFile(at) / probe.rows());
    double intrinsic = at.intrinsicDimension() > 0 ? at.intrinsicDimension() : USUAL_INTRINSIC;
    double filtered = filtered(at);
    double passing = -Math.log(Math.max(LEAST_PASSING, at.passing()));
    // What a filter costs grows with the rows, what an index answers with the time that it takes.
    double heavy = Math.log(probe.micros() / 100);
    return new double[] {
      rows,
      rows * Math.log(intrinsic / USUAL_INTRINSIC),
      logit(at.recall()) / 3,
      filtered,
      filtered * passing,
      filtered * rows,
      filtered * heavy
    };
  }

  private static double logit(double share) {
    double within = Math.max(1 - MOST_RECALL, Math.min(MOST_RECALL, share));
    return Math.log(within / (1 - within));
  }

  /** True if runs of a strategy were learned from. */
  public boolean knows(Strategy strategy) {
    return byStrategy.containsKey(strategy.name());
  }

  /**
   * Predicts a strategy.
   *
   * @param probe of it on a sample of the rows
   * @return nothing known if no run of it was learned from, or its index knew no way to the recall
   */
  public AxisFigures predict(Strategy strategy, Situation at, Probe probe) {
    Fitted fitted = byStrategy.get(strategy.name());
    if (fitted == null || probe.answered() == 0) {
      return AxisFigures.UNKNOWN;
    }
    double micros =
        at.files() * probe.micros() * Math.exp(fitted.latency().predict(latency(at, probe)));
    double tail = Math.max(1, Math.exp(fitted.tail().predict(filtered(at))));
    double odds = Math.exp(fitted.recall().predict(logit(at.recall()), filtered(at)));
    double recall = strategy.isScan() ? 1 : odds / (1 + odds);
    Regression memory = fitted.memory();
    Regression build = fitted.build();
    double bytes =
        memory == null || probe.bytes() == 0
            ? 0
            : (double) at.rows() * perRow(probe) * Math.exp(memory.predict(growth(at, probe)));
    double seconds =
        build == null || probe.buildMicros() <= 0
            ? 0
            : (double) at.rows()
                * probe.buildMicros()
                / probe.rows()
                / 1e6
                * Math.exp(build.predict(growth(at, probe)));
    return new AxisFigures(recall, micros, tail * micros, (long) bytes, seconds);
  }
}
