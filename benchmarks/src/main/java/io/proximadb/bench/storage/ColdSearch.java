package io.proximadb.bench.storage;

import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.io.ReadStatistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The first search of an engine that has just been opened, over the S3 protocol, without any index
 * but the clusters: what it finds, what it reads.
 */
final class ColdSearch {
  /** Numbers of clusters that are tried, the least first. */
  private static final int[] CLUSTERS = {
    1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 48, 64, 96
  };

  private static final double MIN_RECALL = 0.90;

  /** What must be found with warm files, so that fewer cold queries find enough as well. */
  private static final double WANTED_RECALL = 0.92;

  private static final double MAX_READ_PERCENT = 10;
  private static final int MAX_REQUESTS = 32;

  private final BenchmarkContext context;
  private final StoragePlan plan;

  ColdSearch(BenchmarkContext context, StoragePlan plan) {
    this.context = context;
    this.plan = plan;
  }

  /**
   * Measures a set.
   *
   * @param set the vectors that are stored
   * @param queries of the same distribution, not among them
   */
  List<Figure> run(VectorSet set, VectorSet queries) throws IOException {
    VectorSet stored = set.first(plan.coldRows());
    Path folder = Files.createDirectories(context.scratch().resolve("cold-" + set.name()));
    try (S3Server server = S3Server.start(Files.createDirectories(folder.resolve("objects")))) {
      context.progress("cold search over the S3 protocol: loading " + stored);
      Recall recall;
      int clusters;
      try (BenchCollection bench =
          BenchCollection.create(server.options("cold", folder, "home"), stored, "viper")) {
        bench.load(stored);
        bench.settle();
        recall = new Recall(bench, queries.first(plan.queries()));
        clusters = enough(bench, recall);
      }
      return search(server, folder, stored, recall, clusters);
    }
  }

  private static int enough(BenchCollection bench, Recall recall) {
    for (int clusters : CLUSTERS) {
      if (recall.measure(bench, clusters).recall() >= WANTED_RECALL) {
        return clusters;
      }
    }
    return CLUSTERS[CLUSTERS.length - 1];
  }

  private List<Figure> search(
      S3Server server, Path folder, VectorSet set, Recall recall, int clusters) {
    int queries = Math.min(plan.coldQueries(), recall.queries().count());
    context.progress(set + ": " + queries + " cold searches of " + clusters + " clusters");
    double found = 0;
    List<Double> shares = new ArrayList<>();
    List<Double> requests = new ArrayList<>();
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < queries; i++) {
      // A home of its own: nothing of an earlier one is in its cache.
      try (BenchCollection bench =
          BenchCollection.open(server.options("cold", folder, "home-" + i))) {
        ReadStatistics before = ReadStatistics.now();
        long started = System.nanoTime();
        SearchResponse response =
            bench
                .collection()
                .search(SearchRequest.of(recall.queries().row(i), Recall.K).clusters(clusters));
        millis.add((System.nanoTime() - started) / 1e6);
        ReadStatistics read = ReadStatistics.now().since(before);
        shares.add(100 * read.bytes() / set.bytes());
        requests.add((double) read.requests());
        found += recall.hits(i, response);
      }
    }
    String setting = set + ", " + clusters + " clusters, over the S3 protocol";
    return List.of(
        barred(
            Figure.of(
                "cold-search." + set.name() + ".recall", found / (Recall.K * queries), "", setting),
            Bar.atLeast(MIN_RECALL)),
        barred(
            Figure.of(
                    "cold-search." + set.name() + ".read",
                    max(shares),
                    "%",
                    "of the vectors' bytes, most of " + queries + " searches")
                .over(array(shares)),
            Bar.below(MAX_READ_PERCENT)),
        Figure.of(
                "cold-search." + set.name() + ".requests",
                max(requests),
                "",
                "most of " + queries + " searches, opening files included")
            .over(array(requests))
            .mustBe(Bar.atMost(MAX_REQUESTS)),
        Figure.of("cold-search." + set.name() + ".time", max(millis), "ms", "most of the searches")
            .over(array(millis)));
  }

  private Figure barred(Figure figure, Bar bar) {
    return context.form() == BenchmarkContext.Form.SHORT ? figure : figure.mustBe(bar);
  }

  private static double max(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
