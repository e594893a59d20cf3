package io.proximadb.flink.search;

import io.proximadb.api.SearchRequest;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the {@code MAP} of a {@code VECTOR_SEARCH} asks for.
 *
 * @param filter which rows, as JSON
 * @param exact true for the true answer
 * @param recall the share of it that will do, 0 for the collection's
 * @param effort rows that an index keeps while it looks, 0 for what the recall needs
 */
public record SearchOptions(Filter filter, boolean exact, double recall, int effort)
    implements Serializable {
  private static final String FILTER = "filter";
  private static final String MODE = "mode";
  private static final String RECALL = "recall";
  private static final String EF = "ef";

  /** Keys that Flink itself takes. */
  private static final Set<String> OF_FLINK =
      Set.of("async", "output-mode", "max-concurrent-operations", "timeout");

  /**
   * Reads the options.
   *
   * @throws InvalidArgumentException if one is unknown, or has no valid value
   */
  public static SearchOptions parse(Map<String, String> options) {
    Set<String> unknown = new TreeSet<>(options.keySet());
    unknown.removeAll(Set.of(FILTER, MODE, RECALL, EF));
    unknown.removeAll(OF_FLINK);
    if (!unknown.isEmpty()) {
      throw new InvalidArgumentException(
          "Invalid options of VECTOR_SEARCH: "
              + unknown
              + " (expected filter, mode, recall, ef, or Flink's "
              + new TreeSet<>(OF_FLINK)
              + ")");
    }
    String filter = options.get(FILTER);
    String mode = options.getOrDefault(MODE, "approx");
    if (!mode.equalsIgnoreCase("exact") && !mode.equalsIgnoreCase("approx")) {
      throw new InvalidArgumentException(
          "Invalid mode of VECTOR_SEARCH: '" + mode + "' (expected exact or approx)");
    }
    boolean exact = mode.equalsIgnoreCase("exact");
    if (exact && (options.containsKey(RECALL) || options.containsKey(EF))) {
      throw new InvalidArgumentException(
          "Invalid options of VECTOR_SEARCH: mode 'exact' together with recall or ef (expected one"
              + " of them)");
    }
    return new SearchOptions(
        filter == null ? Filter.alwaysTrue() : FilterJson.parse(filter),
        exact,
        recall(options.get(RECALL)),
        effort(options.get(EF)));
  }

  private static double recall(@org.jspecify.annotations.Nullable String text) {
    if (text == null) {
      return SearchRequest.USUAL_RECALL;
    }
    double recall;
    try {
      recall = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      recall = Double.NaN;
    }
    if (!(recall > 0 && recall <= 1)) {
      throw new InvalidArgumentException(
          "Invalid recall of VECTOR_SEARCH: '" + text + "' (expected a number above 0, at most 1)");
    }
    return recall;
  }

  private static int effort(@org.jspecify.annotations.Nullable String text) {
    if (text == null) {
      return 0;
    }
    int effort;
    try {
      effort = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      effort = 0;
    }
    if (effort < 1 || effort > SearchRequest.MAX_EFFORT) {
      throw new InvalidArgumentException(
          "Invalid ef of VECTOR_SEARCH: '"
              + text
              + "' (expected 1 to "
              + SearchRequest.MAX_EFFORT
              + ")");
    }
    return effort;
  }

  /** The request of one query. */
  SearchRequest request(float[] query, int k, String field, Filter also, List<String> columns) {
    List<Filter> filters = new ArrayList<>(List.of(filter, also));
    SearchRequest request =
        SearchRequest.of(query, k).by(field).where(new Filter.And(filters)).returning(columns);
    if (exact) {
      return request.exactly();
    }
    if (recall != SearchRequest.USUAL_RECALL) {
      request = request.recall(recall);
    }
    return effort == 0 ? request : request.effort(effort);
  }
}
