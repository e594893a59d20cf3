package io.proximadb.bench.wal;

import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Passes;
import io.proximadb.bench.Report;
import io.proximadb.bench.Scratch;
import io.proximadb.wal.SyncPolicy;
import io.proximadb.wal.WalOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.DoubleStream;

/** How long one writer waits for an acknowledgement, against the disk's own sync and RocksDB. */
final class AckComparison {
  private static final String FLOOR = "disk";
  private static final String OURS = "ProximaDB";
  private static final String INTERVAL = "interval";
  private static final String ROCKS = "RocksDB";
  private static final String FLOOR_PEER = "write + fdatasync";

  /** How often stores take turns within a pass. */
  private static final int TURNS = 10;

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
    DurableStore open(Path folder) throws IOException;
  }

  /**
   * Measures, in interleaved passes.
   *
   * <p>Stores that sync take turns within a pass too, some hundred writes each: a disk's mood
   * changes faster than a pass goes by, and the bar is a ratio.
   */
  List<Figure> run(RecordPool records) throws IOException {
    WalOptions interval = WalOptions.builder().sync(SyncPolicy.INTERVAL).build();
    RocksStore.Settings settings = new RocksStore.Settings(plan.memtableBytes(), false);
    Map<String, Opener> synced = new LinkedHashMap<>();
    synced.put(FLOOR, folder -> DiskFloor.create(folder, records));
    synced.put(OURS, folder -> ProximaLog.create(folder, WalOptions.DEFAULT, records));
    synced.put(ROCKS, folder -> RocksStore.open(folder, settings, records));
    // By itself: its syncs in the background would meet the others.
    Map<String, Opener> unsynced =
        Map.of(INTERVAL, folder -> ProximaLog.create(folder, interval, records));

    Samples samples = new Samples();
    for (int pass = -plan.warmupPasses(); pass < plan.passes(); pass++) {
      Map<String, Double> medians = measure(records, synced);
      medians.putAll(measure(records, unsynced));
      StringJoiner shown = new StringJoiner(", ");
      for (Map.Entry<String, Double> median : medians.entrySet()) {
        shown.add(String.format(Locale.ROOT, "%s %.3f", median.getKey(), median.getValue()));
        if (pass >= 0) {
          samples.add(median.getKey(), median.getValue());
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

  /** Median milliseconds of a write to each store, all open at the same time and taking turns. */
  private Map<String, Double> measure(RecordPool records, Map<String, Opener> openers)
      throws IOException {
    Writers writer = new Writers(records, plan);
    Map<String, DurableStore> stores = new LinkedHashMap<>();
    Map<String, DoubleStream.Builder> millis = new LinkedHashMap<>();
    try (Scratch scratch = Scratch.in(context.scratch())) {
      try {
        for (Map.Entry<String, Opener> opener : openers.entrySet()) {
          String name = opener.getKey();
          stores.put(name, opener.getValue().open(scratch.folder(name)));
          millis.put(name, DoubleStream.builder());
        }
        for (int turn = 0; turn < TURNS; turn++) {
          for (Map.Entry<String, DurableStore> store : stores.entrySet()) {
            int first = turn * records.size() / TURNS;
            double[] times =
                writer.millis(store.getValue(), first, plan.passTime().dividedBy(TURNS));
            Arrays.stream(times).forEach(millis.get(store.getKey()));
          }
        }
      } finally {
        for (DurableStore store : stores.values()) {
          store.close();
        }
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    millis.forEach((name, times) -> medians.put(name, Passes.median(times.build().toArray())));
    return medians;
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
