package io.proximadb.bench.wal;

import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Report;
import io.proximadb.wal.SyncPolicy;
import io.proximadb.wal.WalOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** How long one writer waits for an acknowledgement, against the disk's own sync and RocksDB. */
final class AckComparison {
  private static final String FLOOR = "disk";
  private static final String OURS = "ProximaDB";
  private static final String INTERVAL = "interval";
  private static final String ROCKS = "RocksDB";
  private static final String FLOOR_PEER = "write + fdatasync";

  private static final double MOST_TIMES_FLOOR = 1.3;
  private static final double MOST_INTERVAL_MILLIS = 1;

  private final BenchmarkContext context;
  private final Plan plan;

  AckComparison(BenchmarkContext context, Plan plan) {
    this.context = context;
    this.plan = plan;
  }

  /** Opens a store in an empty folder. */
  private interface Opener {
    DurableStore open(Scratch scratch) throws IOException;
  }

  /** Measures, in interleaved passes. */
  List<Figure> run(RecordPool records) throws IOException {
    WalOptions interval = WalOptions.builder().sync(SyncPolicy.INTERVAL).build();
    RocksStore.Settings settings = new RocksStore.Settings(plan.memtableBytes(), false);
    Map<String, Opener> stores = new LinkedHashMap<>();
    stores.put(FLOOR, in -> DiskFloor.create(in.folder(), records));
    stores.put(OURS, in -> ProximaLog.create(in.folder(), WalOptions.DEFAULT, records));
    stores.put(ROCKS, in -> RocksStore.open(in.folder(), settings, records));
    stores.put(INTERVAL, in -> ProximaLog.create(in.folder(), interval, records));

    Samples samples = new Samples();
    for (int pass = -plan.warmupPasses(); pass < plan.passes(); pass++) {
      StringJoiner shown = new StringJoiner(", ");
      for (Map.Entry<String, Opener> store : stores.entrySet()) {
        double millis = measure(records, store.getValue());
        shown.add(String.format(Locale.ROOT, "%s %.3f", store.getKey(), millis));
        if (pass >= 0) {
          samples.add(store.getKey(), millis);
        }
      }
      context.progress(
          String.format(
              Locale.ROOT,
              "1 writer x %d floats, %s: %s ms",
              records.dimension(),
              pass < 0 ? "warm-up" : "pass " + (pass + 1) + " of " + plan.passes(),
              shown));
    }
    return figures(records, samples);
  }

  private double measure(RecordPool records, Opener opener) throws IOException {
    try (Scratch scratch = Scratch.in(context.scratch());
        DurableStore store = opener.open(scratch)) {
      return new Writers(records, plan).medianMillis(store);
    }
  }

  private List<Figure> figures(RecordPool records, Samples samples) {
    String name = "ack-1x" + records.dimension();
    String setting = String.format(Locale.ROOT, "1 writer, %d floats, p50", records.dimension());
    List<Figure> figures = new ArrayList<>();
    figures.add(
        samples.figure(
            Report.MACHINE + "fsync-" + records.recordBytes() + "-bytes",
            FLOOR,
            "ms",
            "p50 of write + fdatasync"));
    figures.add(samples.figure(name + ".time", OURS, "ms", setting));
    figures.add(
        samples
            .figure(name + ".time", FLOOR, "ms", setting + ", over an allocated file")
            .peer(FLOOR_PEER));
    figures.add(samples.figure(name + ".time", ROCKS, "ms", setting).peer(RocksStore.peer()));
    figures.add(
        samples
            .ratioFigure(name + ".ratio", OURS, FLOOR, "medians of " + plan.passes())
            .peer(FLOOR_PEER)
            .mustBe(Bar.atMost(MOST_TIMES_FLOOR)));
    figures.add(
        samples
            .figure(name + "-interval.time", INTERVAL, "ms", setting + ", sync policy interval")
            .mustBe(Bar.atMost(MOST_INTERVAL_MILLIS)));
    return figures;
  }
}
