package io.proximadb.api;

import io.proximadb.error.InvalidArgumentException;

/**
 * A search whose hits are grouped by the value of a column: the best groups, by their best hits,
 * and the best hits of each. Rows where the column is NULL are one group.
 *
 * @param search what to search for; its {@code k} is the number of groups, at most {@value
 *     #MAX_GROUPS}
 * @param column a metadata column of STRING, BOOLEAN, INT, LONG, DATE or TIMESTAMP, or such a field
 *     of a struct
 * @param perGroup most hits of a group, 1 to {@value #MAX_PER_GROUP}
 */
public record GroupedRequest(SearchRequest search, String column, int perGroup) {
  /** Most groups of an answer: each may take a search of its own. */
  public static final int MAX_GROUPS = 100;

  /** Most hits of one group: answers are held in memory whole. */
  public static final int MAX_PER_GROUP = 1_000;

  public GroupedRequest {
    if (search.k() > MAX_GROUPS) {
      throw new InvalidArgumentException(
          "Invalid number of groups: " + search.k() + " (expected 1 to " + MAX_GROUPS + ")");
    }
    if (perGroup < 1 || perGroup > MAX_PER_GROUP) {
      throw new InvalidArgumentException(
          "Invalid number of hits of a group: "
              + perGroup
              + " (expected 1 to "
              + MAX_PER_GROUP
              + ")");
    }
  }
}
