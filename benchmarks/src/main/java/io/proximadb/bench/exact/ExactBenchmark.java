package io.proximadb.bench.exact;

import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Passes;
import io.proximadb.vector.Kernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Exact search through the engine, of mapped files: against a SIMD sum over the same bytes, with
 * rows left out by codes, and in batches, all in interleaved passes and by processor time. Before
 * anything is timed the ways are compared: ids and distances are the same to the last bit.
 */
public final class ExactBenchmark implements Benchmark {
  private static final int K = 10;
  private static final int WARMUP_PASSES = 2;
  private static final int PASSES = 5;
  private static final int CHECKED = 100;
  private static final int BATCH = 1_000;
  private static final int MAX_ROWS = 400_000;

  /** Times that each way is run in one pass, so that a pass takes about as long for all. */
  private static final int SUMS = 10;

  private static final int SCANS = 10;
  private static final int CODED = 100;
  private static final int SMALL = 200;

  private static final String SIMD_SUM = "SIMD sum of the same bytes";
  private static final String SCAN = "the scan of the same run";

  @Override
  public String name() {
    return "exact";
  }

  @Override
  public String description() {
    return "exact search: share of the memory's bandwidth, by codes, in batches of 1,000";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    boolean full = context.form() == BenchmarkContext.Form.FULL;
    List<Figure> figures = new ArrayList<>();
    context.progress("reading vectors");
    for (ExactSet set : ExactSet.read(context.dataFolders(), full ? MAX_ROWS : 12_000, BATCH)) {
      measure(context, set, full, figures);
    }
    small(context, figures);
    return figures;
  }

  private static void measure(
      BenchmarkContext context, ExactSet set, boolean full, List<Figure> figures)
      throws IOException {
    String setting =
        String.format(
            Locale.ROOT,
            "%s, %,d x %d, mapped, %s, one thread, processor time, k=%d",
            set.name(),
            set.rows(),
            set.dimension(),
            Kernels.best().name(),
            K);
    context.progress("writing " + set.name() + " twice, and its flat index");
    try (ExactTable table =
        new ExactTable(context.scratch().resolve("exact-" + set.name()), set, K)) {
      context.progress("comparing answers of " + set.name());
      String strategy = table.check(full ? CHECKED : 10);
      context.progress(strategy);
      context.progress("searching " + set.name() + ", " + PASSES + " passes each");
      Passes passes =
          new Passes()
              .byProcessorTime()
              .add("sum", () -> table.sum(SUMS))
              .add("scan", () -> table.scan(SCANS))
              .add("coded", () -> table.coded(CODED))
              .add("batch", () -> table.batch(full ? BATCH : 100))
              .run(full ? WARMUP_PASSES : 1, full ? PASSES : 1);
      double sum = passes.median("sum") / SUMS;
      double scan = passes.median("scan") / SCANS;
      double coded = passes.median("coded") / CODED;
      double batch = passes.median("batch") / (full ? BATCH : 100);
      figures.add(
          Figure.of("memory.speed", table.vectorBytes() / sum / 1e9, "GB/s", setting)
              .peer(SIMD_SUM));
      figures.add(Figure.of("exact.time", scan * 1e3, "ms", setting));
      figures.add(
          barred(
              set,
              Figure.of("exact.bandwidth", 100 * sum / scan, "%", setting).peer(SIMD_SUM),
              Bar.atLeast(85)));
      figures.add(Figure.of("exact-by-codes.time", coded * 1e3, "ms", setting));
      figures.add(
          barred(
              set,
              Figure.of("exact-by-codes.ratio", scan / coded, "times", setting).peer(SCAN),
              Bar.atLeast(2.5)));
      figures.add(
          Figure.of("exact-by-codes.build", table.indexSeconds(), "s", setting + ", elapsed"));
      String batched = setting + ", " + (full ? BATCH : 100) + " queries a call";
      figures.add(Figure.of("exact-batch.time", batch * 1e3, "ms/query", batched));
      figures.add(
          barred(
              set,
              Figure.of("exact-batch.ratio", scan / batch, "times", batched).peer(SCAN),
              Bar.atLeast(4)));
    }
  }

  private static Figure barred(ExactSet set, Figure figure, Bar bar) {
    return set.hasBars() ? figure.mustBe(bar) : figure;
  }

  private static void small(BenchmarkContext context, List<Figure> figures) throws IOException {
    ExactSet set = ExactSet.random(10_000, 128, 42);
    context.progress("searching 10,000 x 128");
    try (ExactTable table = new ExactTable(context.scratch().resolve("exact-small"), set, K)) {
      Passes passes = new Passes().add("scan", () -> table.scan(SMALL)).run(WARMUP_PASSES, PASSES);
      figures.add(
          Figure.of(
                  "exact-small.time",
                  passes.median("scan") / SMALL * 1e3,
                  "ms",
                  "normal deviates, 10,000 x 128, no index, mapped, one thread, processor time, k="
                      + K)
              .mustBe(Bar.below(1)));
    }
  }
}
