package io.proximadb.testkit;

import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.filter.Filter;
import io.proximadb.model.SparseVector;
import io.proximadb.testkit.ExpectedRecords.Expected;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Random searches of what {@link CollectionModel} has, which indexes may answer: every answer has
 * min(k, rows that match) live rows, none twice, none of an earlier or a later version, with their
 * distances and in order; one that is asked to be exact is that of a comparison with all.
 */
final class ModelSearches {
  private static final double DISTANCE_ERROR = 1e-5;
  private static final int MOST_HITS = 8;

  private final Random random;
  private final Map<String, Expected> live;
  private final boolean sparse;
  private final String extraColumn;
  private final String where;

  /**
   * Searches of rows.
   *
   * @param live what there is, by id
   * @param sparse whether the rows have a sparse field
   * @param extraColumn the column that comes and goes, or null
   */
  ModelSearches(
      Random random, Map<String, Expected> live, boolean sparse, String extraColumn, String where) {
    this.random = random;
    this.live = live;
    this.sparse = sparse;
    this.extraColumn = extraColumn;
    this.where = where;
  }

  /** A condition, and what it means. */
  private record Condition(Filter filter, Predicate<Expected> passes) {}

  private Condition condition() {
    switch (random.nextInt(extraColumn == null ? 4 : 5)) {
      case 0:
        long least = number();
        return new Condition(
            Filter.compare("number", Filter.Operator.GE, least), row -> row.number() >= least);
      case 1:
        String category = "c" + random.nextInt(6);
        return new Condition(
            Filter.equal("category", category), row -> category.equals(category(row)));
      case 2:
        long most = number();
        return new Condition(
            Filter.or(
                new Filter.IsNull("category"), Filter.compare("number", Filter.Operator.LT, most)),
            row -> category(row) == null || row.number() < most);
      case 3:
        return new Condition(Filter.alwaysTrue(), row -> true);
      default:
        int limit = (int) (3 * number());
        return new Condition(
            Filter.compare(extraColumn, Filter.Operator.LE, limit),
            row -> row.extra() != null && row.extra() <= limit);
    }
  }

  private static String category(Expected row) {
    return (String) Records.of("any", row.number()).metadata().get("category");
  }

  /** That of a row, so that about half of the rows have a smaller one. */
  private long number() {
    return live.isEmpty()
        ? random.nextInt(100)
        : new ArrayList<>(live.values()).get(random.nextInt(live.size())).number();
  }

  /** Does some searches, and says how they were answered. */
  List<String> check(Function<SearchRequest, SearchResponse> searches) {
    List<String> strategies = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      strategies.add(checkDense(searches));
    }
    if (sparse) {
      strategies.add(checkSparse(searches));
    }
    return strategies;
  }

  private String checkDense(Function<SearchRequest, SearchResponse> searches) {
    Condition condition = condition();
    float[] query = Records.vector(random.nextInt(1_000_000));
    SearchRequest request =
        SearchRequest.of(query, 1 + random.nextInt(MOST_HITS)).where(condition.filter());
    Map<String, Double> matches =
        matches(condition, row -> distance(query, Records.vector(row.number())));
    checkExact(searches, request.exactly(), new TreeMap<>(matches));
    request =
        switch (random.nextInt(4)) {
          case 0 -> request;
          case 1 -> request.recall(0.3 + 0.6 * random.nextDouble());
          case 2 -> request.recall(0.99);
          default -> request.effort(1 + random.nextInt(100));
        };
    SearchResponse answer = searches.apply(request);
    checkHits(request, answer, matches, Math.min(request.k(), matches.size()));
    return answer.strategy();
  }

  private String checkSparse(Function<SearchRequest, SearchResponse> searches) {
    Condition condition = condition();
    SparseVector query = SparseTerms.of(random.nextInt(1_000_000));
    SearchRequest request =
        SearchRequest.of(query, 1 + random.nextInt(MOST_HITS), SparseTerms.FIELD)
            .where(condition.filter());
    Map<String, Double> matches =
        matches(condition, row -> 0 - query.dot(SparseTerms.of(row.number())));
    return checkExact(searches, request, matches).strategy();
  }

  private Map<String, Double> matches(Condition condition, Function<Expected, Double> distance) {
    Map<String, Double> matches = new TreeMap<>();
    live.forEach(
        (id, row) -> {
          if (condition.passes().test(row)) {
            matches.put(id, distance.apply(row));
          }
        });
    return matches;
  }

  private SearchResponse checkExact(
      Function<SearchRequest, SearchResponse> searches,
      SearchRequest request,
      Map<String, Double> matches) {
    double within = between(matches);
    if (random.nextInt(3) == 0 && within < Double.POSITIVE_INFINITY) {
      request = request.within(within);
      matches.values().removeIf(distance -> distance > within);
    }
    SearchResponse answer = searches.apply(request);
    List<Double> wanted =
        matches.values().stream().sorted(Comparator.naturalOrder()).limit(request.k()).toList();

    checkHits(request, answer, matches, wanted.size());
    for (int i = 0; i < wanted.size(); i++) {
      double found = answer.hits().get(i).distance();
      require(
          Math.abs(found - wanted.get(i)) < DISTANCE_ERROR,
          request,
          answer,
          () -> "wanted " + wanted);
    }
    return answer;
  }

  /** A distance that none of the rows has within errors; infinite if it lies between too near. */
  private double between(Map<String, Double> matches) {
    if (matches.size() < 2) {
      return Double.POSITIVE_INFINITY;
    }
    List<Double> sorted = matches.values().stream().sorted().toList();
    int i = random.nextInt(sorted.size() - 1);
    double gap = sorted.get(i + 1) - sorted.get(i);
    return gap < 4 * DISTANCE_ERROR ? Double.POSITIVE_INFINITY : sorted.get(i) + gap / 2;
  }

  private void checkHits(
      SearchRequest request, SearchResponse answer, Map<String, Double> matches, int count) {
    require(answer.hits().size() == count, request, answer, () -> "expected " + count + " hits");
    Set<String> ids = new HashSet<>();
    double last = Double.NEGATIVE_INFINITY;
    for (SearchHit hit : answer.hits()) {
      Expected row = live.get(hit.id());
      Double distance = matches.get(hit.id());
      double before = last;
      require(row != null && distance != null, request, answer, () -> hit + " does not match");
      if (row == null || distance == null) {
        return;
      }
      require(ids.add(hit.id()), request, answer, () -> hit + " is there twice");
      require(
          row.number() == (Long) hit.fields().get("number")
              && Math.abs(hit.distance() - distance) < DISTANCE_ERROR
              && hit.distance() >= last,
          request,
          answer,
          () -> hit + " is not " + row + " at " + distance + " behind " + before);
      last = hit.distance();
    }
  }

  private void require(
      boolean holds, SearchRequest request, SearchResponse answer, Supplier<String> what) {
    if (!holds) {
      throw new AssertionError(
          where
              + ", search "
              + request
              + ": "
              + what.get()
              + "\n answer "
              + answer.hits().stream().map(hit -> hit.id() + " " + hit.distance()).toList()
              + "\n "
              + answer.strategy());
    }
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }
}
