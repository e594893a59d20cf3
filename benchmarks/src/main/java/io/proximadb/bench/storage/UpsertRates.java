package io.proximadb.bench.storage;

import io.proximadb.api.EngineOptions;
import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.FolderSize;
import io.proximadb.bench.Passes;
import io.proximadb.bench.Scratch;
import io.proximadb.maintenance.MaintenanceStats;
import io.proximadb.maintenance.MaintenanceWork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * One writer that upserts records which are there, while the engine flushes and maintains in the
 * background as it does by default: its rate against that of new records without maintenance and
 * with it, and the bytes written for each byte given.
 *
 * <p>New records with maintenance come first: they are a figure, and what a long-lived process has
 * compiled by then. The rest is done in several rounds, each in a table of its own, and the median
 * is given: the rate of a round differs with where the merges fall.
 */
final class UpsertRates {
  private static final int DIMENSION = 128;
  private static final int TOPICS = 1_000;
  private static final long SEED = 23;

  /** Different vectors; records take them in turn, so that making them is no part of it. */
  private static final int VECTORS = 50_000;

  private static final double MIN_SHARE_PERCENT = 50;
  private static final double MAX_AMPLIFICATION_VIPER = 4;
  private static final double MAX_AMPLIFICATION_LSM = 12;

  /** Writers wait for flushes beyond four flush sizes; one batch may pass. */
  private static final double MAX_MEMORY_MB = 5 * EngineOptions.DEFAULT_FLUSH_BYTES / 1e6;

  /** Upserts between two looks at whether a compaction has ended, after the measured ones. */
  private static final int MORE_AT_ONCE = 10 * BenchCollection.BATCH;

  /** How many batches pass between two looks at the memory. */
  private static final int LOOK_EVERY = 16 * BenchCollection.BATCH;

  private final BenchmarkContext context;
  private final StoragePlan plan;
  private final VectorSet set = VectorSet.synthetic(VECTORS, DIMENSION, TOPICS, SEED);
  private final String setting;

  UpsertRates(BenchmarkContext context, StoragePlan plan) {
    this.context = context;
    this.plan = plan;
    this.setting =
        String.format(
            Locale.ROOT,
            "%,d upserts of %,d x %d, 1 writer, %,d a call, synced",
            plan.upserts(),
            plan.upsertRows(),
            DIMENSION,
            BenchCollection.BATCH);
  }

  List<Figure> run() throws IOException {
    List<Figure> figures = new ArrayList<>();
    figures.addAll(layout("viper", MAX_AMPLIFICATION_VIPER));
    figures.addAll(layout("lsm", MAX_AMPLIFICATION_LSM));
    figures.addAll(rocks());
    return figures;
  }

  /** Ids drawn evenly, none twice in a batch. */
  private IntUnaryOperator draws() {
    SplittableRandom random = new SplittableRandom(SEED);
    int rows = plan.upsertRows();
    int parts = BenchCollection.BATCH;
    // Each record of a batch is drawn from a part of its own.
    return i -> (int) ((long) rows * (i % parts) / parts) + random.nextInt(rows / parts);
  }

  private static double seconds(long startedNanos) {
    return (System.nanoTime() - startedNanos) / 1e9;
  }

  /** Rows a second of new records while maintenance runs. */
  private double maintainedInserts(String layout) throws IOException {
    context.progress(layout + ": " + plan.upsertRows() + " new records, maintained");
    try (Scratch scratch = Scratch.in(context.scratch());
        BenchCollection bench =
            BenchCollection.create(EngineOptions.local(scratch.folder()), set, layout)) {
      long started = System.nanoTime();
      bench.upsert(set, plan.upsertRows(), i -> i);
      return plan.upsertRows() / seconds(started);
    }
  }

  /**
   * What one round measured.
   *
   * @param inserts new records a second, without maintenance
   * @param upserts upserts a second, with it
   * @param compactions done while upserts ran
   * @param unflushed most records in memory that waited for a flush
   * @param amplification bytes of files written in the table, by bytes upserted
   */
  private record Round(
      double inserts, double upserts, long compactions, long unflushed, double amplification) {
    double share() {
      return upserts / inserts;
    }
  }

  private Round round(String layout, int number) throws IOException {
    try (Scratch scratch = Scratch.in(context.scratch());
        BenchCollection bench =
            BenchCollection.create(EngineOptions.local(scratch.folder()), set, layout)) {
      String which = layout + ", round " + number + " of " + plan.upsertRounds() + ": ";
      context.progress(which + plan.upsertRows() + " new records");
      bench.engine().pauseMaintenance();
      long started = System.nanoTime();
      bench.upsert(set, plan.upsertRows(), i -> i);
      double inserts = plan.upsertRows() / seconds(started);
      bench.settle();
      bench.engine().resumeMaintenance();
      long tableBefore = tableBytes(bench);
      MaintenanceStats.Totals before = compactions(bench);
      context.progress(which + setting);
      AtomicLong mostUnflushed = new AtomicLong();
      IntUnaryOperator draws = draws();
      started = System.nanoTime();
      bench.upsert(
          set,
          plan.upserts(),
          i -> {
            if (i % LOOK_EVERY == 0) {
              mostUnflushed.accumulateAndGet(
                  bench.collection().describe().unflushedRecords(), Math::max);
            }
            return draws.applyAsInt(i);
          });
      double upserts = plan.upserts() / seconds(started);
      // A compaction that has begun is waited for by going on: it has to end under upserts.
      int more = 0;
      while (compactions(bench).steps() == before.steps() && more < plan.upserts()) {
        bench.upsert(set, MORE_AT_ONCE, draws);
        more += MORE_AT_ONCE;
      }
      long compactions = compactions(bench).steps() - before.steps();
      bench.settle();
      double given =
          ((double) plan.upserts() + more)
              * (set.dimension() * Float.BYTES + BenchCollection.id(0).length());
      return new Round(
          inserts,
          upserts,
          compactions,
          mostUnflushed.get(),
          (tableBytes(bench) - tableBefore) / given);
    }
  }

  private static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
    return Passes.median(rounds.stream().mapToDouble(figure).toArray());
  }

  private List<Figure> layout(String layout, double maxAmplification) throws IOException {
    double maintainedInserts = maintainedInserts(layout);
    List<Round> rounds = new ArrayList<>();
    for (int i = 1; i <= plan.upsertRounds(); i++) {
      rounds.add(round(layout, i));
    }
    double upserts = median(rounds, Round::upserts);
    String shares =
        rounds.stream()
            .map(round -> String.format(Locale.ROOT, "%.0f", 100 * round.share()))
            .collect(Collectors.joining(", "));
    return List.of(
        Figure.of(
            "insert." + layout,
            median(rounds, Round::inserts),
            "rows/s",
            "new records, no maintenance"),
        Figure.of(
            "insert." + layout + ".maintained",
            maintainedInserts,
            "rows/s",
            "new records, maintenance running"),
        Figure.of("upsert." + layout, upserts, "rows/s", setting),
        barred(
            Figure.of(
                "upsert." + layout + ".share",
                100 * median(rounds, Round::share),
                "%",
                "of new records in the same table; rounds: " + shares),
            Bar.atLeast(MIN_SHARE_PERCENT)),
        Figure.of(
            "upsert." + layout + ".share-of-maintained",
            100 * upserts / maintainedInserts,
            "%",
            "of new records, maintenance running"),
        barred(
            Figure.of(
                "upsert." + layout + ".compactions",
                rounds.stream().mapToDouble(Round::compactions).min().orElse(0),
                "",
                "done while upserts ran, in the round with the fewest"),
            Bar.atLeast(1)),
        Figure.of(
                "upsert." + layout + ".unflushed",
                rounds.stream().mapToDouble(Round::unflushed).max().orElse(0)
                    * set.dimension()
                    * Float.BYTES
                    / 1e6,
                "MB",
                "most vectors in memory that waited for a flush")
            .mustBe(Bar.atMost(MAX_MEMORY_MB)),
        barred(
            Figure.of(
                "write-amplification." + layout,
                median(rounds, Round::amplification),
                "times",
                "bytes of all files written in the table, by bytes upserted; without the log"),
            Bar.atMost(maxAmplification)));
  }

  private Figure barred(Figure figure, Bar bar) {
    return context.form() == BenchmarkContext.Form.SHORT ? figure : figure.mustBe(bar);
  }

  private static MaintenanceStats.Totals compactions(BenchCollection bench) {
    MaintenanceStats.Totals totals =
        bench.engine().maintenanceStats().works().get(MaintenanceWork.Kind.COMPACTION);
    return totals == null ? new MaintenanceStats.Totals(0, 0, 0, 0, 0, 0, 0, null) : totals;
  }

  /** Bytes of all files of the table; none is removed in the first hour. */
  private static long tableBytes(BenchCollection bench) throws IOException {
    String location = bench.collection().describe().location();
    return FolderSize.of(
        Path.of(location.startsWith("file:") ? location.substring("file:".length()) : location));
  }

  private List<Figure> rocks() throws IOException {
    context.progress(RocksPeer.peer() + ": the same");
    try (RocksPeer rocks = RocksPeer.open(context.scratch().resolve("upserts-rocks"))) {
      long started = System.nanoTime();
      rocks.upsert(set, plan.upsertRows(), i -> i);
      double inserts = plan.upsertRows() / seconds(started);
      started = System.nanoTime();
      rocks.upsert(set, plan.upserts(), draws());
      double upserts = plan.upserts() / seconds(started);
      return List.of(
          Figure.of("insert.lsm", inserts, "rows/s", "new records").peer(RocksPeer.peer()),
          Figure.of("upsert.lsm", upserts, "rows/s", setting).peer(RocksPeer.peer()));
    }
  }
}
