package io.proximadb.spark.read;

import io.proximadb.filter.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.connector.expressions.filter.Predicate;

/**
 * Conditions that become known while a query runs, as the keys of the other side of a join. They
 * are optional: what does not convert, or would make the filter too large, is left out.
 */
final class RuntimeFilter {
  private final List<Filter> filters = new ArrayList<>();
  private int size;

  /** Adds what converts; true if that was anything. */
  boolean add(Predicate[] predicates, PredicateConverter converter) {
    boolean added = false;
    for (Predicate predicate : predicates) {
      Optional<Filter> filter = converter.convert(predicate);
      int more = filter.map(PredicateConverter::size).orElse(0);
      if (filter.isPresent() && size + more <= Filter.MAX_SIZE / 2) {
        filters.add(filter.get());
        size += more;
        added = true;
      }
    }
    return added;
  }

  /** A filter and these conditions. */
  Filter and(Filter filter) {
    if (filters.isEmpty() || size + PredicateConverter.size(filter) >= Filter.MAX_SIZE) {
      return filter;
    }
    List<Filter> all = new ArrayList<>(filters);
    all.add(filter);
    return new Filter.And(all);
  }
}
