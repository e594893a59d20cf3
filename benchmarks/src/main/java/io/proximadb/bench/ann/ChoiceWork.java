package io.proximadb.bench.ann;

import io.proximadb.api.Collection;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.IndexDefinition;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is searched for, and how.
 *
 * @param name of it
 * @param recall asked for
 * @param passing share of the rows that a filter lets pass
 * @param writesPerSearch rows written for each search
 * @param together true if all queries are asked in one call
 */
record ChoiceWork(
    String name, double recall, double passing, double writesPerSearch, boolean together) {
  private static final int PASSES = 5;

  /** A row's part of an index is built that often until its file is merged no more. */
  private static final double BUILDS_OF_A_ROW = 4;

  /** Searches until nothing is decided any more; most are there to be sampled. */
  private static final int MAX_SEARCHES = 1_000_000;

  /** Searches between two looks whether there is something to decide. */
  private static final int SEARCHES_A_STEP = 20;

  /** Of an index that is made to be measured. */
  private static final String MEASURED = "measured";

  /**
   * What a strategy costs and finds.
   *
   * @param micros of a search, processor time
   * @param recall of its answers, mean
   * @param buildMicros of its index, processor time; 0 without one
   */
  record Measure(double micros, double recall, double buildMicros) {
    Measure builtIn(double other) {
      return new Measure(micros, recall, other);
    }

    /** Processor time of a search and of what building it has to bear. */
    double cost(ChoiceWork work, int rows) {
      return micros + work.writesPerSearch() * BUILDS_OF_A_ROW * buildMicros / rows;
    }
  }

  private List<SearchRequest> requests(ChoiceRows rows) {
    Filter filter =
        passing == 1
            ? Filter.alwaysTrue()
            : FilterJson.parse(
                "{\""
                    + ChoiceRows.PART
                    + "\": {\"$lt\": "
                    + (int) (passing * ChoiceRows.PARTS)
                    + "}}");
    return rows.requests(filter, recall);
  }

  /** Searches and writes as the workload says until nothing is left to be decided. */
  void settle(ChoiceRows rows) {
    List<SearchRequest> requests = requests(rows);
    double owed = 0;
    int asked = 0;
    for (int step = 0; asked < MAX_SEARCHES; step++) {
      if (together) {
        asked += rows.collection().search(requests).size();
      } else {
        rows.collection().search(requests.get(step % requests.size()));
        asked++;
      }
      owed += writesPerSearch;
      if (owed >= 1 && step < requests.size()) {
        rows.write(0, (int) owed);
        owed -= (int) owed;
      }
      if (!together && step % SEARCHES_A_STEP > 0) {
        continue;
      }
      if (isMoving(rows, "")) {
        if (isMoving(rows, "BUILD")) {
          rows.collection().optimize();
        }
        rows.collection().axisControl().step();
      } else if (asked > requests.size() && rows.collection().axisControl().step().isEmpty()) {
        return;
      }
    }
    throw new IllegalStateException(
        "Not settled: " + rows.collection().axis().fields() + ", " + this);
  }

  /** True if a migration is under way, in a phase if one is named. */
  private static boolean isMoving(ChoiceRows rows, String phase) {
    return rows.collection().axis().fields().stream()
        .anyMatch(
            field -> {
              var migration = field.migration();
              return migration != null && (phase.isEmpty() || migration.phase().equals(phase));
            });
  }

  /** Measures what serves. */
  Measure measure(ChoiceRows rows) {
    List<SearchRequest> requests = requests(rows);
    double found = 0;
    for (SearchRequest request : requests) {
      found += recall(rows.collection(), request);
    }
    double[] passes = new double[PASSES];
    for (int pass = 0; pass < PASSES; pass++) {
      long start = cpuNanos();
      double sink = search(rows.collection(), requests);
      passes[pass] = (cpuNanos() - start) / 1e3 / requests.size();
      assert !Double.isNaN(sink);
    }
    Arrays.sort(passes);
    return new Measure(passes[PASSES / 2], found / requests.size(), 0);
  }

  /** Measures a strategy by an index that is made for it, and dropped. */
  Measure measure(ChoiceRows rows, Strategy strategy) {
    IndexDefinition index = strategy.definition(MEASURED, rows.field());
    if (index == null) {
      return measure(rows);
    }
    // Another seed: a file that AXIS had made would be taken as it is, and cost nothing.
    IndexDefinition anew = strategy.type().equals("sparse") ? index : index.with("seed", "2");
    long start = cpuNanos();
    rows.collection().createIndex(anew);
    rows.collection().optimize();
    double buildMicros = (cpuNanos() - start) / 1e3;
    Measure measured = measure(rows);
    rows.collection().dropIndex(MEASURED);
    return measured.builtIn(buildMicros);
  }

  private double search(Collection collection, List<SearchRequest> requests) {
    double sum = 0;
    if (together) {
      for (SearchResponse answer : collection.search(requests)) {
        sum += answer.hits().size();
      }
      return sum;
    }
    for (SearchRequest request : requests) {
      sum += collection.search(request).hits().size();
    }
    return sum;
  }

  private static double recall(Collection collection, SearchRequest request) {
    List<SearchHit> nearest = collection.search(request.exactly()).hits();
    if (nearest.isEmpty()) {
      return 1;
    }
    double limit = nearest.get(nearest.size() - 1).distance();
    long hits =
        collection.search(request).hits().stream().filter(hit -> hit.distance() <= limit).count();
    return Math.min(1, (double) hits / nearest.size());
  }

  /** How AXIS has the field searched. */
  static String strategy(ChoiceRows rows) {
    @Nullable String serving =
        rows.collection().axis().fields().stream()
            .filter(field -> field.field().equals(rows.field()))
            .findFirst()
            .map(field -> field.strategy())
            .orElse(null);
    return serving == null ? Strategy.EXACT.name() : serving;
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
