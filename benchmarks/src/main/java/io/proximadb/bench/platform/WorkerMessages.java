package io.proximadb.bench.platform;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** What a worker process prints: marked lines with fields between tabs, among others. */
final class WorkerMessages {
  private static final String MARK = "@\t";

  private final Map<String, double[]> times = new HashMap<>();
  private final Map<String, Double> values = new HashMap<>();
  private final Consumer<String> phases;

  /**
   * Messages of one worker.
   *
   * @param phases told what it does
   */
  WorkerMessages(Consumer<String> phases) {
    this.phases = phases;
  }

  /** Takes a line; one without the mark is none of ours. */
  void accept(String line) {
    if (!line.startsWith(MARK)) {
      return;
    }
    String[] fields = line.substring(MARK.length()).split("\t", -1);
    switch (fields[0]) {
      case "phase" -> phases.accept(fields[1]);
      case "value" -> values.put(fields[1], Double.parseDouble(fields[2]));
      case "times" ->
          times.put(
              fields[1],
              Arrays.stream(fields[2].split(",", -1)).mapToDouble(Double::parseDouble).toArray());
      default -> throw new IllegalStateException("Invalid message of a worker: " + line);
    }
  }

  /** Seconds of each pass. */
  double[] times(String name) {
    double[] found = times.get(name);
    if (found == null) {
      throw new IllegalStateException("The worker did not time '" + name + "'");
    }
    return found;
  }

  double value(String name) {
    Double found = values.get(name);
    if (found == null) {
      throw new IllegalStateException("The worker did not tell '" + name + "'");
    }
    return found;
  }
}
