package io.proximadb.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Times several ways to do the same work in interleaved passes, so that whatever else the machine
 * does meets all of them alike.
 */
public final class Passes {
  /** Something to be timed; what it returns keeps the work from being optimized away. */
  public interface Work {
    double run() throws IOException;
  }

  private final Map<String, Work> works = new LinkedHashMap<>();
  private final Map<String, double[]> seconds = new LinkedHashMap<>();
  private double sink;
  private LongSupplier nanos = System::nanoTime;

  /**
   * Counts the processor time of the calling thread instead of the time that passes: what else the
   * machine does then stretches no pass, as far as it leaves caches and memory alone. For ways that
   * work in the calling thread only.
   */
  public Passes byProcessorTime() {
    nanos = ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime;
    return this;
  }

  /** Adds a way, by a name. */
  public Passes add(String name, Work work) {
    works.put(name, work);
    return this;
  }

  /** Runs every way in turn, first some passes that do not count, then those that do. */
  public Passes run(int warmup, int counted) throws IOException {
    Map<String, List<Double>> times = new LinkedHashMap<>();
    for (int pass = -warmup; pass < counted; pass++) {
      for (Map.Entry<String, Work> entry : works.entrySet()) {
        long started = nanos.getAsLong();
        sink += entry.getValue().run();
        double taken = (nanos.getAsLong() - started) / 1e9;
        if (pass >= 0) {
          times.computeIfAbsent(entry.getKey(), name -> new ArrayList<>()).add(taken);
        }
      }
    }
    times.forEach(
        (name, taken) ->
            seconds.put(name, taken.stream().mapToDouble(Double::doubleValue).toArray()));
    return this;
  }

  /** The median seconds of a way. */
  public double median(String name) {
    double[] taken = seconds.get(name);
    if (taken == null) {
      throw new IllegalArgumentException("No pass of '" + name + "' was run, of " + works.keySet());
    }
    return median(taken);
  }

  /** The sum of all that was returned; of no use but to have been computed. */
  public double sink() {
    return sink;
  }

  /** The median of values, which are left as they are. */
  public static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
