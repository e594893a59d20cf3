package io.proximadb.bench.wal;

import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Scratch;
import io.proximadb.wal.WalOptions;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/** Acknowledged records a second with several writers, against RocksDB. */
final class AppendComparison {
  private static final String OURS = "ProximaDB";
  private static final String PLAIN = "RocksDB";
  private static final String PIPELINED = "RocksDB pipelined";

  private static final double LEAST_RATIO = 0.95;

  private final BenchmarkContext context;
  private final Plan plan;

  AppendComparison(BenchmarkContext context, Plan plan) {
    this.context = context;
    this.plan = plan;
  }

  /**
   * Measures, in interleaved passes. RocksDB writes with and without pipelining; the peer is the
   * way whose median is better.
   */
  List<Figure> run(RecordPool records, int threads) throws IOException {
    Samples samples = new Samples();
    for (int pass = -plan.warmupPasses(); pass < plan.passes(); pass++) {
      StringJoiner shown = new StringJoiner(", ");
      for (String store : List.of(OURS, PLAIN, PIPELINED)) {
        double speed = run(records, threads, store);
        shown.add(String.format(Locale.ROOT, "%s %,.0f", store, speed));
        if (pass >= 0) {
          samples.add(store, speed);
        }
      }
      context.progress(
          String.format(
              Locale.ROOT,
              "%d writers x %d floats, %s: %s records/s",
              threads,
              records.dimension(),
              pass < 0 ? "warm-up" : "pass " + (pass + 1) + " of " + plan.passes(),
              shown));
    }
    return figures(records, threads, samples);
  }

  private List<Figure> figures(RecordPool records, int threads, Samples samples) {
    double gain = samples.ratio(PIPELINED, PLAIN);
    String peer = gain > 1 ? PIPELINED : PLAIN;
    String way =
        String.format(
            Locale.ROOT, "the same, pipelined write %s (%.2fx)", gain > 1 ? "on" : "off", gain);
    String name = "append-" + threads + "x" + records.dimension();
    String setting =
        String.format(
            Locale.ROOT, "%d writers, %d floats, each synced", threads, records.dimension());
    return List.of(
        samples.figure(name + ".speed", OURS, "records/s", setting),
        samples.figure(name + ".speed", peer, "records/s", way).peer(RocksStore.peer()),
        samples
            .ratioFigure(name + ".ratio", OURS, peer, "medians of " + plan.passes())
            .peer(RocksStore.peer())
            .mustBe(Bar.atLeast(LEAST_RATIO)));
  }

  private double run(RecordPool records, int threads, String store) throws IOException {
    try (Scratch scratch = Scratch.in(context.scratch());
        DurableStore opened =
            store.equals(OURS)
                ? ProximaLog.create(scratch.folder(), WalOptions.DEFAULT, records)
                : RocksStore.open(
                    scratch.folder(),
                    new RocksStore.Settings(plan.memtableBytes(), store.equals(PIPELINED)),
                    records)) {
      return new Writers(records, plan).recordsPerSecond(opened, threads);
    }
  }
}
