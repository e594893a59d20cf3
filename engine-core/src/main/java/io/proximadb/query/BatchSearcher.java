package io.proximadb.query;

import io.proximadb.api.Collection;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.index.VectorIndex;
import io.proximadb.index.flat.BatchSearch;
import io.proximadb.index.flat.TopK;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import io.proximadb.mvcc.LoadedIndex;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.SegmentReader;
import io.proximadb.vector.DistanceFunction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Answers many searches over one pinned state. Those that compare every row, by the same field and
 * filter, are compared together, so that rows are read once; answers are those of {@link Searcher},
 * bit for bit. All others are answered one by one.
 */
public final class BatchSearcher {
  /** Searches of one field among the rows of one filter. */
  private record Group(VectorField field, Filter filter) {}

  /** Floats of the queries compared at once: 64 MiB, of 768 dimensions 21,000 queries. */
  private static final int MAX_QUERY_FLOATS = 1 << 24;

  private final Searcher searcher;

  public BatchSearcher(RowColumns columns) {
    this.searcher = new Searcher(columns);
  }

  /**
   * The sequence that the state must have reached for all requests.
   *
   * @throws InvalidArgumentException if there are too many of them, or they ask for too many hits
   */
  public static long check(List<SearchRequest> requests) {
    long hits = 0;
    long sequence = 0;
    for (SearchRequest request : requests) {
      hits += request.k();
      sequence = Math.max(sequence, request.minSequence());
    }
    if (requests.size() > Collection.MAX_BATCH_REQUESTS || hits > Collection.MAX_BATCH_HITS) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid batch: %d searches for %d hits (expected at most %d for %d: ask in parts)",
              requests.size(),
              hits,
              Collection.MAX_BATCH_REQUESTS,
              Collection.MAX_BATCH_HITS));
    }
    return sequence;
  }

  /**
   * The answers in the order of the requests.
   *
   * @throws InvalidArgumentException if field, vector, filter or columns of a request do not fit
   *     the schema
   */
  public List<SearchResponse> search(Pin pin, List<SearchRequest> asked) {
    List<SearchRequest> requests =
        asked.stream()
            .map(request -> request.withUsualRecall(pin.state().goals().recall()))
            .toList();
    CollectionSchema schema = pin.state().context().schema();
    Map<Group, List<Integer>> groups = new LinkedHashMap<>();
    @Nullable SearchResponse[] answers = new SearchResponse[requests.size()];
    for (int i = 0; i < requests.size(); i++) {
      SearchRequest request = requests.get(i);
      VectorField field = Searcher.field(schema, request.field());
      Searcher.checkQuery(field, request);
      searcher.wanted(request);
      groups.computeIfAbsent(new Group(field, request.filter()), key -> new ArrayList<>()).add(i);
    }
    groups.forEach(
        (group, members) -> {
          BoundFilter filter = BoundFilter.bind(group.filter(), schema);
          List<Integer> together = new ArrayList<>();
          for (int member : members) {
            if (isCompared(pin, schema, group.field(), requests.get(member))) {
              together.add(member);
            } else {
              answers[member] = searcher.search(pin, requests.get(member), filter);
            }
          }
          int part = Math.max(1, MAX_QUERY_FLOATS / group.field().dimension());
          for (int from = 0; from < together.size(); from += part) {
            List<Integer> some = together.subList(from, Math.min(together.size(), from + part));
            compare(pin, group.field(), filter, requests, some, answers);
          }
        });
    List<SearchResponse> inOrder = new ArrayList<>();
    for (SearchResponse answer : answers) {
      assert answer != null;
      inOrder.add(answer);
    }
    return inOrder;
  }

  /** True if a search looks at every row by itself: nothing else can answer it. */
  private static boolean isCompared(
      Pin pin, CollectionSchema schema, VectorField field, SearchRequest request) {
    if (field.isSparse()
        || (request.clusters() != SearchRequest.EXACT
            && field.equals(schema.defaultVectorField()))) {
      return false;
    }
    for (IndexDefinition definition : pin.state().indexes()) {
      if (definition.field().equals(field.name())
          && (request.recall() < 1 || answersExactly(pin, definition))) {
        return false;
      }
    }
    return true;
  }

  private static boolean answersExactly(Pin pin, IndexDefinition definition) {
    for (SegmentView segment : pin.state().segments()) {
      LoadedIndex loaded = segment.handle().index(pin.state().context(), definition).index();
      if (loaded != null && loaded.index() instanceof VectorIndex index && index.isExact()) {
        return true;
      }
    }
    return false;
  }

  private void compare(
      Pin pin,
      VectorField field,
      BoundFilter filter,
      List<SearchRequest> requests,
      List<Integer> members,
      @Nullable SearchResponse[] answers) {
    List<Row> unflushed = searcher.unflushed(pin, filter);
    Searcher.Sources sources = new Searcher.Sources(pin.state().segments(), unflushed);
    List<DistanceFunction> distances = new ArrayList<>();
    List<TopK> tops = new ArrayList<>();
    for (int member : members) {
      SearchRequest request = requests.get(member);
      DistanceFunction distance = DistanceFunction.of(field.metric(), request.vector());
      distances.add(distance);
      tops.add(new TopK(request.k(), distance.scoreWithin(request.maxDistance()), sources::id));
    }
    BatchSearch search = new BatchSearch(distances, tops);
    int ordinal = pin.state().context().schema().vectorFields().indexOf(field);
    for (int i = 0; i < unflushed.size(); i++) {
      float[] vector = unflushed.get(i).vectors()[ordinal];
      if (vector != null) {
        search.add(vector, i);
      }
    }
    search.flush();
    List<SegmentView> segments = pin.state().segments();
    for (int i = 0; i < segments.size(); i++) {
      scan(pin, segments.get(i), Searcher.firstOrdinal(i), field, filter, search);
    }
    Searcher.Found found = found(pin, field, filter, members.size());
    for (int i = 0; i < members.size(); i++) {
      answers[members.get(i)] =
          searcher.response(
              pin,
              requests.get(members.get(i)),
              tops.get(i),
              sources,
              distances.get(i)::distance,
              search.rowsScored(),
              found);
    }
  }

  private static Searcher.Found found(Pin pin, VectorField field, BoundFilter filter, int queries) {
    return new Searcher.Found(
        OptionalDouble.of(1),
        (filter.isAlwaysTrue()
                ? "exact: no index, every live row compared"
                : "exact: no index, every live row that passes the filter compared")
            + (queries == 1 ? "" : " with " + queries + " queries at once")
            + LeftOut.of(pin, field).words(field));
  }

  private static void scan(
      Pin pin,
      SegmentView segment,
      long firstOrdinal,
      VectorField field,
      BoundFilter filter,
      BatchSearch search) {
    SegmentReader reader = segment.handle().reader();
    if (!reader.hasVectors(field.name())) {
      return;
    }
    RoaringBitmap without = reader.rowsWithoutVector(field.name());
    if (filter.isAlwaysTrue()) {
      IntPredicate live = Searcher.candidates(pin, segment, without);
      search.scan(reader.vectors(field.name()), firstOrdinal, live);
      return;
    }
    RoaringBitmap matching = SegmentRows.matching(pin, segment, filter);
    matching.andNot(without);
    if (!matching.isEmpty()) {
      search.scan(reader.vectors(field.name()), firstOrdinal, matching);
    }
  }
}
