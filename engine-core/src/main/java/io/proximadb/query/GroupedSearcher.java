package io.proximadb.query;

import io.proximadb.api.GroupedRequest;
import io.proximadb.api.GroupedResponse;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.filter.PathValues;
import io.proximadb.model.CollectionSchema;
import io.proximadb.mvcc.Pin;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Answers grouped searches over one pinned state, by searches of two kinds: the nearest records of
 * values not found yet, until there are enough groups, and the nearest records of each value found.
 * Never short, however the values are distributed: each search of the first kind finds a group
 * more, if there is one.
 */
public final class GroupedSearcher {
  /**
   * Hits of the first search for each that is wanted; each further one looks so many times deeper.
   */
  private static final int DEEPER = 4;

  private final RowColumns columns;

  public GroupedSearcher(RowColumns columns) {
    this.columns = columns;
  }

  /** One search at a state, counted. */
  private final class Searches {
    private final Pin pin;
    private final SearchRequest request;
    private int count;

    Searches(Pin pin, SearchRequest request) {
      this.pin = pin;
      this.request = request;
    }

    List<SearchHit> nearest(Filter condition, int k, List<String> wanted) {
      count++;
      Filter filter = Filter.and(request.filter(), condition);
      SearchRequest search =
          new SearchRequest(
              request.vector(),
              k,
              request.field(),
              filter,
              wanted,
              request.minSequence(),
              request.clusters(),
              request.sparse(),
              request.recall(),
              request.effort(),
              request.maxDistance());
      BoundFilter bound = BoundFilter.bind(filter, pin.state().context().schema());
      return new Searcher(columns).search(pin, search, bound).hits();
    }
  }

  /**
   * The best groups of records for which the request's filter is true.
   *
   * @throws InvalidArgumentException if the request does not fit the schema
   */
  public GroupedResponse search(Pin pin, GroupedRequest request) {
    check(pin.state().context().schema(), request.column());
    Searches searches = new Searches(pin, request.search());
    Set<Value> found = groups(searches, request);
    List<String> asked = request.search().columns();
    List<String> wanted = asked == null ? columns.metadata() : asked;
    List<GroupedResponse.Group> groups = new ArrayList<>();
    for (Value value : found) {
      List<SearchHit> hits =
          searches.nearest(value.is(request.column()), request.perGroup(), wanted);
      groups.add(new GroupedResponse.Group(value.value, hits));
    }
    return new GroupedResponse(groups, searches.count);
  }

  private static void check(CollectionSchema schema, String column) {
    if (!PathValues.of(schema, column).isDiscrete()) {
      throw new InvalidArgumentException(
          "Invalid column to group by: '"
              + column
              + "' (expected one of STRING, BOOLEAN, INT, LONG, DATE or TIMESTAMP)");
    }
  }

  /** A value of the column, which may be NULL. */
  private record Value(@Nullable Object value) {
    Filter is(String column) {
      return value == null ? new Filter.IsNull(column) : Filter.equal(column, value);
    }
  }

  /** The values of the best groups in their order. */
  private static Set<Value> groups(Searches searches, GroupedRequest request) {
    String top = request.column().split("\\.", -1)[0];
    Set<Value> groups = new LinkedHashSet<>();
    int wanted = request.search().k();
    int depth = DEEPER * wanted;
    while (groups.size() < wanted) {
      depth = Math.min(SearchRequest.MAX_K, depth);
      List<SearchHit> hits =
          searches.nearest(others(groups, request.column()), depth, List.of(top));
      for (SearchHit hit : hits) {
        if (groups.size() < wanted) {
          groups.add(new Value(value(hit.fields().get(top), request.column())));
        }
      }
      if (hits.size() < depth) {
        break;
      }
      depth *= DEEPER;
    }
    return groups;
  }

  private static @Nullable Object value(@Nullable Object columnValue, String path) {
    @Nullable Object value = columnValue;
    String[] fields = path.split("\\.", -1);
    for (int i = 1; i < fields.length && value != null; i++) {
      value = ((Map<?, ?>) value).get(fields[i]);
    }
    return value;
  }

  /** True for records of values that are not among some. */
  private static Filter others(Set<Value> groups, String column) {
    if (groups.isEmpty()) {
      return Filter.alwaysTrue();
    }
    Filter isNull = new Filter.IsNull(column);
    List<Object> values =
        groups.stream().map(Value::value).filter(Objects::nonNull).map(Object.class::cast).toList();
    Filter differs = Filter.not(new Filter.In(column, Collections.unmodifiableList(values)));
    return groups.contains(new Value(null))
        ? Filter.and(Filter.not(isNull), differs)
        : Filter.or(isNull, differs);
  }
}
