package io.proximadb.bench.wal;

import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Scratch;
import io.proximadb.wal.DirectoryLayout;
import io.proximadb.wal.FileWal;
import io.proximadb.wal.WalOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Opening a log that holds records: against RocksDB with the same ones, and from two directories
 * against one. All files are in the page cache.
 */
final class ReplayComparison {
  private static final String OURS = "ProximaDB";
  private static final String ROCKS = "RocksDB";
  private static final String ONE = "one";
  private static final String TWO = "two";

  /** The bar is this, or so many times the peer's speed if that is less. */
  private static final double ENOUGH_GB_PER_SECOND = 1;

  private static final double TIMES_PEER = 3;

  private final BenchmarkContext context;
  private final Plan plan;

  ReplayComparison(BenchmarkContext context, Plan plan) {
    this.context = context;
    this.plan = plan;
  }

  /** Replays the same records by both, in interleaved passes. */
  List<Figure> againstPeer(RecordPool records) throws IOException {
    try (Scratch ours = Scratch.in(context.scratch());
        Scratch theirs = Scratch.in(context.scratch())) {
      context.progress(
          String.format(
              Locale.ROOT,
              "writing logs of %d MiB in records of %d floats",
              plan.replayBytes() >> 20,
              records.dimension()));
      RocksStore.Settings settings = new RocksStore.Settings(plan.memtableBytes(), false);
      ProximaReplay log = ProximaReplay.write(ours.folder(), WalOptions.DEFAULT, records, plan);
      writePeer(theirs.folder(), settings, records, log.records());

      Samples samples = new Samples();
      for (int pass = -plan.compilePasses(); pass < plan.passes(); pass++) {
        double speed = log.gigabytesPerSecond();
        double peer = log.bytes() / replayPeer(theirs.folder(), settings, records, log) / 1e9;
        context.progress(
            String.format(
                Locale.ROOT,
                "replay, %d floats: ProximaDB %.2f, RocksDB %.2f GB/s",
                records.dimension(),
                speed,
                peer));
        if (pass >= 0) {
          samples.add(OURS, speed);
          samples.add(ROCKS, peer);
        }
      }
      String name = "replay-" + records.dimension() + ".speed";
      String setting =
          String.format(
              Locale.ROOT,
              "%,d records of %d floats, %d MiB, closed, page cache",
              log.records(),
              records.dimension(),
              log.bytes() >> 20);
      double bar = Math.min(ENOUGH_GB_PER_SECOND, TIMES_PEER * samples.median(ROCKS));
      return List.of(
          samples.figure(name, OURS, "GB/s", setting).mustBe(Bar.atLeast(bar)),
          samples.figure(name, ROCKS, "GB/s", "the same").peer(RocksStore.peer()));
    }
  }

  private static void writePeer(
      Path folder, RocksStore.Settings settings, RecordPool records, long count)
      throws IOException {
    try (RocksStore store = RocksStore.open(folder, settings, records)) {
      for (long i = 0; i < count; i++) {
        store.append((int) (i % records.size()));
      }
      store.sync();
    }
  }

  /** Seconds to open the database. */
  private static double replayPeer(
      Path folder, RocksStore.Settings settings, RecordPool records, ProximaReplay log)
      throws IOException {
    long started = System.nanoTime();
    try (RocksStore store = RocksStore.open(folder, settings, records)) {
      double seconds = (System.nanoTime() - started) / 1e9;
      if (store.entries() != log.records()) {
        throw new IllegalStateException(
            "Cannot compare replays: RocksDB recovered "
                + store.entries()
                + " records (expected "
                + log.records()
                + ")");
      }
      return seconds;
    }
  }

  /** Replays a log of two directories and one of one, in interleaved passes. */
  List<Figure> fromTwoDirectories(RecordPool records) throws IOException {
    try (Scratch scratch = Scratch.in(context.scratch())) {
      context.progress("writing logs in one directory and in two");
      WalOptions striped =
          WalOptions.builder()
              .directories(List.of(scratch.folder("a"), scratch.folder("b")))
              .layout(DirectoryLayout.STRIPE)
              .build();
      ProximaReplay one =
          ProximaReplay.write(scratch.folder("one"), WalOptions.DEFAULT, records, plan);
      ProximaReplay two = ProximaReplay.write(scratch.folder("two"), striped, records, plan);
      Samples samples = new Samples();
      for (int pass = -plan.compilePasses(); pass < plan.passes(); pass++) {
        double single = one.gigabytesPerSecond();
        double both = two.gigabytesPerSecond();
        context.progress(
            String.format(Locale.ROOT, "replay: one directory %.2f, two %.2f GB/s", single, both));
        if (pass >= 0) {
          samples.add(ONE, single);
          samples.add(TWO, both);
        }
      }
      String setting =
          String.format(
              Locale.ROOT, "%d MiB, %d floats, page cache", one.bytes() >> 20, records.dimension());
      List<Figure> figures = new ArrayList<>();
      figures.add(samples.figure("replay-2-dirs.speed", TWO, "GB/s", setting));
      figures.add(
          samples.figure("replay-2-dirs.speed", ONE, "GB/s", setting).peer("one directory"));
      figures.add(
          samples
              .ratioFigure("replay-2-dirs.ratio", TWO, ONE, "medians of " + plan.passes())
              .peer("one directory")
              .mustBe(Bar.above(1)));
      return figures;
    }
  }

  /** A log of ours that was closed, to be opened again and again. */
  private static final class ProximaReplay {
    private final Path folder;
    private final WalOptions options;
    private final RecordPool pool;
    private final long records;
    private final long bytes;
    private long incarnation = 1;

    private ProximaReplay(
        Path folder, WalOptions options, RecordPool pool, long records, long bytes) {
      this.folder = folder;
      this.options = options;
      this.pool = pool;
      this.records = records;
      this.bytes = bytes;
    }

    static ProximaReplay write(Path folder, WalOptions options, RecordPool pool, Plan plan) {
      long records = 0;
      long bytes = 0;
      try (ProximaLog log = ProximaLog.create(folder, options, pool)) {
        while (bytes < plan.replayBytes()) {
          int record = (int) (records++ % pool.size());
          log.append(record);
          bytes += pool.encoded(record).length;
        }
      }
      return new ProximaReplay(folder, options, pool, records, bytes);
    }

    long records() {
      return records;
    }

    long bytes() {
      return bytes;
    }

    double gigabytesPerSecond() {
      long[] seen = new long[2];
      long started = System.nanoTime();
      FileWal wal =
          ProximaLog.open(
              folder,
              options,
              ++incarnation,
              record -> {
                seen[0]++;
                for (float[] vector : record.vectors().values()) {
                  seen[1] += vector.length;
                }
              });
      double seconds = (System.nanoTime() - started) / 1e9;
      wal.close();
      if (seen[0] != records || seen[1] != records * pool.dimension()) {
        throw new IllegalStateException(
            "Cannot measure a replay: it gave "
                + seen[0]
                + " records with "
                + seen[1]
                + " floats (expected "
                + records
                + " of "
                + pool.dimension()
                + ")");
      }
      return bytes / seconds / 1e9;
    }
  }
}
