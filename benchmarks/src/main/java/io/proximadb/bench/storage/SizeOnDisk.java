package io.proximadb.bench.storage;

import io.proximadb.api.EngineOptions;
import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.FolderSize;
import io.proximadb.env.Clock;
import io.proximadb.model.VectorField;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes on disk after compaction, when nothing but the current snapshot is kept: the table, its id
 * indexes and metadata, the catalog, and the log at rest.
 */
final class SizeOnDisk {
  /** By then no snapshot but the current one is kept, and nothing that was left over. */
  private static final Duration LATER = Duration.ofDays(3);

  private static final double MAX_OVERHEAD_PERCENT = 3;

  private static final Map<String, String> COLD =
      Map.of("proximadb.vector." + VectorField.DEFAULT_NAME + ".profile", "cold");

  private final BenchmarkContext context;
  private final StoragePlan plan;

  SizeOnDisk(BenchmarkContext context, StoragePlan plan) {
    this.context = context;
    this.plan = plan;
  }

  List<Figure> run(List<VectorSet> sets) throws IOException {
    List<Figure> figures = new ArrayList<>();
    for (VectorSet whole : sets) {
      VectorSet set = whole.first(plan.sizeRows());
      Path folder = context.scratch().resolve("size-" + set.name());
      context.progress("bytes on disk: " + set);
      long bytes = store(folder, set);
      figures.add(Figure.of("size." + set.name(), bytes / 1e6, "MB", set + ", everything"));
      Figure overhead =
          Figure.of(
                  "overhead." + set.name(),
                  100 * (bytes - set.bytes()) / set.bytes(),
                  "%",
                  set + ", everything, log at rest")
              .peer("raw floats");
      // What is beside the vectors does not grow with the table alone: it must be large enough.
      figures.add(
          context.form() == BenchmarkContext.Form.SHORT
              ? overhead
              : overhead.mustBe(Bar.atMost(MAX_OVERHEAD_PERCENT)));
      figures.addAll(cold(set));
    }
    return figures;
  }

  /** Data files alone, the vectors cold, beside another writer's. */
  private List<Figure> cold(VectorSet set) throws IOException {
    context.progress("bytes on disk, cold: " + set);
    Path folder = context.scratch().resolve("size-cold-" + set.name());
    long bytes;
    try (BenchCollection bench = BenchCollection.create(BenchCollection.quiet(folder), set, COLD)) {
      bench.load(set);
      bench.settle();
      bytes = bench.collection().describe().dataBytes();
    }
    long peer =
        ZstdParquet.write(context.scratch().resolve("peer-" + set.name() + ".parquet"), set);
    String setting = set + ", data files";
    return List.of(
        Figure.of("cold-size." + set.name(), 100 * bytes / set.bytes(), "%", setting),
        Figure.of("cold-size." + set.name(), 100 * peer / set.bytes(), "%", setting)
            .peer(ZstdParquet.PEER),
        Figure.of("cold-size." + set.name() + ".ratio", (double) bytes / peer, "times", setting)
            .peer(ZstdParquet.PEER));
  }

  private static long store(Path folder, VectorSet set) throws IOException {
    Clock system = Clock.system();
    AtomicLong ahead = new AtomicLong();
    EngineOptions options =
        BenchCollection.quiet(folder).withClock(Clock.of(() -> system.nowMicros() + ahead.get()));
    try (BenchCollection bench = BenchCollection.create(options, set, "viper")) {
      bench.load(set);
      bench.settle();
      ahead.set(LATER.toSeconds() * 1_000_000);
      bench.settle();
    }
    return FolderSize.of(folder);
  }
}
