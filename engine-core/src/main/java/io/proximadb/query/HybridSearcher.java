package io.proximadb.query;

import io.proximadb.api.Fusion;
import io.proximadb.api.HybridRequest;
import io.proximadb.api.HybridResponse;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchResponse;
import io.proximadb.filter.BoundFilter;
import io.proximadb.mvcc.Pin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers searches of several parts over one pinned state. */
public final class HybridSearcher {
  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.<Candidate>comparingDouble(candidate -> -candidate.score)
          .thenComparing(candidate -> candidate.id);

  private final RowColumns columns;

  public HybridSearcher(RowColumns columns) {
    this.columns = columns;
  }

  /** A record that a part has found. */
  private static final class Candidate {
    final String id;
    final HybridResponse.@Nullable Place[] places;
    double score;

    Candidate(String id, int parts) {
      this.id = id;
      this.places = new HybridResponse.@Nullable Place[parts];
    }
  }

  /**
   * The best records for which the filter is true.
   *
   * @throws io.proximadb.error.InvalidArgumentException if a part or the columns do not fit the
   *     schema
   */
  public HybridResponse search(Pin pin, HybridRequest request, BoundFilter filter) {
    List<String> asked = request.columns();
    List<String> wanted = asked == null ? columns.metadata() : columns.check(asked);
    Searcher searcher = new Searcher(columns);
    List<SearchResponse> answers = new ArrayList<>();
    Map<String, Candidate> candidates = new HashMap<>();
    int count = request.parts().size();
    for (int part = 0; part < count; part++) {
      HybridRequest.Part asks = request.parts().get(part);
      SearchResponse answer = searcher.search(pin, asks.search(request.k()), filter);
      answers.add(answer);
      add(part, asks.weight(), answer.hits(), request, candidates);
    }
    List<Candidate> best = new ArrayList<>(candidates.values());
    best.sort(BEST_FIRST);
    best = best.subList(0, Math.min(request.k(), best.size()));
    Map<String, Map<String, @Nullable Object>> fields =
        new FieldReader(columns).read(pin, best.stream().map(one -> one.id).toList(), wanted);
    List<HybridResponse.Hit> hits = new ArrayList<>(best.size());
    for (Candidate one : best) {
      hits.add(
          new HybridResponse.Hit(
              one.id,
              one.score,
              Collections.unmodifiableList(Arrays.asList(one.places)),
              fields.getOrDefault(one.id, Map.of())));
    }
    return new HybridResponse(hits, answers);
  }

  private static void add(
      int part,
      double weight,
      List<SearchHit> hits,
      HybridRequest request,
      Map<String, Candidate> candidates) {
    for (int i = 0; i < hits.size(); i++) {
      SearchHit hit = hits.get(i);
      Candidate candidate =
          candidates.computeIfAbsent(hit.id(), id -> new Candidate(id, request.parts().size()));
      candidate.places[part] = new HybridResponse.Place(i + 1, hit.distance());
      candidate.score += weight * share(i, hits, request.fusion());
    }
  }

  /** What a hit counts in its part. */
  private static double share(int place, List<SearchHit> hits, Fusion fusion) {
    if (fusion instanceof Fusion.ReciprocalRank reciprocal) {
      return 1 / (reciprocal.constant() + place + 1);
    }
    double nearest = hits.get(0).distance();
    double span = hits.get(hits.size() - 1).distance() - nearest;
    return span > 0 ? 1 - (hits.get(place).distance() - nearest) / span : 1;
  }
}
