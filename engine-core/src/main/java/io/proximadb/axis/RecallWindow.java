package io.proximadb.axis;

import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The recall of the searches that were checked last. Safe for use by several threads. */
final class RecallWindow {
  /** The recall of answers of ten is then known to within a hundredth, mostly. */
  static final int MAX_CHECKS = 256;

  private final double[] recalls = new double[MAX_CHECKS];
  private long count;

  /**
   * What checks found.
   *
   * @param mean 0 without any
   * @param standardError of the mean
   * @param checks that it is the mean of
   */
  record Measured(double mean, double standardError, int checks) {}

  synchronized void add(double recall) {
    recalls[(int) (count++ % MAX_CHECKS)] = recall;
  }

  /** All that were made, those that were forgotten among them. */
  synchronized long count() {
    return count;
  }

  synchronized Measured measured() {
    int checks = (int) Math.min(count, MAX_CHECKS);
    if (checks == 0) {
      return new Measured(0, 0, 0);
    }
    double sum = 0;
    for (int i = 0; i < checks; i++) {
      sum += recalls[i];
    }
    double mean = sum / checks;
    double squares = 0;
    for (int i = 0; i < checks; i++) {
      squares += (recalls[i] - mean) * (recalls[i] - mean);
    }
    double error = checks == 1 ? 0 : Math.sqrt(squares / (checks - 1) / checks);
    return new Measured(mean, error, checks);
  }

  /** The share of the true answer that was found; rows as near as its last one are as good. */
  static double recall(SearchResponse truth, SearchResponse answer) {
    return recall(truth.hits(), answer);
  }

  /** The same of the hits of the true answer. */
  static double recall(List<SearchHit> nearest, SearchResponse answer) {
    if (nearest.isEmpty()) {
      return 1;
    }
    double limit = nearest.get(nearest.size() - 1).distance();
    Set<String> ids = new HashSet<>();
    nearest.forEach(hit -> ids.add(hit.id()));
    long found =
        answer.hits().stream()
            .filter(hit -> hit.distance() <= limit || ids.contains(hit.id()))
            .count();
    return Math.min(1, (double) found / nearest.size());
  }
}
