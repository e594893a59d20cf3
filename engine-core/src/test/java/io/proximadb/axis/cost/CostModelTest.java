package io.proximadb.axis.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.proximadb.api.AxisFigures;
import io.proximadb.error.CorruptFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Predictions beside what was measured, of sets that were not learned from. */
class CostModelTest {
  /** Acceptance: the median of relative errors. */
  private static final double MOST_WRONG = 0.30;

  private static final List<Run> RUNS = Run.shipped();

  /** How far off predictions are, by what is predicted. */
  private static final class Errors {
    private final List<Double> latency = new ArrayList<>();
    private final List<Double> memory = new ArrayList<>();
    private final List<Double> build = new ArrayList<>();
    private final List<Double> recall = new ArrayList<>();

    void add(AxisFigures predicted, Run run) {
      latency.add(Math.abs(predicted.micros() / run.micros() - 1));
      recall.add(Math.abs(predicted.recall() - run.recall()));
      if (run.bytes() > 0) {
        memory.add(Math.abs((double) predicted.memoryBytes() / (double) run.bytes() - 1));
        build.add(Math.abs(predicted.buildSeconds() * 1e6 / run.buildMicros() - 1));
      }
    }

    static double median(List<Double> errors) {
      List<Double> sorted = errors.stream().sorted().toList();
      return sorted.get(sorted.size() / 2);
    }
  }

  private static List<Run> comparable(List<Run> runs) {
    return runs.stream().filter(run -> run.probe().answered() > 0).toList();
  }

  @Test
  void setsThatWereNotLearnedFromArePredictedWithinThirtyPerCent() {
    Set<String> sources = RUNS.stream().map(Run::source).collect(Collectors.toSet());
    assertThat(sources).as("others than the one that is left out").hasSizeGreaterThan(2);
    Errors all = new Errors();
    for (String left : sources) {
      CostModel model =
          CostModel.learnedFrom(RUNS.stream().filter(run -> !run.source().equals(left)).toList());
      Errors ofSource = new Errors();
      for (Run run : comparable(RUNS.stream().filter(one -> one.source().equals(left)).toList())) {
        AxisFigures predicted =
            model.predict(Templates.shipped().named(run.strategy()), run.at(), run.probe());
        ofSource.add(predicted, run);
        all.add(predicted, run);
      }
      System.out.printf(
          "%s: latency %.3f, memory %.3f, build %.3f, recall %.4f%n",
          left,
          Errors.median(ofSource.latency),
          Errors.median(ofSource.memory),
          Errors.median(ofSource.build),
          Errors.median(ofSource.recall));
    }
    assertThat(Errors.median(all.latency)).as("latency").isLessThan(MOST_WRONG);
    assertThat(Errors.median(all.memory)).as("memory").isLessThan(MOST_WRONG);
    assertThat(Errors.median(all.build)).as("build").isLessThan(MOST_WRONG);
    assertThat(Errors.median(all.recall)).as("recall, absolute").isLessThan(0.02);
  }

  @Test
  void everyDenseStrategyWasLearned() {
    for (Strategy strategy : Templates.shipped().strategies()) {
      assertThat(CostModel.shipped().knows(strategy))
          .as(strategy.name())
          .isEqualTo(!strategy.type().equals("sparse"));
    }
  }

  @Test
  void moreFilesTakeMoreTimeAndMoreRowsMoreMemory() {
    Probe probe = new Probe(4_000, 30, 1e6, 1 << 20, 1, 1);
    Situation one = new Situation(60_000, 1, 128, 12, 10, 0.95, 1, 0);
    Situation six = new Situation(60_000, 6, 128, 12, 10, 0.95, 1, 0);
    Situation larger = new Situation(120_000, 1, 128, 12, 10, 0.95, 1, 0);
    CostModel model = CostModel.shipped();
    Strategy hnsw = Templates.shipped().named("hnsw");
    assertThat(model.predict(hnsw, six, probe).micros())
        .isGreaterThan(model.predict(hnsw, one, probe).micros());
    assertThat(model.predict(hnsw, larger, probe).memoryBytes())
        .isGreaterThan(model.predict(hnsw, one, probe).memoryBytes());
    Probe declined = new Probe(4_000, 30, 1e6, 1 << 20, 0, 0);
    assertThat(model.predict(hnsw, one, declined)).isEqualTo(AxisFigures.UNKNOWN);
    assertThat(model.predict(Strategy.EXACT, one, new Probe(4_000, 90, 0, 0, 1, 1)).recall())
        .isEqualTo(1);
  }

  @Test
  void linesAreReadAsTheyAreWritten() throws IOException {
    for (Run run : RUNS.subList(0, 20)) {
      assertThat(Run.parse(run.line())).isEqualTo(run);
    }
    assertThatThrownBy(() -> Run.parse("a,b,c"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("'a,b,c'");
    assertThatThrownBy(
            () -> Run.read(new ByteArrayInputStream("x".getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(Run.HEADER);
  }

  @Test
  void aLineIsFittedAndFewRowsSayLittle() {
    List<double[]> features = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      features.add(new double[] {i / 100.0, i % 7});
      values.add(3 + 2 * i / 100.0 - 0.5 * (i % 7));
    }
    Regression line = Regression.fit(features, values, 1e-6);
    assertThat(line.predict(1.5, 2)).isCloseTo(3 + 3 - 1, within(1e-3));
    Regression of = Regression.fit(List.of(new double[] {1, 1}), List.of(2.0), 1e6);
    assertThat(of.predict(5, 5)).as("the constant").isCloseTo(2, within(1e-2));
  }
}
