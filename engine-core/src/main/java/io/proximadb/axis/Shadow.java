package io.proximadb.axis;

import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.mvcc.Pin;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Compares two strategies of a field on sampled live searches, each at the state that the search
 * saw. Safe for use by several threads.
 */
final class Shadow {
  /** Samples kept, the last ones. */
  private static final int MAX_SAMPLES = 256;

  private final String field;
  private final long phaseMillis;
  private final @Nullable String live;
  private final @Nullable String candidate;
  private final RecallWindow liveRecalls = new RecallWindow();
  private final RecallWindow recalls = new RecallWindow();
  private final double[] liveMicros = new double[MAX_SAMPLES];
  private final double[] micros = new double[MAX_SAMPLES];
  private long samples;
  private long answered;
  private double asked;

  /**
   * Compares nothing yet.
   *
   * @param phaseMillis when the phase began that it is for
   * @param live the index that serves; null for none
   * @param candidate the index that may; null for none
   */
  Shadow(String field, long phaseMillis, @Nullable String live, @Nullable String candidate) {
    this.field = field;
    this.phaseMillis = phaseMillis;
    this.live = live;
    this.candidate = candidate;
  }

  /** True if it is the comparison of these. */
  boolean isOf(String other, long phase, @Nullable String serving, @Nullable String index) {
    return field.equals(other)
        && phaseMillis == phase
        && Objects.equals(live, serving)
        && Objects.equals(candidate, index);
  }

  String field() {
    return field;
  }

  /**
   * Compares both on one search.
   *
   * @param exact null if a comparison with every row would take too long; what both find together
   *     then counts as the truth, so that whoever finds less is still known
   */
  void compare(
      Pin pin,
      SearchRequest request,
      @Nullable ExactSearch exact,
      ShadowSearch by,
      LongSupplier nanos) {
    // Once each untimed: what one loads into caches is not to be the other's advantage.
    SearchResponse first = by.search(pin, request, candidate);
    SearchResponse served = by.search(pin, request, live);
    long start = nanos.getAsLong();
    by.search(pin, request, candidate);
    long between = nanos.getAsLong();
    by.search(pin, request, live);
    long end = nanos.getAsLong();
    List<SearchHit> truth =
        exact == null
            ? together(served, first, request.k())
            : exact.search(pin, request.exactly()).hits();
    add(
        request.recall(),
        RecallWindow.recall(truth, served),
        RecallWindow.recall(truth, first),
        (end - between) / 1e3,
        (between - start) / 1e3,
        candidate == null || first.rowsCoveredByIndex() > 0);
  }

  /** The nearest of both answers. */
  private static List<SearchHit> together(SearchResponse one, SearchResponse other, int k) {
    Map<String, SearchHit> byId = new LinkedHashMap<>();
    one.hits().forEach(hit -> byId.put(hit.id(), hit));
    other.hits().forEach(hit -> byId.putIfAbsent(hit.id(), hit));
    return byId.values().stream()
        .sorted(Comparator.comparingDouble(SearchHit::distance))
        .limit(k)
        .toList();
  }

  private synchronized void add(
      double wanted, double liveRecall, double recall, double liveTook, double took, boolean did) {
    int at = (int) (samples++ % MAX_SAMPLES);
    asked = wanted;
    liveRecalls.add(liveRecall);
    recalls.add(recall);
    liveMicros[at] = liveTook;
    micros[at] = took;
    answered += did ? 1 : 0;
  }

  synchronized Comparison compared() {
    if (samples == 0) {
      return Comparison.NONE;
    }
    int kept = (int) Math.min(samples, MAX_SAMPLES);
    RecallWindow.Measured found = recalls.measured();
    return new Comparison(
        samples,
        asked,
        liveRecalls.measured().mean(),
        found.mean(),
        found.standardError(),
        found.checks(),
        median(liveMicros, kept),
        median(micros, kept),
        (double) answered / (double) samples);
  }

  private static double median(double[] values, int count) {
    double[] sorted = Arrays.copyOf(values, count);
    Arrays.sort(sorted);
    return sorted[count / 2];
  }
}
