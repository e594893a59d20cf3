package io.proximadb.bench.spark;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Times ways to do the same work in interleaved passes, and tells the parent process. */
final class Timings {
  private static final String MARK = "@\t";

  /** Something to be timed. */
  interface Work {
    void run() throws Exception;
  }

  private final PrintStream out;

  Timings(PrintStream out) {
    this.out = out;
  }

  /** Says what is being done from now on. */
  void phase(String what) {
    print("phase\t" + what);
  }

  /** A value that is no time. */
  void value(String name, double value) {
    print("value\t" + name + "\t" + value);
  }

  /** Runs each in turn, first some passes that do not count. */
  void run(Map<String, Work> works, int warmup, int counted) throws Exception {
    Map<String, List<Double>> seconds = new LinkedHashMap<>();
    for (int pass = -warmup; pass < counted; pass++) {
      for (Map.Entry<String, Work> work : works.entrySet()) {
        double taken = seconds(work.getValue());
        if (pass >= 0) {
          seconds.computeIfAbsent(work.getKey(), name -> new ArrayList<>()).add(taken);
        }
      }
    }
    seconds.forEach(this::times);
  }

  /** What the work before left behind is collected first, and not while this one is timed. */
  private static double seconds(Work work) throws Exception {
    System.gc();
    long started = System.nanoTime();
    work.run();
    return (System.nanoTime() - started) / 1e9;
  }

  private void times(String name, List<Double> seconds) {
    print(
        "times\t"
            + name
            + "\t"
            + seconds.stream()
                .map(one -> String.format(Locale.ROOT, "%.6f", one))
                .collect(Collectors.joining(",")));
  }

  private void print(String message) {
    out.println(MARK + message);
    out.flush();
  }
}
