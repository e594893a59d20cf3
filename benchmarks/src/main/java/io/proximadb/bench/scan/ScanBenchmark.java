package io.proximadb.bench.scan;

import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Passes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads and searches 60,000 vectors of 784 floats in one table: against parquet-java's record
 * reader, against the size of the raw floats, and against the bandwidth of memory.
 */
public final class ScanBenchmark implements Benchmark {
  private static final int WARMUP_PASSES = 3;
  private static final int SLOW_PASSES = 5;
  private static final int FAST_PASSES = 21;
  private static final int ROW_SAMPLES = 40_000;
  private static final int K = 10;
  private static final long SEED = 42;

  private static final String PARQUET_JAVA = "parquet-java record reader";
  private static final String RAW_FLOATS = "raw floats";
  private static final String SIMD_SUM = "SIMD sum of the same bytes";

  @Override
  public String name() {
    return "scan";
  }

  @Override
  public String description() {
    return "read and search 60,000 x 784 exactly: speed, random rows, size on disk";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    context.progress("reading Fashion-MNIST");
    float[] vectors = FashionMnist.read(context.dataFolders());
    String data =
        String.format(
            Locale.ROOT,
            "%,d x %d",
            vectors.length / FashionMnist.DIMENSION,
            FashionMnist.DIMENSION);
    List<Figure> figures = new ArrayList<>();
    try (ScanTable table = ScanTable.create(context, vectors)) {
      figures.add(
          Figure.of("ingest.speed", table.ingestRowsPerSecond(), "rows/s", data + ", fsynced"));
      readAll(context, table, data, figures);
      randomRows(context, table, data, figures);
      size(table, data, figures);
      search(context, table, vectors, data, figures);
    }
    return figures;
  }

  private static void readAll(
      BenchmarkContext context, ScanTable table, String data, List<Figure> figures)
      throws IOException {
    context.progress("reading all vectors, " + SLOW_PASSES + " passes each");
    Passes passes =
        new Passes()
            .add("rows", table::copyAllRows)
            .add("batches", table::scanAllBatches)
            .add("peer", table.recordReader()::readAll)
            .run(1, SLOW_PASSES);
    double bytes = table.vectorBytes();
    String setting = data + ", one thread, page cache";
    figures.add(Figure.of("read-all.speed", bytes / passes.median("rows") / 1e9, "GB/s", setting));
    figures.add(
        Figure.of(
            "read-all-batches.speed", bytes / passes.median("batches") / 1e9, "GB/s", setting));
    figures.add(
        Figure.of("read-all.speed", bytes / passes.median("peer") / 1e9, "GB/s", setting)
            .peer(PARQUET_JAVA));
    figures.add(
        Figure.of("read-all.ratio", passes.median("peer") / passes.median("rows"), "times", setting)
            .peer(PARQUET_JAVA)
            .mustBe(Bar.atLeast(8)));
    figures.add(
        Figure.of(
                "read-all-batches.ratio",
                passes.median("peer") / passes.median("batches"),
                "times",
                setting)
            .peer(PARQUET_JAVA)
            .mustBe(Bar.atLeast(8)));
  }

  private static void randomRows(
      BenchmarkContext context, ScanTable table, String data, List<Figure> figures) {
    context.progress("reading random rows by memory map");
    table.timeRandomRows(ROW_SAMPLES, SEED);
    double[] nanos = table.timeRandomRows(ROW_SAMPLES, SEED + 1);
    figures.add(
        Figure.of(
                "random-row.time",
                Passes.median(nanos) / 1e3,
                "µs",
                data + ", mapped, copied to the heap, median")
            .mustBe(Bar.below(2)));
  }

  private static void size(ScanTable table, String data, List<Figure> figures) throws IOException {
    double over = 100.0 * (table.tableBytes() - table.vectorBytes()) / table.vectorBytes();
    figures.add(Figure.of("table.size", table.tableBytes() / 1e6, "MB", data));
    figures.add(
        Figure.of("table.overhead", over, "%", data + ", whole table folder")
            .peer(RAW_FLOATS)
            .mustBe(Bar.atMost(3)));
  }

  private static void search(
      BenchmarkContext context, ScanTable table, float[] vectors, String data, List<Figure> figures)
      throws IOException {
    context.progress("searching exactly, " + FAST_PASSES + " passes each");
    float[] query = new float[FashionMnist.DIMENSION];
    System.arraycopy(vectors, 0, query, 0, query.length);
    Passes passes =
        new Passes()
            .add("sum", table::sumMapped)
            .add("kernel", () -> table.scoreMapped(query))
            .add("engine", () -> table.search(query, K))
            .run(WARMUP_PASSES, FAST_PASSES);
    double bytes = table.vectorBytes();
    String setting = data + ", mapped, one thread";
    figures.add(
        Figure.of("exact-search.time", passes.median("engine") * 1e3, "ms", setting + ", k=" + K));
    figures.add(
        Figure.of("memory.speed", bytes / passes.median("sum") / 1e9, "GB/s", setting)
            .peer(SIMD_SUM));
    figures.add(
        Figure.of(
                "exact-kernel.bandwidth",
                100 * passes.median("sum") / passes.median("kernel"),
                "%",
                setting)
            .peer(SIMD_SUM)
            .mustBe(Bar.atLeast(70)));
    figures.add(
        Figure.of(
                "exact-search.bandwidth",
                100 * passes.median("sum") / passes.median("engine"),
                "%",
                setting + ", k=" + K)
            .peer(SIMD_SUM)
            .mustBe(Bar.atLeast(70)));
  }
}
