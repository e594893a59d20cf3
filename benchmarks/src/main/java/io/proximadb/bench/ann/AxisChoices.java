package io.proximadb.bench.ann;

import io.proximadb.api.AxisDecision;
import io.proximadb.api.AxisField;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.axis.AxisOptions;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.axis.cost.Templates;
import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.Goals;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What AXIS chooses on workloads of dense vectors, without any tuning, beside every candidate
 * measured in the same run, and beside the usual graph index. Costs are processor time of a search;
 * where rows are written, that of building for the rows written for each search is added.
 */
final class AxisChoices {
  private static final int LARGE_ROWS = 1_000_000;
  private static final int SHORT_ROWS = 5_000;
  private static final int QUERIES = 200;
  private static final int K = 10;
  private static final double RECALL = 0.95;
  private static final String PART = "part";
  private static final int PARTS = 1_000;
  private static final int PASSES = 5;

  /** Acceptance: the choice costs at most that factor of the best one, or that much more. */
  private static final double MOST_FACTOR = 1.25;

  private static final double FREE_MICROS = 200;

  /** What is found may be below what is asked for by that much. */
  private static final double RECALL_SLACK = 0.02;

  /** A row's part of an index is built that often until its file is merged no more. */
  private static final double BUILDS_OF_A_ROW = 4;

  /** Searches until nothing is decided any more; most are there to be sampled. */
  private static final int MAX_SEARCHES = 1_000_000;

  /** Searches between two looks whether there is something to decide. */
  private static final int SEARCHES_A_STEP = 50;

  private final BenchmarkContext context;
  private final boolean brief;
  private final List<Figure> figures = new ArrayList<>();

  AxisChoices(BenchmarkContext context) {
    this.context = context;
    this.brief = context.form() == BenchmarkContext.Form.SHORT;
  }

  /**
   * What is searched for.
   *
   * @param name of it
   * @param recall asked for
   * @param passing share of the rows that a filter lets pass
   * @param writesPerSearch rows written for each search
   */
  private record Work(String name, double recall, double passing, double writesPerSearch) {
    Filter filter() {
      return passing == 1
          ? Filter.alwaysTrue()
          : FilterJson.parse("{\"" + PART + "\": {\"$lt\": " + (int) (passing * PARTS) + "}}");
    }

    List<SearchRequest> requests(AnnCollection rows, AnnData data) {
      return IntStream.range(0, data.queryCount())
          .mapToObj(query -> rows.request(query, filter()).recall(recall))
          .toList();
    }
  }

  /** What a strategy costs and finds. */
  private record Measure(double micros, double recall, double buildMicros) {
    double cost(Work work, int rows) {
      return micros + work.writesPerSearch() * BUILDS_OF_A_ROW * buildMicros / rows;
    }
  }

  List<Figure> run() throws IOException {
    int rows = brief ? SHORT_ROWS : 60_000;
    AnnData small = AnnSets.read(context.dataFolders(), rows, QUERIES, K).get(0);
    choose(small, new Work("small dense", RECALL, 1, 0), rows);
    if (brief) {
      return figures;
    }
    choose(small, new Work("filter-heavy", RECALL, 0.02, 0), rows);
    choose(small, new Work("analytical", 1, 1, 0), rows);
    choose(small, new Work("mixed", RECALL, 1, 1.5), rows);
    choose(small, new Work("write-heavy", RECALL, 1, 50), rows);
    choose(small, new Work("changing: grows from 3,000", RECALL, 1, 0), 3_000);
    large();
    return figures;
  }

  private void large() throws IOException {
    float[] all = Descriptors.of(context.dataFolders(), 0, 50_000, LARGE_ROWS);
    float[] others = Descriptors.of(context.dataFolders(), 50_000, 1_000, Integer.MAX_VALUE);
    float[] queries = new float[QUERIES * Descriptors.DIMENSION];
    int step = others.length / Descriptors.DIMENSION / QUERIES;
    for (int i = 0; i < QUERIES; i++) {
      System.arraycopy(
          others,
          i * step * Descriptors.DIMENSION,
          queries,
          i * Descriptors.DIMENSION,
          Descriptors.DIMENSION);
    }
    AnnData data =
        AnnData.of("descriptors-128", Metric.EUCLIDEAN, Descriptors.DIMENSION, all, queries, K);
    choose(data, new Work("large dense", RECALL, 1, 0), data.rows());
  }

  /** One workload; of a changing one the first rows are decided about first. */
  private void choose(AnnData data, Work work, int firstRows) throws IOException {
    context.progress(work.name() + ": " + data.name());
    AnnCollection rows =
        new AnnCollection(
            Files.createTempDirectory(context.scratch(), "axis-choice"),
            data,
            List.of(PART),
            Map.of(AxisOptions.CHECK_SHARE, Double.toString(AxisOptions.MAX_CHECK_SHARE)));
    try (rows) {
      write(rows, 0, firstRows);
      // What was written to fill it is not the workload.
      rows.reopen();
      rows.collection().setGoals(Goals.NONE.withRecall(work.recall()));
      settle(rows, data, work);
      if (firstRows < data.rows()) {
        String first = strategy(rows);
        write(rows, firstRows, data.rows());
        rows.reopen();
        settle(rows, data, work);
        context.progress(work.name() + ": " + first + ", then " + strategy(rows));
      }
      report(rows, data, work);
    }
  }

  private static void write(AnnCollection rows, int from, int to) {
    rows.write(
        IntStream.range(from, to).toArray(),
        row -> Map.of(PART, (int) (((row * 0x9E3779B97F4A7C15L) >>> 40) % PARTS)));
    rows.collection().optimize();
  }

  private static String strategy(AnnCollection rows) {
    return rows.collection().axis().fields().stream()
        .findFirst()
        .map(AxisField::strategy)
        .orElse(Strategy.EXACT.name());
  }

  /** Searches and writes as the workload says until nothing is left to be decided. */
  private static void settle(AnnCollection rows, AnnData data, Work work) {
    List<SearchRequest> requests = work.requests(rows, data);
    double owed = 0;
    for (int step = 0; step < MAX_SEARCHES; step++) {
      rows.collection().search(requests.get(step % requests.size()));
      owed += work.writesPerSearch();
      if (owed >= 1 && step < requests.size()) {
        rows.write(IntStream.range(0, (int) owed).toArray(), row -> Map.of(PART, row % PARTS));
        owed -= (int) owed;
      }
      if (step % SEARCHES_A_STEP > 0) {
        continue;
      }
      boolean moving =
          rows.collection().axis().fields().stream().anyMatch(field -> field.migration() != null);
      if (moving) {
        if (isBuilding(rows)) {
          rows.collection().optimize();
        }
        rows.collection().axisControl().step();
      } else if (step >= requests.size() && rows.collection().axisControl().step().isEmpty()) {
        return;
      }
    }
    throw new IllegalStateException(
        "Not settled: " + rows.collection().axis().fields() + ", " + work);
  }

  private static boolean isBuilding(AnnCollection rows) {
    return rows.collection().axis().fields().stream()
        .anyMatch(field -> field.migration() != null && field.migration().phase().equals("BUILD"));
  }

  private void report(AnnCollection rows, AnnData data, Work work) {
    String chosen = strategy(rows);
    List<AxisDecision> history = rows.collection().axis().history();
    Measure own = measure(rows, data, work, null);
    // The index that AXIS made stays while the others are measured: by hand each comes alone.
    rows.collection().setGoals(Goals.NONE);
    rows.collection().indexes().stream()
        .map(index -> index.definition().name())
        .forEach(name -> rows.collection().dropIndex(name));
    Templates templates = Templates.shipped();
    double best = Double.POSITIVE_INFINITY;
    String bestName = "";
    String setting = work.name() + ", " + data.name() + ", " + data.rows() + " rows";
    for (Strategy strategy : templates.strategies()) {
      if (!strategy.type().equals("sparse") && (!brief || isInBrief(strategy))) {
        context.progress(work.name() + ": " + strategy.name());
        Measure of = measure(rows, data, work, strategy);
        double cost = of.cost(work, data.rows());
        figures.add(Figure.of("axis.cost", cost, "us", setting).peer(strategy.name()));
        if (strategy.name().equals(chosen)) {
          own = new Measure(own.micros(), own.recall(), of.buildMicros());
        }
        if (of.recall() >= work.recall() - RECALL_SLACK && cost < best) {
          best = cost;
          bestName = strategy.name();
        }
      }
    }
    double cost = own.cost(work, data.rows());
    double over = Math.min(cost / best, cost <= best + FREE_MICROS ? 1 : Double.POSITIVE_INFINITY);
    String what =
        String.format(
            Locale.ROOT,
            "%s: AXIS took %s, best %s, %d decisions",
            setting,
            chosen,
            bestName,
            history.size());
    figures.add(Figure.of("axis.cost", cost, "us", setting).peer("AXIS: " + chosen));
    figures.add(
        Figure.of("axis.choice", brief ? cost / best : over, "x of best, or 1 within 0.2 ms", what)
            .mustBe(Bar.below(brief ? Double.MAX_VALUE : MOST_FACTOR)));
    figures.add(
        Figure.of("axis.recall-found", own.recall(), "recall@10", what)
            .mustBe(Bar.atLeast(brief ? 0 : work.recall() - RECALL_SLACK)));
  }

  private static boolean isInBrief(Strategy strategy) {
    return strategy.isScan() || strategy.name().equals("hnsw");
  }

  /** Measures searches by an index made for them, or by what is there. */
  private static Measure measure(
      AnnCollection rows, AnnData data, Work work, @Nullable Strategy strategy) {
    double buildMicros = 0;
    boolean makes = strategy != null && !strategy.isScan();
    if (makes) {
      Strategy made = Objects.requireNonNull(strategy);
      long start = cpuNanos();
      rows.collection()
          // Another seed: a file that AXIS had made would be taken as it is, and cost nothing.
          .createIndex(
              new IndexDefinition("measured", made.type(), "vector", made.settings())
                  .with("seed", "2"));
      rows.collection().optimize();
      buildMicros = (cpuNanos() - start) / 1e3;
    }
    List<SearchRequest> requests = work.requests(rows, data);
    double found = 0;
    for (SearchRequest request : requests) {
      List<SearchHit> nearest = rows.collection().search(request.exactly()).hits();
      double limit = nearest.isEmpty() ? 0 : nearest.get(nearest.size() - 1).distance();
      long hits =
          rows.collection().search(request).hits().stream()
              .filter(hit -> hit.distance() <= limit)
              .count();
      found += nearest.isEmpty() ? 1 : Math.min(1, (double) hits / nearest.size());
    }
    double[] passes = new double[PASSES];
    for (int pass = 0; pass < PASSES; pass++) {
      long start = cpuNanos();
      for (SearchRequest request : requests) {
        rows.collection().search(request);
      }
      passes[pass] = (cpuNanos() - start) / 1e3 / requests.size();
    }
    Arrays.sort(passes);
    if (makes) {
      rows.collection().dropIndex("measured");
    }
    return new Measure(passes[PASSES / 2], found / requests.size(), buildMicros);
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
