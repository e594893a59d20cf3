package io.proximadb.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer to a {@link GroupedRequest}. There are always as many groups as live matching records
 * have values, and as many hits in each as it has records, up to what was asked for.
 *
 * @param groups ordered by their best hits
 * @param searches how many searches at the one snapshot it took
 */
public record GroupedResponse(List<Group> groups, int searches) {
  /**
   * The best records with one value.
   *
   * @param value of the column; null for the records without one
   * @param hits best first, at least one
   */
  public record Group(@Nullable Object value, List<SearchHit> hits) {
    public Group {
      hits = List.copyOf(hits);
    }
  }

  public GroupedResponse {
    groups = List.copyOf(groups);
  }
}
