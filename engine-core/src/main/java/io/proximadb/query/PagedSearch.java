package io.proximadb.query;

import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.mvcc.Pin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The first k hits of an exact search over one pinned state, part by part. Searches as deep as was
 * asked for so far and somewhat deeper; since an exact ranking is one of distance and id, a deeper
 * search begins with the same hits. For one thread at a time.
 */
public final class PagedSearch {
  /** A search that was not deep enough is followed by one so many times as deep. */
  private static final int DEEPER = 4;

  /** Hits of the first search, enough for a page or some. */
  private static final int FIRST_DEPTH = 100;

  private final Pin pin;
  private final RowColumns columns;
  private final SearchRequest request;
  private final BoundFilter filter;
  private final List<String> wanted;

  /** The hits from the first on, without columns. */
  private List<SearchHit> ranking = List.of();

  private int depth;
  private int given;

  /**
   * Begins before the first hit.
   *
   * @throws InvalidArgumentException if the request does not fit the schema
   */
  public PagedSearch(Pin pin, RowColumns columns, SearchRequest request) {
    this.pin = pin;
    this.columns = columns;
    this.request = request;
    this.filter = BoundFilter.bind(request.filter(), pin.state().context().schema());
    List<String> asked = request.columns();
    this.wanted = asked == null ? columns.metadata() : columns.check(asked);
    search(Math.min(request.k(), FIRST_DEPTH));
  }

  private void search(int k) {
    SearchRequest exact =
        new SearchRequest(
            request.vector(),
            k,
            request.field(),
            request.filter(),
            List.of(),
            request.minSequence(),
            SearchRequest.EXACT,
            request.sparse(),
            1,
            0,
            request.maxDistance());
    ranking = new Searcher(columns).search(pin, exact, filter).hits();
    depth = k;
  }

  /** The next hits; fewer than asked for at the end, and none after it. */
  public List<SearchHit> next(int size) {
    if (size < 1 || size > SearchRequest.MAX_K) {
      throw new InvalidArgumentException(
          "Invalid size of a page: " + size + " (expected 1 to " + SearchRequest.MAX_K + ")");
    }
    int end = Math.min(request.k(), given + size);
    if (end > depth && ranking.size() == depth) {
      search(Math.min(request.k(), Math.max(end, DEEPER * depth)));
    }
    List<SearchHit> page = ranking.subList(given, Math.max(given, Math.min(end, ranking.size())));
    Map<String, Map<String, @Nullable Object>> fields =
        new FieldReader(columns).read(pin, page.stream().map(SearchHit::id).toList(), wanted);
    List<SearchHit> hits = new ArrayList<>(page.size());
    for (SearchHit hit : page) {
      hits.add(new SearchHit(hit.id(), hit.distance(), fields.getOrDefault(hit.id(), Map.of())));
    }
    // A page that could not be read is the next one again.
    given += page.size();
    return hits;
  }
}
