package io.proximadb.bench.storage;

import io.proximadb.api.Collection;
import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Passes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Reads of single records by id, whose files are in the page cache, one thread. */
final class PointGets {
  private static final int DIMENSION = 128;
  private static final int TOPICS = 500;
  private static final long SEED = 11;
  private static final int PASSES = 5;

  /** Nothing is flushed before it is said. */
  private static final long NO_FLUSH_BYTES = 4L << 30;

  private static final double MAX_MEMTABLE_MICROS = 100;
  private static final double MAX_FILE_MICROS = 1_000;
  private static final double MAX_LSM_RATIO = 3;

  private final BenchmarkContext context;
  private final StoragePlan plan;
  private final List<Figure> figures = new ArrayList<>();

  PointGets(BenchmarkContext context, StoragePlan plan) {
    this.context = context;
    this.plan = plan;
  }

  /** A way to read a record. */
  private interface Get {
    float[] get(int number) throws IOException;
  }

  List<Figure> run() throws IOException {
    VectorSet set = VectorSet.synthetic(plan.getRows(), DIMENSION, TOPICS, SEED);
    context.progress("reads by id: loading " + set + " into both layouts and " + RocksPeer.peer());
    try (BenchCollection viper = create(set, "viper");
        BenchCollection lsm = create(set, "lsm");
        RocksPeer rocks = RocksPeer.open(context.scratch().resolve("get-rocks"))) {
      context.progress("reads by id from the memtable");
      Percentiles memtable = passes(List.of(of(viper.collection()))).get(0).get(0);
      figures.add(time("get.memtable", memtable, MAX_MEMTABLE_MICROS, set));
      viper.settle();
      lsm.settle();
      rocks.upsert(set, set.count(), i -> i);
      rocks.compact();
      context.progress("reads by id from files, " + PASSES + " passes each");
      List<List<Percentiles>> times =
          passes(List.of(of(viper.collection()), of(lsm.collection()), rocks::get));
      figures.add(time("get.viper", median(times.get(0)), MAX_FILE_MICROS, set));
      figures.add(time("get.lsm", median(times.get(1)), MAX_FILE_MICROS, set));
      figures.add(
          Figure.of("get.lsm", median(times.get(2)).micros(0.5), "µs", "median, " + set)
              .peer(RocksPeer.peer()));
      double[] ratios = new double[PASSES];
      for (int pass = 0; pass < PASSES; pass++) {
        ratios[pass] = times.get(1).get(pass).micros(0.5) / times.get(2).get(pass).micros(0.5);
      }
      figures.add(
          Figure.of("get.lsm.ratio", Passes.median(ratios), "times", "median, " + set)
              .over(ratios)
              .peer(RocksPeer.peer())
              .mustBe(Bar.atMost(MAX_LSM_RATIO)));
    }
    return figures;
  }

  private BenchCollection create(VectorSet set, String layout) {
    BenchCollection bench =
        BenchCollection.create(
            BenchCollection.quiet(context.scratch().resolve("get-" + layout))
                .withFlush(NO_FLUSH_BYTES, Duration.ofDays(1)),
            set,
            layout);
    bench.load(set);
    return bench;
  }

  private static Get of(Collection collection) {
    return number -> {
      float[] vector =
          collection.get(BenchCollection.id(number)).orElseThrow().record().vectors().get("vector");
      return vector == null ? new float[0] : vector;
    };
  }

  private static Percentiles median(List<Percentiles> passes) {
    return passes.stream()
        .sorted((a, b) -> Double.compare(a.micros(0.5), b.micros(0.5)))
        .toList()
        .get(passes.size() / 2);
  }

  private static Figure time(String name, Percentiles times, double maxMicros, VectorSet set) {
    return Figure.of(
            name,
            times.micros(0.5),
            "µs",
            String.format(Locale.ROOT, "median (p99 %.0f µs), %s", times.micros(0.99), set))
        .mustBe(Bar.below(maxMicros));
  }

  /** Times of each way in interleaved passes, after one that does not count. */
  private List<List<Percentiles>> passes(List<Get> ways) throws IOException {
    List<List<Percentiles>> times = new ArrayList<>();
    ways.forEach(way -> times.add(new ArrayList<>()));
    for (int pass = -1; pass < PASSES; pass++) {
      for (int way = 0; way < ways.size(); way++) {
        Percentiles measured = time(ways.get(way), pass);
        if (pass >= 0) {
          times.get(way).add(measured);
        }
      }
    }
    return times;
  }

  private Percentiles time(Get way, int pass) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED + pass);
    long[] nanos = new long[plan.gets()];
    for (int i = 0; i < nanos.length; i++) {
      int number = random.nextInt(plan.getRows());
      long started = System.nanoTime();
      float[] vector = way.get(number);
      nanos[i] = System.nanoTime() - started;
      if (vector.length != DIMENSION) {
        throw new IllegalStateException("Cannot time reads: record " + number + " has no vector");
      }
    }
    return new Percentiles(nanos);
  }
}
