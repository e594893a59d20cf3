package io.proximadb.bench.ann;

import io.proximadb.api.SearchClass;
import io.proximadb.axis.AxisOptions;
import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.DenseIndexes;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Passes;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.model.Goals;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * What it costs to measure searches: the same rows in an engine that measures and in one that does
 * not, in interleaved passes by processor time; then the processor time of a process whose engines,
 * with a goal each, are not used. Exact checks have a thread of their own, and are bounded by a
 * setting.
 */
public final class AxisCostBenchmark implements Benchmark {
  private static final int K = 10;
  private static final int MAX_ROWS = 100_000;
  private static final int QUERIES = 2_000;
  private static final int SHORT_ROWS = 10_000;
  private static final int SHORT_QUERIES = 200;
  private static final double RECALL = 0.95;
  private static final int WARMUP = 3;
  private static final int PASSES = 9;

  /** Each with the engines opened anew. */
  private static final int ROUNDS = 9;

  private static final int IDLE_SECONDS = 60;

  /** Of search throughput, in per cent. */
  private static final double MOST_MONITORING = 2;

  /** Of a core, in per cent. */
  private static final double MOST_IDLE = 0.1;

  /** Threads that take less are not told of, in per cent of a core. */
  private static final double WORTH_TELLING = 0.002;

  private static final String ON = "measured";
  private static final String OFF = "not measured";

  @Override
  public String name() {
    return "axis-cost";
  }

  @Override
  public String description() {
    return "what measuring searches costs, and a process whose collections are not used";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    boolean brief = context.form() == BenchmarkContext.Form.SHORT;
    AnnData data =
        AnnSets.read(
                context.dataFolders(),
                brief ? SHORT_ROWS : context.rowsOf(MAX_ROWS),
                brief ? SHORT_QUERIES : QUERIES,
                K)
            .get(0);
    List<Figure> figures = new ArrayList<>();
    double open;
    try (AnnCollection on = filled(context, data, "true");
        AnnCollection off = filled(context, data, "false")) {
      context.progress("passes of both");
      figures.addAll(busy(data, on, off, brief));
      context.progress("idle");
      // Nothing of the searches may be left to do.
      on.reopen();
      off.reopen();
      open = idle(context, brief ? 1 : IDLE_SECONDS);
    }
    context.progress("idle, without engines");
    double none = idle(context, brief ? 1 : IDLE_SECONDS);
    String setting = data.name() + ", whole process";
    figures.add(Figure.of("axis.idle", open, "% of a core", setting).peer("two collections"));
    figures.add(Figure.of("axis.idle", none, "% of a core", setting).peer("no engine"));
    figures.add(
        Figure.of("axis.idle", (open - none) / 2, "% of a core", "each collection, the difference")
            .mustBe(Bar.below(MOST_IDLE)));
    return figures;
  }

  private static AnnCollection filled(BenchmarkContext context, AnnData data, String monitoring)
      throws IOException {
    context.progress(data.name() + ": an engine with " + AxisOptions.MONITORING + "=" + monitoring);
    AnnCollection collection =
        new AnnCollection(
            Files.createTempDirectory(context.scratch(), "axis"),
            data,
            List.of(),
            Map.of(AxisOptions.MONITORING, monitoring, MaintenanceOptions.THREADS, "1"));
    collection.write(IntStream.range(0, data.rows()).toArray(), row -> Map.of());
    collection.collection().optimize();
    collection.index(DenseIndexes.parse("hnsw"));
    // With goals AXIS looks at it in the background.
    collection.collection().setGoals(Goals.NONE.withRecall(RECALL));
    return collection;
  }

  private static double searchAll(AnnData data, AnnCollection rows) {
    double sum = 0;
    for (int query = 0; query < data.queryCount(); query++) {
      sum +=
          rows.collection()
              .search(rows.request(query, Filter.alwaysTrue()))
              .hits()
              .get(0)
              .distance();
    }
    return sum;
  }

  private static List<Figure> busy(AnnData data, AnnCollection on, AnnCollection off, boolean brief)
      throws IOException {
    double[] extra = new double[brief ? 1 : ROUNDS];
    double with = 0;
    double without = 0;
    for (int round = 0; round < extra.length; round++) {
      // Indexes come to lie elsewhere in memory, which by itself makes some per cent.
      on.reopen();
      off.reopen();
      Passes passes = new Passes().byProcessorTime();
      if (round % 2 == 0) {
        passes.add(ON, () -> searchAll(data, on)).add(OFF, () -> searchAll(data, off));
      } else {
        passes.add(OFF, () -> searchAll(data, off)).add(ON, () -> searchAll(data, on));
      }
      passes.run(brief ? 1 : WARMUP, brief ? 3 : PASSES);
      with += passes.median(ON) / extra.length;
      without += passes.median(OFF) / extra.length;
      extra[round] = 100 * (passes.median(ON) / passes.median(OFF) - 1);
    }
    String setting = data.name() + ", hnsw, recall 0.95, k " + K + ", processor time of one thread";
    List<Figure> figures = new ArrayList<>();
    figures.add(Figure.of("axis.search", data.queryCount() / with, "QPS", setting).peer(ON));
    figures.add(Figure.of("axis.search", data.queryCount() / without, "QPS", setting).peer(OFF));
    figures.add(
        Figure.of("axis.monitoring", Passes.median(extra), "% of time", setting)
            .over(extra)
            .mustBe(Bar.below(MOST_MONITORING)));
    for (SearchClass one : on.collection().axis().searches()) {
      String of = one.way() + ", " + one.recallChecks() + " checks";
      figures.add(Figure.of("axis.recall", one.measuredRecall(), "recall@10", of).peer(ON));
      one.promisedRecall()
          .ifPresent(
              promised ->
                  figures.add(
                      Figure.of("axis.recall", promised, "recall@10", of).peer("promised")));
    }
    return figures;
  }

  /** Per cent of a core of the whole process, in which nobody uses anything. */
  private static double idle(BenchmarkContext context, int seconds) {
    // Checks of searches end, and compilers.
    rest(TimeUnit.SECONDS.toNanos(Math.min(15, seconds)));
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    Map<Long, Long> ofThreads = new HashMap<>();
    for (long id : threads.getAllThreadIds()) {
      ofThreads.put(id, threads.getThreadCpuTime(id));
    }
    long before = cpuNanos();
    long start = System.nanoTime();
    rest(TimeUnit.SECONDS.toNanos(seconds));
    double nanos = System.nanoTime() - start;
    double share = (cpuNanos() - before) / nanos;
    ofThreads.forEach(
        (id, had) -> {
          double used = 100 * (threads.getThreadCpuTime(id) - had) / nanos;
          ThreadInfo info = threads.getThreadInfo(id);
          if (info != null && used >= WORTH_TELLING) {
            context.progress(String.format(Locale.ROOT, "%s: %.3f %%", info.getThreadName(), used));
          }
        });
    return 100 * share;
  }

  private static void rest(long nanos) {
    long end = System.nanoTime() + nanos;
    while (end - System.nanoTime() > 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }
}
