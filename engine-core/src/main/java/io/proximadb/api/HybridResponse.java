package io.proximadb.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer to a {@link HybridRequest}. There are always as many hits as there are live matching
 * records that have a vector of one of the parts' fields, and k at most; ordered by score, then id.
 *
 * @param hits best first
 * @param parts what the answer to each part rests on, in their order; their hits have no columns
 */
public record HybridResponse(List<Hit> hits, List<SearchResponse> parts) {
  /**
   * One record.
   *
   * @param id its id
   * @param score fused; descending, greatest is best
   * @param places where each part has it among its candidates, null for a part that has not
   * @param fields the columns asked for
   */
  public record Hit(
      String id,
      double score,
      List<@Nullable Place> places,
      Map<String, @Nullable Object> fields) {}

  /**
   * Where a part has a record.
   *
   * @param rank from 1
   * @param distance by the field's metric
   */
  public record Place(int rank, double distance) {}

  public HybridResponse {
    hits = List.copyOf(hits);
    parts = List.copyOf(parts);
  }
}
