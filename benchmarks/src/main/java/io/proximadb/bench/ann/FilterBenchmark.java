package io.proximadb.bench.ann;

import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.DenseIndexes;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Passes;
import io.proximadb.bench.TextTable;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.IndexDefinition;
import io.proximadb.vector.DistanceFunction;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Searches with filters of all selectivities: drawn at random, of rows about the query, and of rows
 * away from it. Prints recall at the default setting, speed, and how it was done, beside an exact
 * search of the rows that match.
 */
public final class FilterBenchmark implements Benchmark {
  private static final int K = 10;
  private static final int MAX_ROWS = 200_000;
  private static final int QUERIES = 200;
  private static final int SHORT_ROWS = 5_000;
  private static final int SHORT_QUERIES = 20;
  private static final int ROUNDS = 3;

  /** Rows are told apart by the nearest of so many of them. */
  private static final int PIVOTS = 64;

  /** Values of the random column: one of them is a hundred-thousandth of the rows. */
  private static final int PICKS = 100_000;

  private static final double LEAST_RECALL = 0.95;
  private static final double MOST_TIME = 1.3;

  /** Numbers of picks that pass: from 0.001 % to all. */
  private static final int[] PASSING = {
    1, 10, 100, 1_000, 5_000, 10_000, 20_000, 50_000, 90_000, PICKS
  };

  private static final int[] PASSING_PIVOTS = {1, 4, 16, 32, 56};

  @Override
  public String name() {
    return "filter";
  }

  @Override
  public String description() {
    return "searches with filters: recall, speed and strategy over selectivity";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    boolean brief = context.form() == BenchmarkContext.Form.SHORT;
    List<Figure> figures = new ArrayList<>();
    for (AnnData data :
        AnnSets.read(
            context.dataFolders(),
            brief ? SHORT_ROWS : MAX_ROWS,
            brief ? SHORT_QUERIES : QUERIES,
            K)) {
      for (IndexDefinition index : context.indexes()) {
        figures.addAll(new Run(context, data, index, brief ? 1 : ROUNDS).run());
      }
    }
    return figures;
  }

  /** A kind of filter, which may depend on the query. */
  private record Kind(String name, IntFunction<Filter> filters) {}

  /** What searches of one kind came to. */
  private record Outcome(
      double share, double recall, double micros, double exactMicros, String strategy) {}

  private static final class Run {
    private final BenchmarkContext context;
    private final AnnData data;
    private final IndexDefinition index;
    private final int rounds;
    private final Random random = new Random(1);
    private final float[][] pivots = new float[PIVOTS][];
    private final int[] pivotOf;

    Run(BenchmarkContext context, AnnData data, IndexDefinition index, int rounds) {
      this.context = context;
      this.data = data;
      this.index = index;
      this.rounds = rounds;
      this.pivotOf = new int[data.rows()];
    }

    List<Figure> run() throws IOException {
      context.progress(data.name() + ": writing rows, building indexes (" + index.type() + ")");
      try (AnnCollection rows =
          new AnnCollection(
              Files.createTempDirectory(context.scratch(), "filter"),
              data,
              List.of("pick", "pivot"))) {
        drawPivots(rows);
        rows.write(
            IntStream.range(0, data.rows()).toArray(),
            row -> Map.of("pick", random.nextInt(PICKS), "pivot", pivotOf[row]));
        rows.index(index);
        rows.index(IndexDefinition.of("picks", "attribute", "pick"));
        rows.index(IndexDefinition.of("pivots", "attribute", "pivot"));
        return measure(rows);
      }
    }

    private void drawPivots(AnnCollection rows) {
      Set<Integer> drawn = new LinkedHashSet<>();
      while (drawn.size() < PIVOTS) {
        drawn.add(random.nextInt(data.rows()));
      }
      int i = 0;
      for (int row : drawn) {
        pivots[i++] = rows.row(row);
      }
      float[] all = new float[PIVOTS * data.dimension()];
      for (int pivot = 0; pivot < PIVOTS; pivot++) {
        System.arraycopy(pivots[pivot], 0, all, pivot * data.dimension(), data.dimension());
      }
      for (int row = 0; row < data.rows(); row++) {
        pivotOf[row] = ranked(rows.row(row))[0];
      }
    }

    /** The pivots by distance, the nearest first. */
    private int[] ranked(float[] vector) {
      DistanceFunction distance = DistanceFunction.of(data.metric(), vector);
      double[] scores = new double[PIVOTS];
      for (int pivot = 0; pivot < PIVOTS; pivot++) {
        scores[pivot] = distance.score(pivots[pivot], 0);
      }
      return IntStream.range(0, PIVOTS)
          .boxed()
          .sorted(Comparator.comparingDouble(pivot -> scores[pivot]))
          .mapToInt(Integer::intValue)
          .toArray();
    }

    private List<Kind> kinds(AnnCollection rows) {
      List<Kind> kinds = new ArrayList<>();
      for (int passing : PASSING) {
        Filter filter = FilterJson.parse("{\"pick\":{\"$lt\":" + passing + "}}");
        kinds.add(
            new Kind(
                String.format(Locale.ROOT, "random %.3f %%", 100.0 * passing / PICKS),
                query -> filter));
      }
      for (int count : PASSING_PIVOTS) {
        kinds.add(
            new Kind(
                "the " + count + " regions about the query",
                query -> of(Arrays.copyOf(ranked(rows.query(query)), count))));
        kinds.add(
            new Kind(
                "the " + count + " regions farthest from it",
                query ->
                    of(Arrays.copyOfRange(ranked(rows.query(query)), PIVOTS - count, PIVOTS))));
      }
      return kinds;
    }

    private static Filter of(int[] regions) {
      String list =
          Arrays.stream(regions).mapToObj(Integer::toString).collect(Collectors.joining(","));
      return FilterJson.parse("{\"pivot\":{\"$in\":[" + list + "]}}");
    }

    private List<Figure> measure(AnnCollection rows) {
      TextTable table =
          TextTable.of(
              "filter", ">passes", ">recall@10", ">µs", ">exact µs", ">times", "last strategy");
      List<Figure> figures = new ArrayList<>();
      double worstRecall = 1;
      double worstTimes = 0;
      for (Kind kind : kinds(rows)) {
        Outcome outcome = measure(rows, kind);
        double times = outcome.micros() / outcome.exactMicros();
        worstRecall = Math.min(worstRecall, outcome.recall());
        worstTimes = Math.max(worstTimes, times);
        table.row(
            kind.name(),
            String.format(Locale.ROOT, "%.3f %%", 100 * outcome.share()),
            String.format(Locale.ROOT, "%.4f", outcome.recall()),
            String.format(Locale.ROOT, "%,.0f", outcome.micros()),
            String.format(Locale.ROOT, "%,.0f", outcome.exactMicros()),
            String.format(Locale.ROOT, "%.2f", times),
            outcome.strategy());
      }
      String of = DenseIndexes.text(index);
      context.progress("\n" + data.name() + ", " + of + "\n" + table);
      String setting =
          String.format(
              Locale.ROOT,
              "%s, %,d x %d, k=%d, %s",
              data.name(),
              data.rows(),
              data.dimension(),
              K,
              of);
      figures.add(
          Figure.of("filter.recall.worst", worstRecall, "recall@10", setting)
              .mustBe(Bar.atLeast(LEAST_RECALL)));
      figures.add(
          Figure.of("filter.time.worst", worstTimes, "times the exact search", setting)
              .mustBe(Bar.atMost(MOST_TIME)));
      return figures;
    }

    private Outcome measure(AnnCollection rows, Kind kind) {
      List<SearchRequest> requests = new ArrayList<>();
      for (int query = 0; query < data.queryCount(); query++) {
        requests.add(rows.request(query, kind.filters().apply(query)));
      }
      List<Double> micros = new ArrayList<>();
      List<Double> exactMicros = new ArrayList<>();
      double found = 0;
      long matches = 0;
      String strategy = "";
      for (int round = -1; round < rounds; round++) {
        List<SearchResponse> answers = new ArrayList<>();
        List<SearchResponse> truth = new ArrayList<>();
        double own = timed(rows, requests, answers);
        double exact = timed(rows, requests.stream().map(SearchRequest::exactly).toList(), truth);
        if (round >= 0) {
          micros.add(own);
          exactMicros.add(exact);
        }
        found = 0;
        matches = 0;
        for (int query = 0; query < requests.size(); query++) {
          found += recall(answers.get(query), truth.get(query));
          SearchResponse all = truth.get(query);
          // An index that is exact leaves most rows out unseen.
          matches += Math.max(all.rowsScannedExactly(), all.rowsCoveredByIndex());
        }
        strategy = answers.get(answers.size() - 1).strategy();
      }
      return new Outcome(
          matches / (double) requests.size() / data.rows(),
          found / requests.size(),
          median(micros),
          median(exactMicros),
          strategy);
    }

    private static double median(List<Double> values) {
      return Passes.median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static double timed(
        AnnCollection rows, List<SearchRequest> requests, List<SearchResponse> answers) {
      long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      for (SearchRequest request : requests) {
        answers.add(rows.collection().search(request));
      }
      long nanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
      return nanos / 1e3 / requests.size();
    }

    private static double recall(SearchResponse answer, SearchResponse truth) {
      if (answer.hits().size() != truth.hits().size()) {
        throw new IllegalStateException(
            "An answer has "
                + answer.hits().size()
                + " rows, expected "
                + truth.hits().size()
                + ": "
                + answer.strategy());
      }
      if (truth.hits().isEmpty()) {
        return 1;
      }
      // Rows as near as the last of the true answer are as good.
      double farthest = truth.hits().get(truth.hits().size() - 1).distance();
      long found = answer.hits().stream().filter(hit -> hit.distance() <= farthest).count();
      return found / (double) truth.hits().size();
    }
  }
}
