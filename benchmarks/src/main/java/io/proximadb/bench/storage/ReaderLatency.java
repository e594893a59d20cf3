package io.proximadb.bench.storage;

import io.proximadb.api.SearchRequest;
import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Passes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/**
 * One reader alone, then beside one thread that trains clusters and compacts; medians of several
 * rounds.
 */
final class ReaderLatency {
  private static final int DIMENSION = 128;
  private static final int TOPICS = 500;
  private static final long SEED = 31;
  private static final int K = 10;

  /** Flushes of the load: files that a compaction has to merge. */
  private static final int FLUSHES = 10;

  /** Rounds that do not count: the first maintenance of a process is compiled meanwhile. */
  private static final int WARMUP_ROUNDS = 1;

  private static final int ROUNDS = 3;

  private static final int WARMUP_READS = 200;
  private static final int MIN_READS = 300;
  private static final int MAX_READS = 1_000_000;

  private static final double MAX_RATIO = 2;
  private static final double MAX_GROWTH_MICROS = 5_000;

  private final BenchmarkContext context;
  private final StoragePlan plan;

  ReaderLatency(BenchmarkContext context, StoragePlan plan) {
    this.context = context;
    this.plan = plan;
  }

  List<Figure> run() {
    VectorSet set = VectorSet.synthetic(plan.readRows(), DIMENSION, TOPICS, SEED);
    List<Figure> figures = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(SEED);
    figures.addAll(compare("get", set, bench -> i -> get(bench, id(random, set))));
    figures.addAll(
        compare(
            "exact-search",
            set,
            bench -> i -> bench.search(SearchRequest.of(set.row(random.nextInt(set.count())), K))));
    return figures;
  }

  private static void get(BenchCollection bench, String id) {
    if (bench.collection().get(id).isEmpty()) {
      throw new IllegalStateException("Cannot measure reads: record " + id + " is not found");
    }
  }

  private static String id(SplittableRandom random, VectorSet set) {
    return BenchCollection.id(random.nextInt(set.count()));
  }

  private BenchCollection load(String name, int round, VectorSet set) {
    context.progress("reads beside maintenance: loading " + set + " for " + name);
    BenchCollection bench =
        BenchCollection.create(
            BenchCollection.quiet(context.scratch().resolve("readers-" + name + "-" + round)),
            set,
            "viper");
    int step = set.count() / FLUSHES;
    for (int part = 0; part < FLUSHES; part++) {
      int from = part * step;
      bench.upsert(set, step, i -> from + i);
      bench.collection().flush();
    }
    return bench;
  }

  /** Each round is of a table of its own, since there is one such compaction in a table's life. */
  private List<Figure> compare(
      String name, VectorSet set, Function<BenchCollection, IntConsumer> reader) {
    double[] alone = new double[ROUNDS];
    double[] beside = new double[ROUNDS];
    double[] growth = new double[ROUNDS];
    for (int round = -WARMUP_ROUNDS; round < ROUNDS; round++) {
      try (BenchCollection bench = load(name, round + WARMUP_ROUNDS, set)) {
        IntConsumer read = reader.apply(bench);
        time(read, count -> count < WARMUP_READS);
        context.progress(name + " alone");
        double before = time(read, count -> count < MIN_READS).micros(0.99);
        context.progress(name + " beside maintenance");
        CompletableFuture<Void> maintenance =
            CompletableFuture.runAsync(() -> bench.engine().maintain(BenchCollection.NAME));
        double maintained =
            time(read, count -> count < MIN_READS || (!maintenance.isDone() && count < MAX_READS))
                .micros(0.99);
        // Fails if maintenance did.
        maintenance.join();
        if (round >= 0) {
          alone[round] = before;
          beside[round] = maintained;
          growth[round] = maintained - before;
        }
      }
    }
    String setting = set + ", p99 of one reader";
    double before = Passes.median(alone);
    // Either of the two will do.
    double limit = Math.max((MAX_RATIO - 1) * before, MAX_GROWTH_MICROS);
    return List.of(
        Figure.of("reader." + name, before, "µs", setting + ", alone").over(alone),
        Figure.of(
                "reader." + name + ".beside", Passes.median(beside), "µs", setting + ", maintained")
            .over(beside),
        Figure.of(
                "reader." + name + ".growth", Passes.median(growth), "µs", "twice as long, or 5 ms")
            .over(growth)
            .mustBe(Bar.below(limit)));
  }

  private static Percentiles time(IntConsumer read, IntPredicate goesOn) {
    long[] nanos = new long[MIN_READS];
    int count = 0;
    while (goesOn.test(count)) {
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * count);
      }
      long started = System.nanoTime();
      read.accept(count);
      nanos[count++] = System.nanoTime() - started;
    }
    return new Percentiles(Arrays.copyOf(nanos, count));
  }
}
