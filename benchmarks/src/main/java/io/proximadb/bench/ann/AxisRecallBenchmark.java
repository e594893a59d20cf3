package io.proximadb.bench.ann;

import io.proximadb.api.Collection;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.DenseIndexes;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Passes;
import io.proximadb.bench.TextTable;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.IndexDefinition;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * How honest calibrated recall is: what searches find that ask for a recall, on queries that no
 * index has seen, and what they cost beside the cheapest of many settings that finds as much. Costs
 * are processor time.
 */
public final class AxisRecallBenchmark implements Benchmark {
  private static final int K = 10;
  private static final int MAX_ROWS = 200_000;
  private static final int QUERIES = 500;
  private static final int SHORT_ROWS = 5_000;
  private static final int SHORT_QUERIES = 40;
  private static final int PASSES = 9;
  private static final int SHORT_PASSES = 1;
  private static final double[] TARGETS = {0.8, 0.9, 0.95, 0.99};

  /** Thousandths of the rows that filters let pass. */
  private static final int[] PASSING = {ChoiceRows.PARTS, 200, 20};

  /** Recalls asked for beside the targets, to have more settings to compare with. */
  private static final double[] OTHERS = {
    0.5, 0.6, 0.7, 0.75, 0.78, 0.82, 0.85, 0.88, 0.92, 0.94, 0.96, 0.97, 0.98, 0.985, 0.995
  };

  /** Efforts set by hand, each so many times the one before. */
  private static final double NEXT_EFFORT = 1.2;

  private static final int MAX_EFFORT = 4_000;

  /** No greater effort is looked at when so much was found. */
  private static final double ENOUGH = 0.993;

  /** Acceptance. */
  private static final double RECALL_SLACK = 0.02;

  private static final double MOST_EFFORT = 1.3;

  @Override
  public String name() {
    return "axis-recall";
  }

  @Override
  public String description() {
    return "recall found where a recall is asked for, and its cost beside the cheapest setting";
  }

  @Override
  public String parts() {
    return "a set, by the name of its file";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    boolean brief = context.form() == BenchmarkContext.Form.SHORT;
    List<AnnData> sets =
        AnnSets.read(
            context.dataFolders(),
            brief ? SHORT_ROWS : context.rowsOf(MAX_ROWS),
            brief ? SHORT_QUERIES : QUERIES,
            K);
    List<String> names = sets.stream().map(AnnData::name).toList();
    for (String wanted : context.only()) {
      if (!names.contains(wanted)) {
        throw new InvalidArgumentException(
            "Invalid set: '" + wanted + "' (expected one of " + names + ")");
      }
    }
    List<Figure> figures = new ArrayList<>();
    for (AnnData data : sets) {
      if (!context.isChosen(data.name())) {
        continue;
      }
      context.progress(data.name() + ": " + data.rows() + " rows");
      try (AnnCollection rows =
          new AnnCollection(
              Files.createTempDirectory(context.scratch(), "axis-recall"),
              data,
              List.of(ChoiceRows.PART))) {
        rows.write(
            IntStream.range(0, data.rows()).toArray(),
            row -> Map.of(ChoiceRows.PART, ChoiceRows.part(row)));
        rows.collection().optimize();
        for (IndexDefinition index : context.indexes()) {
          context.progress(data.name() + ": " + DenseIndexes.text(index));
          rows.index(index);
          for (int passing : PASSING) {
            new Sweep(context, data, rows, index, passing, brief).run(figures);
          }
          rows.collection().dropIndex(index.name());
        }
      }
    }
    return figures;
  }

  /** What a setting finds and costs. */
  private static final class Point {
    private final List<SearchRequest> asked;
    private final double recall;

    /** Of a search, by pass. */
    private final double[] passMicros;

    Point(List<SearchRequest> asked, double recall, int passes) {
      this.asked = asked;
      this.recall = recall;
      this.passMicros = new double[passes];
    }

    double recall() {
      return recall;
    }

    double micros() {
      return Passes.median(passMicros);
    }
  }

  /** Many settings of one index among the rows of one filter. */
  private static final class Sweep {
    private final BenchmarkContext context;
    private final Collection collection;
    private final List<SearchRequest> requests;
    private final double[] limits;
    private final int[] sizes;
    private final int passes;
    private final String setting;

    /** By what the first answer says of how it was found: equal settings are measured once. */
    private final Map<String, Point> measured = new HashMap<>();

    Sweep(
        BenchmarkContext context,
        AnnData data,
        AnnCollection rows,
        IndexDefinition index,
        int passing,
        boolean brief) {
      this.context = context;
      this.collection = rows.collection();
      this.passes = brief ? SHORT_PASSES : PASSES;
      Filter filter =
          passing == ChoiceRows.PARTS
              ? Filter.alwaysTrue()
              : FilterJson.parse("{\"" + ChoiceRows.PART + "\": {\"$lt\": " + passing + "}}");
      this.requests =
          IntStream.range(0, data.queryCount())
              .mapToObj(query -> rows.request(query, filter))
              .toList();
      this.limits = new double[requests.size()];
      this.sizes = new int[requests.size()];
      for (int i = 0; i < limits.length; i++) {
        List<SearchHit> nearest = collection.search(requests.get(i).exactly()).hits();
        sizes[i] = nearest.size();
        limits[i] = nearest.isEmpty() ? 0 : nearest.get(nearest.size() - 1).distance();
      }
      this.setting =
          String.format(
              Locale.ROOT,
              "%s, %,d rows, %s, %s",
              data.name(),
              data.rows(),
              DenseIndexes.text(index),
              passing == ChoiceRows.PARTS
                  ? "no filter"
                  : 100.0 * passing / ChoiceRows.PARTS + " % pass");
    }

    private Point point(List<SearchRequest> asked) {
      double found = 0;
      for (int i = 0; i < asked.size(); i++) {
        double limit = limits[i];
        long hits =
            collection.search(asked.get(i)).hits().stream()
                .filter(hit -> hit.distance() <= limit)
                .count();
        found += sizes[i] == 0 ? 1 : Math.min(1, (double) hits / sizes[i]);
      }
      return new Point(asked, found / asked.size(), passes);
    }

    /** Times all ways in turn, pass by pass: what else the machine does is then shared by all. */
    private void time(List<Point> points) {
      double sink = 0;
      for (int pass = 0; pass < passes; pass++) {
        for (Point point : points) {
          long start = cpuNanos();
          for (SearchRequest request : point.asked) {
            sink += collection.search(request).hits().size();
          }
          point.passMicros[pass] = (cpuNanos() - start) / 1e3 / point.asked.size();
        }
      }
      assert sink >= 0;
    }

    private Point asking(double recall) {
      List<SearchRequest> asked = requests.stream().map(request -> request.recall(recall)).toList();
      String how = collection.search(asked.get(0)).recall().toString();
      return measured.computeIfAbsent(how, unseen -> point(asked));
    }

    private void byHand(List<Point> points) {
      for (double effort = K; effort <= MAX_EFFORT; effort *= NEXT_EFFORT) {
        int rows = (int) Math.round(effort);
        Point point = point(requests.stream().map(request -> request.effort(rows)).toList());
        points.add(point);
        if (point.recall() > ENOUGH) {
          return;
        }
      }
    }

    void run(List<Figure> figures) {
      // For compilers alone.
      for (int pass = 0; pass < 2; pass++) {
        point(requests.stream().map(request -> request.recall(TARGETS[2])).toList());
      }
      List<Point> points = new ArrayList<>();
      DoubleStream.concat(DoubleStream.of(TARGETS), DoubleStream.of(OTHERS))
          .sorted()
          .forEach(recall -> points.add(asking(recall)));
      byHand(points);
      time(points.stream().distinct().toList());
      TextTable table = TextTable.of(">asked", ">found", ">µs", ">least µs", ">times");
      double worstRecall = Double.POSITIVE_INFINITY;
      double worstTimes = 0;
      for (double target : TARGETS) {
        Point point = asking(target);
        double least =
            points.stream()
                .filter(one -> one.recall() >= target)
                .mapToDouble(Point::micros)
                .min()
                .orElse(point.micros());
        double times = point.micros() / least;
        worstRecall = Math.min(worstRecall, point.recall() - target);
        worstTimes = Math.max(worstTimes, times);
        table.row(
            Double.toString(target),
            String.format(Locale.ROOT, "%.4f", point.recall()),
            String.format(Locale.ROOT, "%,.0f", point.micros()),
            String.format(Locale.ROOT, "%,.0f", least),
            String.format(Locale.ROOT, "%.2f", times));
      }
      context.progress("\n" + setting + "\n" + table);
      figures.add(
          Figure.of("axis.recall.worst", worstRecall, "found less asked", setting)
              .mustBe(Bar.atLeast(-RECALL_SLACK)));
      figures.add(
          Figure.of("axis.effort.worst", worstTimes, "x of the cheapest setting", setting)
              .mustBe(Bar.atMost(MOST_EFFORT)));
    }

    private static long cpuNanos() {
      return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
  }
}
