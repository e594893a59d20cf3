package io.proximadb.query;

import io.proximadb.api.SearchRequest;
import io.proximadb.filter.BoundFilter;
import io.proximadb.index.IndexAnswer;
import io.proximadb.index.IndexQuery;
import io.proximadb.index.VectorIndex;
import io.proximadb.index.flat.FlatSearch;
import io.proximadb.index.flat.TopK;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.VectorField;
import io.proximadb.mvcc.LoadedIndex;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentIndexes;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.DistanceFunction;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Searches the files of a state by a dense vector: by an index where one can answer, else row by
 * row. Never short: where an index gives fewer rows than there are, all of its file are compared.
 * For one query.
 */
final class IndexedSearch {
  /**
   * So few rows that may be in the answer are compared one by one, and as many again for each row
   * of the answer: an index would read the vectors of a good part of them anyway.
   */
  private static final int FEW_ROWS = 256;

  private static final int FEW_ROWS_A_HIT = 4;

  private final Pin pin;
  private final VectorField field;
  private final BoundFilter filter;
  private final SearchRequest request;
  private final DistanceFunction distance;
  private final FlatSearch flat;
  private final TopK top;
  private final List<IndexDefinition> definitions;
  private final SearchSummary summary = new SearchSummary();

  IndexedSearch(
      Pin pin,
      VectorField field,
      BoundFilter filter,
      SearchRequest request,
      DistanceFunction distance,
      FlatSearch flat,
      TopK top,
      IndexChoice choice) {
    this.pin = pin;
    this.field = field;
    this.filter = filter;
    this.request = request;
    this.distance = distance;
    this.flat = flat;
    this.top = top;
    this.definitions = choice.of(pin.state(), field.name(), Arrays.hashCode(request.vector()));
  }

  /** Searches all files; unflushed rows were offered before. */
  Searcher.Found run() {
    List<SegmentView> segments = pin.state().segments();
    for (int i = 0; i < segments.size(); i++) {
      search(segments.get(i), Searcher.firstOrdinal(i));
    }
    return summary.found(filter, LeftOut.of(pin, field).words(field));
  }

  private void search(SegmentView segment, long firstOrdinal) {
    SegmentReader reader = segment.handle().reader();
    if (!reader.hasVectors(field.name())) {
      return;
    }
    RoaringBitmap without = reader.rowsWithoutVector(field.name());
    IntPredicate live = Searcher.candidates(pin, segment, without);
    RoaringBitmap matching = null;
    long rows;
    if (filter.isAlwaysTrue()) {
      IntPredicate shown = segment.liveAt(pin.sequence(), pin.readMicros());
      rows = segment.liveRows(pin.sequence(), pin.readMicros());
      rows -= without.isEmpty() ? 0 : without.stream().filter(shown).count();
    } else {
      matching = SegmentRows.matching(pin, segment, filter);
      matching.andNot(without);
      rows = matching.getLongCardinality();
    }
    if (rows == 0) {
      return;
    }
    if (definitions.isEmpty() || !answered(segment, firstOrdinal, live, matching, rows)) {
      summary.compared(rows);
      if (matching == null) {
        flat.scan(reader.vectors(field.name()), firstOrdinal, live, rows);
      } else {
        flat.scan(reader.vectors(field.name()), firstOrdinal, matching);
      }
    }
  }

  /** True if an index answered for a file. */
  private boolean answered(
      SegmentView segment,
      long firstOrdinal,
      IntPredicate live,
      @Nullable RoaringBitmap matching,
      long rows) {
    if (rows <= FEW_ROWS + (long) FEW_ROWS_A_HIT * request.k()) {
      summary.reason("few rows to compare");
      return false;
    }
    return (request.recall() < 1 && answered(segment, firstOrdinal, live, matching, rows, false))
        || answered(segment, firstOrdinal, live, matching, rows, true);
  }

  /** The same by indexes of one kind: those that are exact may take longer and come last. */
  private boolean answered(
      SegmentView segment,
      long firstOrdinal,
      IntPredicate live,
      @Nullable RoaringBitmap matching,
      long rows,
      boolean exact) {
    for (IndexDefinition definition : definitions) {
      SegmentIndexes.Found found = segment.handle().index(pin.state().context(), definition);
      LoadedIndex loaded = found.index();
      if (loaded == null) {
        summary.reason("index '" + definition.name() + "': " + found.reason());
      } else if (loaded.index() instanceof VectorIndex index) {
        if (index.isExact() == exact) {
          IndexQuery query = query(segment, live, matching, rows);
          if (offered(ask(segment, loaded, query), definition, exact, firstOrdinal, query)) {
            return true;
          }
        } else if (exact && request.recall() >= 1) {
          summary.reason("index '" + definition.name() + "' is not exact");
        }
      }
    }
    return false;
  }

  private IndexQuery query(
      SegmentView segment, IntPredicate live, @Nullable RoaringBitmap matching, long rows) {
    boolean all = rows == segment.handle().reader().rowCount();
    return new IndexQuery(
        request.vector(),
        distance,
        request.k(),
        top.bound(),
        request.recall(),
        request.effort(),
        all ? null : matching == null ? live : matching::contains,
        rows,
        all ? null : matching);
  }

  private @Nullable IndexAnswer ask(SegmentView segment, LoadedIndex loaded, IndexQuery query) {
    VectorRows vectors = segment.handle().reader().vectors(field.name());
    return loaded.search(vectors, searcher -> searcher.search(query));
  }

  private boolean offered(
      @Nullable IndexAnswer answer,
      IndexDefinition definition,
      boolean exact,
      long firstOrdinal,
      IndexQuery query) {
    if (answer == null) {
      summary.reason("index '" + definition.name() + "' was not measured to reach this recall");
      return false;
    }
    if (!exact && answer.rows().length < Math.min(query.k(), query.liveRows())) {
      summary.reason("index '" + definition.name() + "' found too few rows");
      return false;
    }
    for (int i = 0; i < answer.rows().length; i++) {
      if (answer.scores()[i] <= top.bound()) {
        top.offer(firstOrdinal + answer.rows()[i], answer.scores()[i]);
      }
    }
    summary.answered(definition, answer, query.liveRows(), exact);
    return true;
  }

  /** Adds up how files were searched. */
  private static final class SearchSummary {
    private long coveredRows;
    private long comparedRows;
    private int files;
    private double recall = 1;
    private boolean recallKnown = true;
    private boolean exact = true;
    private @Nullable IndexDefinition index;
    private @Nullable IndexAnswer answer;
    private @Nullable String reason;

    void answered(IndexDefinition by, IndexAnswer given, long rows, boolean exactly) {
      exact &= exactly;
      index = by;
      answer = given;
      files++;
      coveredRows += rows;
      recallKnown &= given.recall().isPresent();
      recall = Math.min(recall, given.recall().orElse(recall));
    }

    void compared(long rows) {
      comparedRows += rows;
    }

    /** The first is told. */
    void reason(String why) {
      if (reason == null) {
        reason = why;
      }
    }

    Searcher.Found found(BoundFilter filter, String leftOut) {
      String passing = filter.isAlwaysTrue() ? "" : " that passes the filter";
      if (index == null || answer == null) {
        return new Searcher.Found(
            OptionalDouble.of(1),
            "exact: "
                + (reason == null ? "no index" : reason)
                + ", every live row"
                + passing
                + " compared"
                + leftOut);
      }
      String rest =
          comparedRows == 0
              ? ""
              : "; " + comparedRows + " rows compared one by one (" + reason + ")";
      return new Searcher.Found(
          recallKnown ? OptionalDouble.of(recall) : OptionalDouble.empty(),
          "index '"
              + index.name()
              + "' ("
              + index.type()
              + ", "
              + answer.how()
              + ", effort "
              + answer.effort()
              + ") for "
              + coveredRows
              + " rows"
              + (passing.isEmpty() ? "" : " that pass the filter")
              + " in "
              + files
              + (files == 1 ? " file" : " files")
              + rest
              + leftOut,
          coveredRows,
          index,
          exact);
    }
  }
}
