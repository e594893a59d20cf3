package io.proximadb.bench.ann;

import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.axis.cost.Probe;
import io.proximadb.axis.cost.Run;
import io.proximadb.axis.cost.SampleProbe;
import io.proximadb.axis.cost.Situation;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.axis.cost.Templates;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.Figure;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Measures what the cost model learns from, on all sets that are there, and writes it to the file
 * that ships in place of what that has of the same sets and sizes. By processor time.
 */
public final class AxisTraining implements Benchmark {
  private static final int K = 10;
  private static final int[] SIZES = {8_000, 24_000, 60_000};
  private static final int SHORT_SIZE = 5_000;
  private static final int QUERIES = 200;
  private static final int SAMPLE = 4_096;
  private static final double[] RECALLS = {0.9, 0.95, 0.99};
  private static final double USUAL = 0.95;
  private static final double[] PASSING = {0.1, 0.01};

  /** Of one measurement. */
  private static final long SEARCH_NANOS = 300_000_000;

  private static final String PART = "part";
  private static final int PARTS = 1_000;

  @Override
  public String name() {
    return "axis-train";
  }

  @Override
  public String description() {
    return "measures the runs that the cost model of AXIS learns from, and writes runs.csv";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    boolean brief = context.form() == BenchmarkContext.Form.SHORT;
    List<Figure> figures = new ArrayList<>();
    int most = brief ? SHORT_SIZE : SIZES[SIZES.length - 1];
    List<AnnData> sets = new ArrayList<>(AnnSets.read(context.dataFolders(), most, QUERIES, K));
    if (!brief && sets.stream().anyMatch(set -> set.dimension() == FashionMnist.DIMENSION)) {
      addDerived(context, sets, most);
    }
    for (AnnData set : sets) {
      Set<Integer> sizes = new HashSet<>();
      for (int size : brief ? new int[] {SHORT_SIZE} : SIZES) {
        int rows = Math.min(size, set.rows());
        if (sizes.add(rows)) {
          List<Run> runs = measure(context, set, rows, brief);
          if (!brief) {
            write(runs, file());
          }
          String setting = set.name() + ", " + rows + " rows";
          figures.add(Figure.of("axis.train", runs.size(), "runs", setting));
        }
      }
    }
    return figures;
  }

  private static void addDerived(BenchmarkContext context, List<AnnData> sets, int most)
      throws IOException {
    List<Path> folders = context.dataFolders();
    float[] descriptors = Descriptors.of(folders, 0, most / 10, most);
    // Of images that no row is of.
    float[] queries =
        spread(Descriptors.of(folders, 50_000, 1_000, Integer.MAX_VALUE), Descriptors.DIMENSION);
    sets.add(
        AnnData.of(
            "descriptors-128", Metric.EUCLIDEAN, Descriptors.DIMENSION, descriptors, queries, K));
    float[] pooled = Descriptors.pooled(FashionMnist.read(folders));
    sets.add(
        AnnData.of(
            "fashion-pooled-196",
            Metric.EUCLIDEAN,
            Descriptors.POOLED,
            Arrays.copyOf(pooled, Math.min(pooled.length, most * Descriptors.POOLED)),
            Arrays.copyOf(
                Descriptors.pooled(FashionMnist.readQueries(folders)),
                QUERIES * Descriptors.POOLED),
            K));
  }

  /** Some rows, evenly. */
  private static float[] spread(float[] rows, int dimension) {
    float[] some = new float[QUERIES * dimension];
    int count = rows.length / dimension;
    for (int i = 0; i < QUERIES; i++) {
      System.arraycopy(
          rows, (int) ((long) i * count / QUERIES) * dimension, some, i * dimension, dimension);
    }
    return some;
  }

  private static Path file() {
    return Path.of(System.getProperty("proximadb.home", "."))
        .resolve("engine-core/src/main/resources/io/proximadb/axis/cost/runs.csv");
  }

  /** Puts runs in the place of those of the same set and as many rows. */
  private static void write(List<Run> runs, Path file) throws IOException {
    Set<String> replaced = new HashSet<>();
    runs.forEach(run -> replaced.add(run.set() + " " + run.at().rows()));
    List<String> lines = new ArrayList<>();
    lines.add(Run.HEADER);
    if (Files.exists(file)) {
      for (Run run : Run.read(Files.newInputStream(file))) {
        if (!replaced.contains(run.set() + " " + run.at().rows())) {
          lines.add(run.line());
        }
      }
    }
    runs.forEach(run -> lines.add(run.line()));
    Files.write(file, lines, StandardCharsets.UTF_8);
  }

  private static List<Run> measure(BenchmarkContext context, AnnData all, int rows, boolean brief)
      throws IOException {
    AnnData data =
        AnnData.of(
            all.name(),
            all.metric(),
            all.dimension(),
            Arrays.copyOf(all.base(), rows * all.dimension()),
            all.queries(),
            K);
    List<Run> runs = new ArrayList<>();
    Path folder = Files.createTempDirectory(context.scratch(), "train");
    try (AnnCollection collection = new AnnCollection(folder, data, List.of(PART))) {
      collection.write(
          IntStream.range(0, rows).toArray(),
          row -> Map.of(PART, (int) (((row * 0x9E3779B97F4A7C15L) >>> 40) % PARTS)));
      collection.collection().optimize();
      double intrinsic = collection.collection().profile("vector").intrinsicDimension().orElse(0);
      List<float[]> sample = sample(collection, rows);
      for (Strategy strategy : Templates.shipped().strategies()) {
        if (!strategy.type().equals("sparse")) {
          context.progress(data.name() + ", " + rows + " rows: " + strategy.name());
          runs.addAll(measure(collection, data, strategy, sample, intrinsic, brief));
        }
      }
    }
    return runs;
  }

  private static List<float[]> sample(AnnCollection collection, int rows) {
    int[] drawn = new Random(rows).ints(0, rows).distinct().limit(Math.min(SAMPLE, rows)).toArray();
    return Arrays.stream(drawn).mapToObj(collection::row).toList();
  }

  private static List<Run> measure(
      AnnCollection collection,
      AnnData data,
      Strategy strategy,
      List<float[]> sample,
      double intrinsic,
      boolean brief) {
    double buildMicros = 0;
    long bytes = 0;
    if (!strategy.isScan()) {
      long start = cpuNanos();
      collection
          .collection()
          .createIndex(
              new IndexDefinition("measured", strategy.type(), "vector", strategy.settings()));
      collection.collection().optimize();
      buildMicros = (cpuNanos() - start) / 1e3;
      collection.collection().search(collection.request(0, Filter.alwaysTrue()));
      bytes = collection.collection().indexes().get(0).memoryBytes();
    }
    List<Run> runs = new ArrayList<>();
    for (double recall : RECALLS) {
      VectorField field = new VectorField("vector", data.dimension(), data.metric());
      Probe probe =
          new SampleProbe(field, collection.collection().schema(), sample, K, recall)
              .measure(strategy);
      runs.add(measure(collection, data, strategy, probe, recall, 1, intrinsic));
      if (recall == USUAL && !brief) {
        for (double passing : PASSING) {
          runs.add(measure(collection, data, strategy, probe, recall, passing, intrinsic));
        }
      }
    }
    List<Run> built = new ArrayList<>();
    for (Run run : runs) {
      built.add(
          new Run(
              run.set(),
              run.strategy(),
              run.at(),
              run.probe(),
              run.recall(),
              run.micros(),
              run.p99Micros(),
              bytes,
              buildMicros));
    }
    if (!strategy.isScan()) {
      collection.collection().dropIndex("measured");
    }
    return built;
  }

  private static Run measure(
      AnnCollection collection,
      AnnData data,
      Strategy strategy,
      Probe probe,
      double recall,
      double passing,
      double intrinsic) {
    Filter filter =
        passing == 1
            ? Filter.alwaysTrue()
            : FilterJson.parse("{\"" + PART + "\": {\"$lt\": " + (int) (passing * PARTS) + "}}");
    List<SearchRequest> requests =
        IntStream.range(0, data.queryCount())
            .mapToObj(query -> collection.request(query, filter).recall(recall))
            .toList();
    double found = 0;
    for (SearchRequest request : requests) {
      found += recall(collection, request);
    }
    List<Double> each = new ArrayList<>();
    List<Double> passes = new ArrayList<>();
    long begin = cpuNanos();
    while (passes.size() < 3 || (cpuNanos() - begin < SEARCH_NANOS && passes.size() < 50)) {
      double sum = 0;
      for (SearchRequest request : requests) {
        long start = cpuNanos();
        collection.collection().search(request);
        double micros = (cpuNanos() - start) / 1e3;
        sum += micros;
        each.add(micros);
      }
      passes.add(sum / requests.size());
    }
    passes.sort(null);
    each.sort(null);
    return new Run(
        data.name(),
        strategy.name(),
        new Situation(data.rows(), 1, data.dimension(), intrinsic, K, recall, passing, 0),
        probe,
        found / requests.size(),
        passes.get(passes.size() / 2),
        each.get(each.size() * 99 / 100),
        0,
        0);
  }

  private static double recall(AnnCollection collection, SearchRequest request) {
    List<SearchHit> nearest = collection.collection().search(request.exactly()).hits();
    double limit = nearest.isEmpty() ? 0 : nearest.get(nearest.size() - 1).distance();
    long hits =
        collection.collection().search(request).hits().stream()
            .filter(hit -> hit.distance() <= limit)
            .count();
    return nearest.isEmpty() ? 1 : Math.min(1, (double) hits / nearest.size());
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
