package io.proximadb.query;

import io.proximadb.api.SearchExplanation;
import io.proximadb.api.SearchExplanation.Outcome;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.SystemColumns;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Says why a record is in an answer or not, by looking for it exactly in the state searched. */
public final class Explainer {
  private final RowColumns columns;

  public Explainer(RowColumns columns) {
    this.columns = columns;
  }

  /**
   * Searches, and explains what became of a record.
   *
   * @throws io.proximadb.error.InvalidArgumentException if the request does not fit the schema
   */
  public SearchExplanation explain(Pin pin, SearchRequest asked, String id) {
    SearchRequest request = asked.withUsualRecall(pin.state().goals().recall());
    SearchResponse answer = search(pin, request);
    int place = place(answer, id);
    if (place > 0) {
      double distance = answer.hits().get(place - 1).distance();
      return new SearchExplanation(
          id,
          Outcome.IN_ANSWER,
          OptionalDouble.of(distance),
          OptionalInt.of(place),
          "it is hit " + place + " of " + answer.hits().size() + ", at distance " + distance,
          answer);
    }
    Filter itself = Filter.equal(SystemColumns.ID, id);
    SearchRequest alone =
        request.exactly().within(Double.POSITIVE_INFINITY).returning(List.of()).where(itself);
    SearchResponse found = search(pin, alone);
    if (found.hits().isEmpty()) {
      return without(answer, id, fate(pin, id));
    }
    double distance = found.hits().get(0).distance();
    SearchRequest passing = alone.where(Filter.and(request.filter(), itself));
    if (search(pin, passing).hits().isEmpty()) {
      return new SearchExplanation(
          id,
          Outcome.FILTERED,
          OptionalDouble.of(distance),
          OptionalInt.empty(),
          "the filter is not true for it; its distance is " + distance,
          answer);
    }
    if (distance > request.maxDistance()) {
      return new SearchExplanation(
          id,
          Outcome.TOO_FAR,
          OptionalDouble.of(distance),
          OptionalInt.empty(),
          "its distance, " + distance + ", is above " + request.maxDistance(),
          answer);
    }
    return ranked(pin, request, answer, id, distance);
  }

  private SearchExplanation ranked(
      Pin pin, SearchRequest request, SearchResponse answer, String id, double distance) {
    int rank =
        place(search(pin, request.exactly().returning(List.of()).nearest(SearchRequest.MAX_K)), id);
    boolean reached = rank == 0 || rank > request.k();
    String at =
        rank == 0 ? "beyond the nearest " + SearchRequest.MAX_K : "the nearest but " + (rank - 1);
    return new SearchExplanation(
        id,
        reached ? Outcome.RANKED_LOWER : Outcome.NOT_REACHED,
        OptionalDouble.of(distance),
        rank == 0 ? OptionalInt.empty() : OptionalInt.of(rank),
        reached
            ? "it is "
                + at
                + ", at distance "
                + distance
                + ", and "
                + request.k()
                + " were asked for"
            : "it is "
                + at
                + ", at distance "
                + distance
                + ", and was missed: ask for more recall than "
                + request.recall()
                + ", or exactly ("
                + answer.strategy()
                + ")",
        answer);
  }

  private SearchResponse search(Pin pin, SearchRequest request) {
    BoundFilter filter = BoundFilter.bind(request.filter(), pin.state().context().schema());
    return new Searcher(columns).search(pin, request, filter);
  }

  /** Its place among the hits, from 1; 0 if it is none. */
  private static int place(SearchResponse answer, String id) {
    List<SearchHit> hits = answer.hits();
    for (int i = 0; i < hits.size(); i++) {
      if (hits.get(i).id().equals(id)) {
        return i + 1;
      }
    }
    return 0;
  }

  private static SearchExplanation without(SearchResponse answer, String id, Outcome outcome) {
    String reason =
        switch (outcome) {
          case DELETED -> "it was deleted";
          case EXPIRED -> "its time to live is over";
          case NO_VECTOR -> "it has no vector of the field";
          default -> "there is no record of that id";
        };
    return new SearchExplanation(
        id, outcome, OptionalDouble.empty(), OptionalInt.empty(), reason, answer);
  }

  /** What became of a record that no search can find. */
  private Outcome fate(Pin pin, String id) {
    if (!new PointReader(columns).get(pin, List.of(id)).isEmpty()) {
      return Outcome.NO_VECTOR;
    }
    MemtableEntry entry = pin.state().unflushed(id, pin.sequence());
    if (entry != null) {
      return entry.row() == null ? Outcome.DELETED : Outcome.EXPIRED;
    }
    Outcome fate = Outcome.NO_SUCH_RECORD;
    for (SegmentView segment : pin.state().segments()) {
      int position = segment.handle().reader().find(id);
      if (position >= 0) {
        // Before its time was over it would have been live.
        boolean wasLive = segment.liveAt(pin.sequence(), Long.MIN_VALUE).test(position);
        fate = wasLive ? Outcome.EXPIRED : Outcome.DELETED;
        if (wasLive) {
          break;
        }
      }
    }
    return fate;
  }
}
