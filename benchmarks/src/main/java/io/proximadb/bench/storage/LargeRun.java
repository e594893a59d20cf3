package io.proximadb.bench.storage;

import io.proximadb.api.EngineOptions;
import io.proximadb.maintenance.MaintenanceResult;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * What {@link LargeBenchmark} runs in a JVM of its own: {@code LargeRun <folder> <rows>
 * ingest|reopen}. Prints lines of {@code name value unit}; all others say what it does.
 */
final class LargeRun {
  static final int DIMENSION = 64;
  static final String FIGURE = "figure ";

  private static final int VECTORS = 100_000;
  private static final int TOPICS = 2_000;
  private static final long SEED = 53;
  private static final int REPORTS = 20;
  private static final int READS = 1_000;

  private LargeRun() {}

  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    int rows = Integer.parseInt(arguments[1]);
    if (arguments[2].equals("ingest")) {
      ingest(folder, rows);
    } else {
      reopen(folder, rows);
    }
  }

  private static void ingest(Path folder, int rows) {
    VectorSet set = VectorSet.synthetic(Math.min(rows, VECTORS), DIMENSION, TOPICS, SEED);
    // As it is by default: flushes and maintenance go on in the background.
    try (BenchCollection bench =
        BenchCollection.create(EngineOptions.local(folder), set, "viper")) {
      long started = System.nanoTime();
      int part = Math.max(1, rows / REPORTS);
      for (int from = 0; from < rows; from += part) {
        int first = from;
        bench.upsert(set, Math.min(part, rows - from), i -> first + i);
        say("%,d of %,d rows", Math.min(rows, from + part), rows);
      }
      figure("ingest.speed", rows / seconds(started), "rows/s");
      started = System.nanoTime();
      for (MaintenanceResult step : bench.settle()) {
        say("%.0f s: %s", seconds(started), step.what());
      }
      figure("compaction.time", seconds(started), "s");
      long live = bench.collection().statistics().liveRows();
      if (live != rows) {
        throw new IllegalStateException("Wrong after compaction: " + live + " rows, not " + rows);
      }
    }
  }

  private static void reopen(Path folder, int rows) {
    long started = System.nanoTime();
    try (BenchCollection bench = BenchCollection.open(BenchCollection.quiet(folder))) {
      get(bench, rows / 2);
      figure("reopen.time", seconds(started), "s");
      started = System.nanoTime();
      long live = bench.collection().statistics().liveRows();
      figure("statistics.time", seconds(started), "s");
      if (live != rows) {
        throw new IllegalStateException("Wrong after reopening: " + live + " rows, not " + rows);
      }
      SplittableRandom random = new SplittableRandom(SEED);
      long[] nanos = new long[READS];
      for (int i = 0; i < READS; i++) {
        long before = System.nanoTime();
        get(bench, random.nextInt(rows));
        nanos[i] = System.nanoTime() - before;
      }
      figure("get.time", new Percentiles(nanos).micros(0.5), "µs");
    }
  }

  private static void get(BenchCollection bench, int number) {
    if (bench.collection().get(BenchCollection.id(number)).isEmpty()) {
      throw new IllegalStateException("Record " + number + " is not found");
    }
  }

  private static double seconds(long startedNanos) {
    return (System.nanoTime() - startedNanos) / 1e9;
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  private static void figure(String name, double value, String unit) {
    System.out.println(FIGURE + name + " " + value + " " + unit);
  }
}
