package io.proximadb.query;

import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.index.flat.FlatSearch;
import io.proximadb.index.flat.SparseSearch;
import io.proximadb.index.flat.TopK;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.Row;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.vector.DistanceFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Answers searches over a pinned state: unflushed rows and every file, row by row, or the files'
 * nearest clusters only.
 */
public final class Searcher {
  private final RowColumns columns;
  private final IndexChoice choice;

  public Searcher(RowColumns columns) {
    this(columns, IndexChoice.BY_TRAFFIC);
  }

  /** The same with a choice of its own of indexes. */
  public Searcher(RowColumns columns, IndexChoice choice) {
    this.columns = columns;
    this.choice = choice;
  }

  /**
   * The nearest live rows for which the filter is true.
   *
   * @throws InvalidArgumentException if field, vector or columns do not fit the schema
   */
  public SearchResponse search(Pin pin, SearchRequest request, BoundFilter filter) {
    return answer(pin, request, filter).response();
  }

  /**
   * An answer, and the index that gave most of it, if one did.
   *
   * @param index null if rows were compared one by one, or by clusters
   * @param exact true if no row can have been missed
   */
  public record Answer(SearchResponse response, @Nullable IndexDefinition index, boolean exact) {}

  /** The same as {@link #search}, with the index that was used. */
  public Answer answer(Pin pin, SearchRequest asked, BoundFilter filter) {
    SearchRequest request = asked.withUsualRecall(pin.state().goals().recall());
    CollectionSchema schema = pin.state().context().schema();
    VectorField field = field(schema, request.field());
    checkQuery(field, request);
    wanted(request);
    List<Row> unflushed = unflushed(pin, filter);
    Sources sources = new Sources(pin.state().segments(), unflushed);
    SparseVector sparse = request.sparse();
    if (sparse != null) {
      TopK top = new TopK(request.k(), request.maxDistance(), sources::id);
      SparseSearch search = new SparseSearch(field, sparse, top);
      SparseScan scan = new SparseScan(pin, field, filter, search, choice, sparse);
      scan.rows(unflushed);
      for (int i = 0; i < pin.state().segments().size(); i++) {
        scan.segment(pin.state().segments().get(i), firstOrdinal(i));
      }
      Found found = scan.found();
      return new Answer(
          response(pin, request, top, sources, score -> score, scan.comparedRows(), found),
          found.index(),
          found.exact());
    }
    DistanceFunction distance = DistanceFunction.of(field.metric(), request.vector());
    double limit = distance.scoreWithin(request.maxDistance());
    TopK top = new TopK(request.k(), limit, sources::id);
    FlatSearch search = new FlatSearch(distance, top);
    int ordinal = schema.vectorFields().indexOf(field);
    for (int i = 0; i < unflushed.size(); i++) {
      float[] vector = unflushed.get(i).vectors()[ordinal];
      if (vector != null) {
        search.add(vector, i);
      }
    }
    search.flushGathered();
    boolean clustered =
        request.clusters() != SearchRequest.EXACT && field.equals(schema.defaultVectorField());
    Found found =
        clustered
            ? new ClusteredSearch(pin, field, filter, search, top)
                .search(request.vector(), request.clusters())
            : new IndexedSearch(pin, field, filter, request, distance, search, top, choice).run();
    return new Answer(
        response(pin, request, top, sources, distance::distance, search.rowsScored(), found),
        found.index(),
        found.exact());
  }

  /**
   * The columns of an answer.
   *
   * @throws InvalidArgumentException if there is none of a name
   */
  List<String> wanted(SearchRequest request) {
    List<String> asked = request.columns();
    return asked == null ? columns.metadata() : columns.check(asked);
  }

  /** Makes an answer of what was selected. */
  SearchResponse response(
      Pin pin,
      SearchRequest request,
      TopK top,
      Sources sources,
      DoubleUnaryOperator distance,
      long rowsScored,
      Found found) {
    List<String> wanted = wanted(request);
    sources.prefetch(top.ordinals(), wanted);
    List<SearchHit> hits = hits(top.best(), sources, distance, wanted);
    boolean cut = request.maxDistance() < Double.POSITIVE_INFINITY && hits.size() == request.k();
    return new SearchResponse(
        hits,
        pin.state().snapshotId(),
        pin.sequence(),
        rowsScored,
        found.coveredRows(),
        found.recall(),
        found.strategy()
            + (cut ? "; there may be more than k rows within " + request.maxDistance() : ""));
  }

  static void checkQuery(VectorField field, SearchRequest request) {
    if (field.isSparse() != (request.sparse() != null)) {
      throw new InvalidArgumentException(
          "Invalid query: it is "
              + (request.sparse() != null ? "sparse" : "dense")
              + " and vector field '"
              + field.name()
              + "' is "
              + (field.isSparse() ? "sparse" : "dense")
              + " (give a query of its kind, or name another field)");
    }
    if (field.isSparse()) {
      RecordValidator.checkSparse(field, request.sparse(), "query");
    } else {
      RecordValidator.checkVector(field, request.vector(), "query");
    }
  }

  /**
   * How rows were found.
   *
   * @param recall if it is known
   * @param strategy in words
   * @param coveredRows how many by an index
   * @param index which one, or null
   * @param exact true if none can have been missed
   */
  record Found(
      OptionalDouble recall,
      String strategy,
      long coveredRows,
      @Nullable IndexDefinition index,
      boolean exact) {
    /** Without an index; exact if the recall is known, which it then is. */
    Found(OptionalDouble recall, String strategy) {
      this(recall, strategy, 0, null, recall.isPresent());
    }
  }

  /** The ordinal of row 0 of a segment. */
  static long firstOrdinal(int segment) {
    return (segment + 1L) << 32;
  }

  static VectorField field(CollectionSchema schema, @Nullable String name) {
    if (name == null) {
      return schema.defaultVectorField();
    }
    return schema
        .vectorField(name)
        .or(() -> schema.sparseField(name))
        .orElseThrow(
            () ->
                new InvalidArgumentException(
                    "Invalid vector field: '"
                        + name
                        + "' (expected one of "
                        + schema.allVectorFields().stream().map(VectorField::name).toList()
                        + ")"));
  }

  /** The unflushed rows that pass a filter. */
  List<Row> unflushed(Pin pin, BoundFilter filter) {
    List<Row> rows = new ArrayList<>();
    Iterator<Row> all = StateScan.UnflushedRows.inAnyOrder(pin, columns, filter);
    all.forEachRemaining(rows::add);
    return rows;
  }

  /**
   * Which rows of a file may be in an answer as far as the filter lets them.
   *
   * @param without those that have no vector of the field
   */
  static IntPredicate candidates(Pin pin, SegmentView segment, RoaringBitmap without) {
    IntPredicate live = segment.liveAt(pin.sequence(), pin.readMicros());
    return without.isEmpty()
        ? live
        : position -> !without.contains(position) && live.test(position);
  }

  private List<SearchHit> hits(
      List<TopK.Candidate> best,
      Sources sources,
      DoubleUnaryOperator distance,
      List<String> wanted) {
    Map<Long, Map<String, @Nullable Object>> fields = new LinkedHashMap<>();
    Map<Integer, TreeMap<Integer, Long>> bySegment = new LinkedHashMap<>();
    for (TopK.Candidate candidate : best) {
      int segment = Sources.segment(candidate.ordinal());
      if (segment < 0) {
        Row row = sources.row(candidate.ordinal());
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        wanted.forEach(name -> values.put(name, columns.value(row, name)));
        fields.put(candidate.ordinal(), values);
      } else {
        bySegment
            .computeIfAbsent(segment, key -> new TreeMap<>())
            .put((int) candidate.ordinal(), candidate.ordinal());
      }
    }
    bySegment.forEach((segment, rows) -> readFields(sources, segment, rows, wanted, fields));
    List<SearchHit> hits = new ArrayList<>(best.size());
    for (TopK.Candidate candidate : best) {
      hits.add(
          new SearchHit(
              candidate.id(),
              distance.applyAsDouble(candidate.score()),
              fields.getOrDefault(candidate.ordinal(), Map.of())));
    }
    return hits;
  }

  private static void readFields(
      Sources sources,
      int segment,
      TreeMap<Integer, Long> rows,
      List<String> wanted,
      Map<Long, Map<String, @Nullable Object>> fields) {
    int[] positions = rows.keySet().stream().mapToInt(Integer::intValue).toArray();
    ColumnBatch batch = sources.segment(segment).handle().reader().rows(positions, wanted);
    int i = 0;
    for (long ordinal : rows.values()) {
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      for (String name : wanted) {
        values.put(name, batch.column(name).value(i));
      }
      fields.put(ordinal, values);
      i++;
    }
  }

  /**
   * Where candidates come from: ordinals below 2^32 are unflushed rows, the others are {@code
   * (segment + 1) * 2^32 + position}.
   */
  record Sources(List<SegmentView> segments, List<Row> unflushed) {
    static int segment(long ordinal) {
      return (int) (ordinal >>> 32) - 1;
    }

    SegmentView segment(int index) {
      return segments.get(index);
    }

    Row row(long ordinal) {
      return unflushed.get((int) ordinal);
    }

    /** Has ids and columns of rows fetched, those of all files at the same time. */
    void prefetch(long[] ordinals, List<String> columns) {
      Arrays.sort(ordinals);
      for (int from = 0; from < ordinals.length; ) {
        int segment = segment(ordinals[from]);
        int to = from;
        while (to < ordinals.length && segment(ordinals[to]) == segment) {
          to++;
        }
        if (segment >= 0) {
          int[] positions =
              Arrays.stream(ordinals, from, to).mapToInt(ordinal -> (int) ordinal).toArray();
          segments.get(segment).handle().reader().prefetch(positions, columns);
        }
        from = to;
      }
    }

    String id(long ordinal) {
      int segment = segment(ordinal);
      return segment < 0
          ? row(ordinal).id()
          : segments.get(segment).handle().reader().id((int) ordinal);
    }
  }
}
