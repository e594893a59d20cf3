package io.proximadb.bench.wal;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that write records to a store, each waiting for the acknowledgement of its last. */
final class Writers {
  /** The most single times that are kept of a pass. */
  private static final int MAX_TIMES = 1 << 20;

  private final RecordPool records;
  private final Plan plan;

  Writers(RecordPool records, Plan plan) {
    this.records = records;
    this.plan = plan;
  }

  /** Writes with several threads for the time of a pass. */
  double recordsPerSecond(DurableStore store, int threads) throws IOException {
    long most = Math.max(1, plan.passBytes() / records.recordBytes() / threads);
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      long started = System.nanoTime();
      List<Future<Long>> writers = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int first = (int) ((long) thread * records.size() / threads);
        writers.add(executor.submit(() -> write(store, first, started, most)));
      }
      long written = 0;
      for (Future<Long> writer : writers) {
        written += get(writer);
      }
      return written / ((System.nanoTime() - started) / 1e9);
    } finally {
      executor.shutdownNow();
    }
  }

  private long write(DurableStore store, int firstRecord, long started, long most)
      throws IOException {
    long nanos = plan.passTime().toNanos();
    int record = firstRecord;
    long written = 0;
    do {
      store.put(record);
      record = record + 1 == records.size() ? 0 : record + 1;
      written++;
    } while (written < most && System.nanoTime() - started < nanos);
    return written;
  }

  private static long get(Future<Long> writer) throws IOException {
    try {
      return writer.get();
    } catch (ExecutionException e) {
      throw new IOException("Cannot measure: a writer failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Cannot measure: interrupted", e);
    }
  }

  /**
   * The milliseconds that each write takes by one thread.
   *
   * @param firstRecord where in the pool to begin
   */
  double[] millis(DurableStore store, int firstRecord, Duration time) throws IOException {
    long most = Math.min(MAX_TIMES, plan.passBytes() / records.recordBytes());
    double[] times = new double[(int) most];
    int written = 0;
    long started = System.nanoTime();
    long before = started;
    do {
      store.put((firstRecord + written) % records.size());
      long now = System.nanoTime();
      times[written++] = (now - before) / 1e6;
      before = now;
    } while (written < most && before - started < time.toNanos());
    return Arrays.copyOf(times, written);
  }
}
