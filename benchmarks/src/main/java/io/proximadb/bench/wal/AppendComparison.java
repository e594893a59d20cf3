package io.proximadb.bench.wal;

import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.wal.WalOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Acknowledged records a second with several writers, against RocksDB. */
final class AppendComparison {
  private static final String OURS = "ProximaDB";
  private static final String PLAIN = "plain";
  private static final String PIPELINED = "pipelined";

  /** What passes that look for RocksDB's better way differ by from chance. */
  private static final double CLEARLY_FASTER = 1.03;

  private static final double LEAST_RATIO = 0.95;

  private final BenchmarkContext context;
  private final Plan plan;

  AppendComparison(BenchmarkContext context, Plan plan) {
    this.context = context;
    this.plan = plan;
  }

  /**
   * How RocksDB writes best.
   *
   * @param pipelined whether that is with pipelined writes
   * @param gain records a second with them by those without
   */
  record PeerWay(boolean pipelined, double gain) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "peer's pipelined write %s (%.2fx)",
          pipelined ? "on" : "off, its default",
          gain);
    }
  }

  /** Tries RocksDB with and without pipelined writes. */
  PeerWay bestPeerWay(RecordPool records, int threads) throws IOException {
    context.progress(
        "looking for RocksDB's best way to write, " + threads + " writers: pipelined or not");
    Samples samples = new Samples();
    for (int pass = -plan.warmupPasses(); pass < plan.passes(); pass++) {
      double plain = run(records, threads, PLAIN, plan.halved());
      double pipelined = run(records, threads, PIPELINED, plan.halved());
      if (pass >= 0) {
        samples.add(PLAIN, plain);
        samples.add(PIPELINED, pipelined);
      }
    }
    double gain = samples.ratio(PIPELINED, PLAIN);
    return new PeerWay(gain > CLEARLY_FASTER, gain);
  }

  /** Measures, in interleaved passes. */
  List<Figure> run(RecordPool records, int threads, PeerWay way) throws IOException {
    String peer = way.pipelined() ? PIPELINED : PLAIN;
    Samples samples = new Samples();
    for (int pass = -plan.warmupPasses(); pass < plan.passes(); pass++) {
      double ours = run(records, threads, OURS, plan);
      double theirs = run(records, threads, peer, plan);
      context.progress(
          String.format(
              Locale.ROOT,
              "%d writers x %d floats, %s: ProximaDB %,.0f, RocksDB %,.0f records/s",
              threads,
              records.dimension(),
              pass < 0 ? "warm-up" : "pass " + (pass + 1) + " of " + plan.passes(),
              ours,
              theirs));
      if (pass >= 0) {
        samples.add(OURS, ours);
        samples.add(peer, theirs);
      }
    }
    String name = "append-" + threads + "x" + records.dimension();
    String setting =
        String.format(
            Locale.ROOT,
            "%d writers, %d floats, each record acknowledged synced",
            threads,
            records.dimension());
    List<Figure> figures = new ArrayList<>();
    figures.add(samples.figure(name + ".speed", OURS, "records/s", setting));
    figures.add(
        samples
            .figure(name + ".speed", peer, "records/s", "the same; " + way)
            .peer(RocksStore.peer()));
    figures.add(
        samples
            .ratioFigure(name + ".ratio", OURS, peer, "medians of " + plan.passes())
            .peer(RocksStore.peer())
            .mustBe(Bar.atLeast(LEAST_RATIO)));
    return figures;
  }

  private double run(RecordPool records, int threads, String store, Plan plan) throws IOException {
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
