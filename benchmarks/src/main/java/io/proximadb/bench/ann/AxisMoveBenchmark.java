package io.proximadb.bench.ann;

import io.proximadb.api.AxisDecision;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.axis.AxisOptions;
import io.proximadb.axis.Overrides;
import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.MaintenanceOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Moves a field from one way of being searched to the next while one thread searches and another
 * writes, by an engine that maintains in the background: latencies while it moves beside those just
 * before, and answers that failed, were short, or did not have what had just been written.
 */
public final class AxisMoveBenchmark implements Benchmark {
  private static final int K = 10;
  private static final int MAX_ROWS = 60_000;
  private static final int QUERIES = 1_000;
  private static final int SHORT_ROWS = 5_000;
  private static final String FIELD = "vector";
  private static final List<String> MOVES = List.of("flat", "hnsw", "hnsw-bits", "ivf");

  /** Before each move. */
  private static final long BEFORE_NANOS = TimeUnit.SECONDS.toNanos(15);

  private static final long SHORT_BEFORE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * Between two searches: a store that is asked as fast as it answers has no latency to speak of.
   */
  private static final long SEARCH_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final long WRITE_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** A move that takes longer does not end. */
  private static final long MOST_NANOS = TimeUnit.MINUTES.toNanos(30);

  /** Of what a write is looked for by: rows may be equal, but not that many. */
  private static final int LOOKED_AT = 5;

  /** Acceptance: 99th percentile while it moves, of that before. */
  private static final double MOST_SLOWER = 3;

  @Override
  public String name() {
    return "axis-move";
  }

  @Override
  public String description() {
    return "latencies and answers while a field moves between indexes, searched and written to";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    boolean brief = context.form() == BenchmarkContext.Form.SHORT;
    AnnData data =
        AnnSets.read(
                context.dataFolders(), brief ? SHORT_ROWS : context.rowsOf(MAX_ROWS), QUERIES, K)
            .get(0);
    List<Figure> figures = new ArrayList<>();
    try (AnnCollection rows =
        new AnnCollection(
            Files.createTempDirectory(context.scratch(), "axis-move"),
            data,
            List.of(),
            Map.of(
                MaintenanceOptions.THREADS,
                "1",
                AxisOptions.CHECK_SHARE,
                Double.toString(AxisOptions.MAX_CHECK_SHARE)))) {
      rows.write(IntStream.range(0, data.rows()).toArray(), row -> Map.of());
      rows.collection().optimize();
      try (Load load = new Load(rows, data)) {
        String from = "exact";
        for (String to : MOVES) {
          context.progress(from + " to " + to);
          figures.addAll(
              move(rows, data, load, from, to, brief ? SHORT_BEFORE_NANOS : BEFORE_NANOS));
          from = to;
        }
        String setting =
            data.name() + ", " + data.rows() + " rows, " + load.searches() + " searches";
        figures.add(
            Figure.of("axis.move.failed", load.failed.size(), "answers", setting)
                .mustBe(Bar.atMost(0)));
        figures.add(
            Figure.of("axis.move.short", load.tooShort, "answers", setting).mustBe(Bar.atMost(0)));
        figures.add(
            Figure.of("axis.move.stale", load.stale, "answers", load.writes + " writes looked for")
                .mustBe(Bar.atMost(0)));
        load.failed.forEach(failure -> context.progress("failed: " + failure));
      }
    }
    return figures;
  }

  private static List<Figure> move(
      AnnCollection rows, AnnData data, Load load, String from, String to, long beforeNanos) {
    load.take();
    rest(beforeNanos);
    double[] before = load.take();
    int again = 0;
    rows.collection().axisControl().override(FIELD, to);
    long start = System.nanoTime();
    while (!isAt(rows, to)) {
      rest(TimeUnit.MILLISECONDS.toNanos(50));
      if (System.nanoTime() - start > MOST_NANOS) {
        throw new IllegalStateException("Not at " + to + ": " + rows.collection().axis().fields());
      }
      if (isRolledBack(rows)) {
        // The machine may have done other things for a while; this is said in the figures.
        again++;
        rows.collection().axisControl().override(FIELD, to);
      }
    }
    double[] during = load.take();
    double seconds = (System.nanoTime() - start) / 1e9;
    String setting =
        String.format(
            Locale.ROOT,
            "%s, %,d rows, %s to %s in %.0f s, rolled back %d times, %,d and %,d searches",
            data.name(),
            data.rows(),
            from,
            to,
            seconds,
            again,
            before.length,
            during.length);
    double p99 = percentile(before);
    double moving = percentile(during);
    return List.of(
        Figure.of("axis.move.p99", p99, "us", setting).peer("before"),
        Figure.of("axis.move.p99", moving, "us", setting).peer("while it moves"),
        Figure.of("axis.move.slower", moving / p99, "x of p99 before", setting)
            .mustBe(Bar.below(MOST_SLOWER)));
  }

  private static boolean isAt(AnnCollection rows, String strategy) {
    return rows.collection().axis().fields().stream()
        .anyMatch(
            field ->
                field.field().equals(FIELD)
                    && field.strategy().equals(strategy)
                    && field.migration() == null);
  }

  private static boolean isRolledBack(AnnCollection rows) {
    List<AxisDecision> history = rows.collection().axis().history();
    boolean moving =
        rows.collection().axis().fields().stream().anyMatch(field -> field.migration() != null);
    return !moving
        && !history.isEmpty()
        && history.get(history.size() - 1).outcome().equals(AxisDecision.ROLLED_BACK)
        && !rows.collection().describe().properties().containsKey(Overrides.property(FIELD));
  }

  private static double percentile(double[] micros) {
    double[] sorted = micros.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.ceil(0.99 * sorted.length) - 1];
  }

  private static void rest(long nanos) {
    long end = System.nanoTime() + nanos;
    while (end - System.nanoTime() > 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  /** A thread that searches and one that writes, until closed. */
  private static final class Load implements AutoCloseable {
    private final AnnCollection rows;
    private final AnnData data;
    private final ConcurrentLinkedQueue<String> failed = new ConcurrentLinkedQueue<>();
    private final Thread searcher = new Thread(this::search, "bench-searcher");
    private final Thread writer = new Thread(this::write, "bench-writer");
    private List<Double> micros = new ArrayList<>();
    private long taken;
    private volatile boolean stop;
    private volatile int tooShort;
    private volatile int stale;
    private volatile int writes;

    Load(AnnCollection rows, AnnData data) {
      this.rows = rows;
      this.data = data;
      searcher.start();
      writer.start();
    }

    /** The latencies since the last call, microseconds. */
    synchronized double[] take() {
      double[] all = micros.stream().mapToDouble(Double::doubleValue).toArray();
      taken += all.length;
      micros = new ArrayList<>();
      return all;
    }

    synchronized long searches() {
      return taken + micros.size();
    }

    private synchronized void add(double took) {
      micros.add(took);
    }

    private void search() {
      int few = 0;
      for (int i = 0; !stop; i++) {
        SearchRequest request = rows.request(i % data.queryCount(), Filter.alwaysTrue());
        long start = System.nanoTime();
        try {
          int hits = rows.collection().search(request).hits().size();
          add((System.nanoTime() - start) / 1e3);
          if (hits < K) {
            tooShort = ++few;
          }
        } catch (RuntimeException e) {
          failed.add(e.toString());
        }
        LockSupport.parkNanos(SEARCH_PAUSE_NANOS);
      }
    }

    /** Exchanges the vectors of rows for others, and looks for each at once. */
    private void write() {
      int missed = 0;
      for (int i = 0; !stop; i++) {
        int row = (int) ((long) i * 7_919 % data.rows());
        float[] other = rows.row((row + 1 + i / data.rows()) % data.rows());
        other[i % other.length] += 1;
        String id = Integer.toString(row);
        try {
          rows.upsert(row, other);
          List<SearchHit> nearest =
              rows.collection()
                  .search(SearchRequest.of(other, LOOKED_AT).exactly().returning(List.of()))
                  .hits();
          if (nearest.stream().noneMatch(hit -> hit.id().equals(id))) {
            stale = ++missed;
          }
          writes = i + 1;
        } catch (RuntimeException e) {
          failed.add(e.toString());
        }
        LockSupport.parkNanos(WRITE_PAUSE_NANOS);
      }
    }

    @Override
    public void close() {
      stop = true;
      try {
        searcher.join();
        writer.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
