package io.proximadb.bench.storage;

import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What searches of some clusters find of what exact ones find, and what they compare for it. */
final class Recall {
  static final int K = 10;

  private final VectorSet queries;
  private final List<Set<String>> expected = new ArrayList<>();

  /** Takes exact answers as the truth. */
  Recall(BenchCollection bench, VectorSet queries) {
    this.queries = queries;
    for (int i = 0; i < queries.count(); i++) {
      expected.add(bench.search(SearchRequest.of(queries.row(i), K)));
    }
  }

  /**
   * A measurement.
   *
   * @param recall in [0, 1]
   * @param share of all rows that were compared
   */
  record Result(double recall, double share) {
    double perShare() {
      return recall / share;
    }
  }

  /** Searches that many clusters with every query. */
  Result measure(BenchCollection bench, int clusters) {
    double found = 0;
    double scanned = 0;
    for (int i = 0; i < queries.count(); i++) {
      SearchResponse response =
          bench.collection().search(SearchRequest.of(queries.row(i), K).clusters(clusters));
      found += hits(i, response);
      scanned += response.rowsScannedExactly();
    }
    double rows = bench.collection().describe().dataRows();
    return new Result(found / (K * queries.count()), scanned / queries.count() / rows);
  }

  /** How many of a query's true neighbours an answer has. */
  int hits(int query, SearchResponse response) {
    Set<String> ids = new HashSet<>();
    response.hits().forEach(hit -> ids.add(hit.id()));
    ids.retainAll(expected.get(query));
    return ids.size();
  }

  VectorSet queries() {
    return queries;
  }
}
