package io.proximadb.query;

import io.proximadb.api.SearchRequest;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.index.flat.FlatSearch;
import io.proximadb.index.flat.TopK;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.HiddenRows;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentCache;
import io.proximadb.mvcc.SegmentHandle;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.mvcc.StateHolder;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.TableContext;
import io.proximadb.vector.DistanceFunction;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.iceberg.io.CloseableIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Searches files of a snapshot without an engine, for platforms that rank rows by functions of
 * their own: it gives the rows among which the k nearest are, and the platform chooses. Files and
 * their indexes stay open in this process for the next search of them, see {@link SegmentCache}.
 *
 * <p>An exact search gives a superset of what any function of SQL can choose as the k nearest,
 * those at the same distance as the k-th included; it may use indexes that are exact. For use by
 * one thread; close it.
 */
public final class SnapshotNearest implements AutoCloseable {
  /** So many rows more than k are kept at first, so that the bound rarely needs a second look. */
  private static final int MIN_SPARE = 16;

  private static final int SPARE_SHARE = 4;

  /** Growth where so many rows lie near the k-th that those kept do not reach beyond the bound. */
  private static final int GROWTH = 4;

  /**
   * What is asked for.
   *
   * @param field the dense vector field
   * @param metric how rows are compared; an index helps only if it is the field's
   * @param vector as many components as the field has; may be anything
   * @param k how many, 1 to {@value #MAX_K}
   * @param recall the share of the nearest rows that is to be found, in (0, 1]; 1 for all
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Query(String field, Metric metric, float[] vector, int k, double recall)
      implements Serializable {
    /** Upper bound of k. */
    public static final int MAX_K = 5_000;

    public Query {
      if (k < 1 || k > MAX_K) {
        throw new InvalidArgumentException("Invalid k: " + k + " (expected 1 to " + MAX_K + ")");
      }
      if (!(recall > 0 && recall <= 1)) {
        throw new InvalidArgumentException(
            "Invalid recall: " + recall + " (expected above 0, at most 1)");
      }
    }

    /** True if the kernels can compare rows with the vector, and the functions of SQL do. */
    boolean isComparable() {
      double squares = 0;
      for (float component : vector) {
        if (!Float.isFinite(component)) {
          return false;
        }
        squares += (double) component * component;
      }
      return metric != Metric.COSINE || squares > 0;
    }
  }

  /**
   * Rows to choose from.
   *
   * @param positions of each file, in the order of the files
   * @param comparedRows by their vectors, one by one
   * @param indexedRows of files that an index answered for
   */
  public record Found(List<RoaringBitmap> positions, long comparedRows, long indexedRows) {}

  private final BoundFilter filter;
  private final StateHolder holder;
  private final Pin pin;

  private SnapshotNearest(BoundFilter filter, StateHolder holder, Pin pin) {
    this.filter = filter;
    this.holder = holder;
    this.pin = pin;
  }

  /**
   * Opens files.
   *
   * @param files with the filter and the read timestamp that they all have
   */
  public static SnapshotNearest open(TableContext table, List<ScanTask> files) {
    Filter filter = files.isEmpty() ? Filter.alwaysTrue() : files.get(0).filter();
    BoundFilter bound = BoundFilter.bind(filter, table.schema());
    List<SegmentHandle> handles = new ArrayList<>();
    try {
      List<SegmentView> views = new ArrayList<>();
      for (ScanTask task : files) {
        SegmentHandle handle = SegmentCache.shared().acquire(table, task.file().dataFile());
        handles.add(handle);
        RoaringBitmap deleted = task.file().deletedPositions(table);
        deleted.or(handle.reader().rowsWithoutId());
        views.add(new SegmentView(handle, task.file(), deleted, new HiddenRows()));
      }
      StateHolder holder =
          new StateHolder(
              table.location(),
              new CollectionState(table, OptionalLong.empty(), 0, views, List.of()));
      long readMicros = files.isEmpty() ? 0 : files.get(0).readTimestampMicros();
      return new SnapshotNearest(bound, holder, new Pin(holder, holder.acquire(), 0, readMicros));
    } finally {
      handles.forEach(SegmentHandle::release);
    }
  }

  /**
   * The rows among which the nearest are.
   *
   * @throws InvalidArgumentException if the field is none, or the vector of another dimension
   */
  public Found nearest(Query query) {
    VectorField field = field(query);
    if (!query.isComparable()) {
      return all(field);
    }
    Selector selector = new Selector(query, field);
    if (query.recall() < 1) {
      return found(selector.select(query.k(), Double.POSITIVE_INFINITY).ordinals(), selector);
    }
    return exact(query, field, selector);
  }

  private VectorField field(Query query) {
    VectorField own =
        pin.state()
            .context()
            .schema()
            .vectorField(query.field())
            .orElseThrow(
                () ->
                    new InvalidArgumentException(
                        "Invalid vector field: '"
                            + query.field()
                            + "' (expected a dense vector field)"));
    if (own.dimension() != query.vector().length) {
      throw new InvalidArgumentException(
          "Invalid dimension of the query: "
              + query.vector().length
              + " (expected "
              + own.dimension()
              + ")");
    }
    return own;
  }

  private Found exact(Query query, VectorField field, Selector selector) {
    RoundingBound.Lengths lengths = RoundingBound.Lengths.NONE;
    if (RoundingBound.needsLengths(query.metric())) {
      for (SegmentView segment : pin.state().segments()) {
        lengths = lengths.and(RowLengths.of(segment.handle().reader(), field));
      }
    }
    double bound = Double.POSITIVE_INFINITY;
    long keep = query.k() + (long) Math.max(MIN_SPARE, query.k() / SPARE_SHARE);
    while (keep <= SearchRequest.MAX_K) {
      List<TopK.Candidate> best = selector.select((int) keep, bound).best();
      if (best.size() < keep) {
        return found(best.stream().mapToLong(TopK.Candidate::ordinal).toArray(), selector);
      }
      double kth = best.get(query.k() - 1).score();
      bound = RoundingBound.of(query.metric(), query.vector(), kth, lengths);
      double limit = bound;
      if (best.get(best.size() - 1).score() > limit) {
        return found(
            best.stream()
                .filter(candidate -> candidate.score() <= limit)
                .mapToLong(TopK.Candidate::ordinal)
                .toArray(),
            selector);
      }
      keep *= GROWTH;
    }
    if (bound == Double.POSITIVE_INFINITY) {
      return all(field);
    }
    int rows = (int) Math.min(Integer.MAX_VALUE - 8, Math.max(1, rowCount()));
    return found(selector.compare(rows, bound).ordinals(), selector);
  }

  private long rowCount() {
    long rows = 0;
    for (SegmentView segment : pin.state().segments()) {
      rows += segment.handle().reader().rowCount();
    }
    return rows;
  }

  private Found found(long[] ordinals, Selector selector) {
    List<RoaringBitmap> positions = new ArrayList<>();
    pin.state().segments().forEach(segment -> positions.add(new RoaringBitmap()));
    for (long ordinal : ordinals) {
      positions.get(Searcher.Sources.segment(ordinal)).add((int) ordinal);
    }
    return new Found(positions, selector.comparedRows, selector.indexedRows);
  }

  /** All rows that have a vector: nothing tells them apart beforehand. */
  private Found all(VectorField field) {
    List<RoaringBitmap> positions = new ArrayList<>();
    long rows = 0;
    for (SegmentView segment : pin.state().segments()) {
      RoaringBitmap matching = SegmentRows.matching(pin, segment, filter);
      matching.andNot(without(segment, field));
      positions.add(matching);
      rows += matching.getLongCardinality();
    }
    return new Found(positions, rows, 0);
  }

  /** The rows of a file that match and have no vector that could be compared. */
  public RoaringBitmap withoutVector(int file, String fieldName) {
    VectorField field = Searcher.field(pin.state().context().schema(), fieldName);
    SegmentView segment = pin.state().segments().get(file);
    RoaringBitmap without = without(segment, field);
    if (!without.isEmpty()) {
      without.and(SegmentRows.matching(pin, segment, filter));
    }
    return without;
  }

  private static RoaringBitmap without(SegmentView segment, VectorField field) {
    SegmentReader reader = segment.handle().reader();
    return reader.hasVectors(field.name())
        ? reader.rowsWithoutVector(field.name())
        : RoaringBitmap.bitmapOfRange(0, reader.rowCount());
  }

  /** An open file, valid until this is closed; not to be closed itself. */
  public SegmentReader reader(int file) {
    return pin.state().segments().get(file).handle().reader();
  }

  /** Reads rows of a file in the order of their positions. */
  public CloseableIterator<ColumnBatch> read(
      int file, RoaringBitmap positions, List<String> columns, int batchRows) {
    return SegmentRows.read(reader(file), positions, columns, batchRows);
  }

  /** Lets go of the files; those that are still used by others stay open. */
  @Override
  public void close() {
    pin.close();
    holder.close();
  }

  /** Compares rows with one query, by indexes of the field where there are any. */
  private final class Selector {
    private final Query query;
    private final VectorField field;
    private final DistanceFunction distance;
    private final boolean indexed;
    private long comparedRows;
    private long indexedRows;

    Selector(Query query, VectorField own) {
      this.query = query;
      this.field = own;
      this.distance = DistanceFunction.of(query.metric(), query.vector());
      this.indexed =
          own.metric() == query.metric()
              && pin.state().indexes().stream()
                  .map(IndexDefinition::field)
                  .anyMatch(own.name()::equals);
    }

    /** The nearest rows up to a score; at most {@link SearchRequest#MAX_K}. */
    TopK select(int keep, double bound) {
      if (!indexed) {
        return compare(keep, bound);
      }
      TopK top = top(keep, bound);
      FlatSearch flat = new FlatSearch(distance, top);
      SearchRequest request =
          SearchRequest.of(query.vector(), keep).by(field.name()).recall(query.recall());
      Searcher.Found found =
          new IndexedSearch(
                  pin, field, filter, request, distance, flat, top, IndexChoice.BY_TRAFFIC)
              .run();
      comparedRows += flat.rowsScored();
      indexedRows += found.coveredRows();
      return top;
    }

    /** The same row by row, for any number of rows. */
    TopK compare(int keep, double bound) {
      TopK top = top(keep, bound);
      FlatSearch flat = new FlatSearch(distance, top);
      List<SegmentView> segments = pin.state().segments();
      for (int i = 0; i < segments.size(); i++) {
        SegmentView segment = segments.get(i);
        SegmentReader reader = segment.handle().reader();
        if (!reader.hasVectors(field.name())) {
          continue;
        }
        RoaringBitmap without = reader.rowsWithoutVector(field.name());
        if (filter.isAlwaysTrue()) {
          flat.scan(
              reader.vectors(field.name()),
              Searcher.firstOrdinal(i),
              Searcher.candidates(pin, segment, without),
              segment.liveRows(pin.sequence(), pin.readMicros()));
        } else {
          RoaringBitmap matching = SegmentRows.matching(pin, segment, filter);
          matching.andNot(without);
          flat.scan(reader.vectors(field.name()), Searcher.firstOrdinal(i), matching);
        }
      }
      comparedRows += flat.rowsScored();
      return top;
    }

    private TopK top(int keep, double bound) {
      List<SegmentView> segments = pin.state().segments();
      return new TopK(
          keep,
          bound,
          ordinal ->
              segments.get(Searcher.Sources.segment(ordinal)).handle().reader().id((int) ordinal));
    }
  }
}
