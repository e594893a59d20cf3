package io.proximadb.bench.ann;

import io.proximadb.axis.cost.Strategy;
import io.proximadb.axis.cost.Templates;
import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.text.SparseTexts;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Goals;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What AXIS chooses on workloads of real vectors, without any tuning, beside every candidate
 * measured in the same run, and beside the usual graph index. Costs are processor time of a search;
 * where rows are written, that of building for the rows written for each search is added.
 */
final class AxisChoices {
  private static final int LARGE_ROWS = 1_000_000;
  private static final int SMALL_ROWS = 60_000;
  private static final int TEXTS = 120_000;
  private static final int SHORT_ROWS = 5_000;

  /** The changing workload begins with a twentieth of its rows. */
  private static final int GROWS = 20;

  private static final int QUERIES = 200;

  /** Comparing every sparse row takes some hundred times as long as an index. */
  private static final int SPARSE_QUERIES = 40;

  private static final int K = 10;
  private static final double RECALL = 0.95;

  /** Acceptance: the choice costs at most that factor of the best one, or 0.2 ms more. */
  private static final double MOST_FACTOR = 1.25;

  private static final double FREE_MICROS = 200;

  /** What is found may be below what is asked for by that much. */
  private static final double RECALL_SLACK = 0.02;

  /** What users of other stores take: the thing to beat. */
  private static final String USUAL = "hnsw";

  private static final String SMALL = "small dense";
  private static final String SPARSE = "sparse";
  private static final String LARGE = "large dense";
  private static final String CHANGING = "changing";

  private static final List<ChoiceWork> WORKS =
      List.of(
          new ChoiceWork(SMALL, RECALL, 1, 0, false),
          new ChoiceWork(SPARSE, RECALL, 1, 0, false),
          new ChoiceWork("filter-heavy", RECALL, 0.02, 0, false),
          new ChoiceWork("analytical", 1, 1, 0, true),
          new ChoiceWork("mixed", RECALL, 1, 1.5, false),
          new ChoiceWork("write-heavy", RECALL, 1, 50, false),
          new ChoiceWork(CHANGING, RECALL, 1, 0, false),
          new ChoiceWork(LARGE, RECALL, 1, 0, false));

  private final BenchmarkContext context;
  private final boolean brief;
  private final List<Figure> figures = new ArrayList<>();

  AxisChoices(BenchmarkContext context) {
    this.context = context;
    this.brief = context.form() == BenchmarkContext.Form.SHORT;
  }

  List<Figure> run() throws IOException {
    List<String> names = WORKS.stream().map(ChoiceWork::name).toList();
    for (String wanted : context.only()) {
      if (!names.contains(wanted)) {
        throw new InvalidArgumentException(
            "Invalid workload: '" + wanted + "' (expected one of " + names + ")");
      }
    }
    for (ChoiceWork work : WORKS) {
      boolean isQuick = work.name().equals(SMALL) || work.name().equals(SPARSE);
      if (context.isChosen(work.name()) && (isQuick || !brief)) {
        choose(work);
      }
    }
    return figures;
  }

  private ChoiceRows rows(ChoiceWork work) throws IOException {
    Path folder = Files.createTempDirectory(context.scratch(), "axis-choice");
    return switch (work.name()) {
      case SPARSE ->
          new SparseChoiceRows(
              folder,
              SparseTexts.read(
                  context.dataFolders(),
                  brief ? SHORT_ROWS : context.rowsOf(TEXTS),
                  SPARSE_QUERIES));
      case LARGE -> new DenseChoiceRows(folder, large());
      default ->
          new DenseChoiceRows(
              folder,
              AnnSets.read(
                      context.dataFolders(),
                      brief ? SHORT_ROWS : context.rowsOf(SMALL_ROWS),
                      QUERIES,
                      K)
                  .get(0));
    };
  }

  private AnnData large() throws IOException {
    List<Path> folders = context.dataFolders();
    float[] all = Descriptors.of(folders, 0, 50_000, context.rowsOf(LARGE_ROWS));
    // Of images that no row is of.
    float[] others = Descriptors.of(folders, 50_000, 1_000, Integer.MAX_VALUE);
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
    return AnnData.of("descriptors-128", Metric.EUCLIDEAN, Descriptors.DIMENSION, all, queries, K);
  }

  /** One workload; of a changing one the first rows are decided about first. */
  private void choose(ChoiceWork work) throws IOException {
    try (ChoiceRows rows = rows(work)) {
      context.progress(work.name() + ": " + rows.name() + ", " + rows.rows() + " rows");
      boolean grows = work.name().equals(CHANGING);
      int firstRows = grows ? rows.rows() / GROWS : rows.rows();
      write(rows, 0, firstRows);
      rows.collection().setGoals(Goals.NONE.withRecall(work.recall()));
      work.settle(rows);
      String path = ChoiceWork.strategy(rows);
      if (grows) {
        write(rows, firstRows, rows.rows());
        work.settle(rows);
        path = firstRows + " rows: " + path + ", then " + ChoiceWork.strategy(rows);
      }
      report(rows, work, path);
    }
  }

  private static void write(ChoiceRows rows, int from, int to) {
    rows.write(from, to);
    rows.collection().optimize();
    // What was written to fill it is not the workload.
    rows.reopen();
  }

  private void report(ChoiceRows rows, ChoiceWork work, String path) {
    String chosen = ChoiceWork.strategy(rows);
    int decisions = rows.collection().axis().history().size();
    ChoiceWork.Measure own = work.measure(rows);
    // By hand each comes alone.
    rows.collection().setGoals(Goals.NONE);
    rows.collection().indexes().stream()
        .map(index -> index.definition().name())
        .forEach(name -> rows.collection().dropIndex(name));
    double best = Double.POSITIVE_INFINITY;
    double usual = Double.NaN;
    String bestName = "none";
    String setting =
        String.format(Locale.ROOT, "%s, %s, %,d rows", work.name(), rows.name(), rows.rows());
    for (Strategy strategy : Templates.shipped().strategies()) {
      if (!rows.fits(strategy) || (brief && !isInBrief(strategy))) {
        continue;
      }
      context.progress(work.name() + ": " + strategy.name());
      ChoiceWork.Measure of = work.measure(rows, strategy);
      double cost = of.cost(work, rows.rows());
      figures.add(cost(cost, of.recall(), setting).peer(strategy.name()));
      if (strategy.name().equals(chosen)) {
        own = own.builtIn(of.buildMicros());
      }
      if (strategy.name().equals(USUAL)) {
        usual = cost;
      }
      if (of.recall() >= work.recall() - RECALL_SLACK && cost < best) {
        best = cost;
        bestName = strategy.name();
      }
    }
    double cost = own.cost(work, rows.rows());
    String what =
        String.format(
            Locale.ROOT,
            "%s: AXIS took %s (%d decisions), best %s",
            setting,
            path,
            decisions,
            bestName);
    figures.add(cost(cost, own.recall(), setting).peer("AXIS: " + chosen));
    Figure choice = Figure.of("axis.choice", cost / best, "x of best", what);
    Bar bar = Bar.atMost(Math.max(MOST_FACTOR, 1 + FREE_MICROS / best));
    figures.add(brief ? choice : choice.mustBe(bar));
    if (!Double.isNaN(usual)) {
      figures.add(
          Figure.of("axis.beside-usual", cost / usual, "x of the usual graph", setting)
              .peer(USUAL));
    }
    context.progress(
        String.format(
            Locale.ROOT, "%s: %.2f x of best, recall %.3f", what, cost / best, own.recall()));
    Figure found = Figure.of("axis.recall-found", own.recall(), "recall@10", what);
    figures.add(brief ? found : found.mustBe(Bar.atLeast(work.recall() - RECALL_SLACK)));
  }

  private static Figure cost(double micros, double recall, String setting) {
    return Figure.of(
        "axis.cost", micros, "us", String.format(Locale.ROOT, "%s, recall %.3f", setting, recall));
  }

  private static boolean isInBrief(Strategy strategy) {
    return strategy.isScan() || strategy.name().equals(USUAL) || strategy.type().equals("sparse");
  }
}
