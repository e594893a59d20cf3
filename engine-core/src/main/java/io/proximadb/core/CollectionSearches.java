package io.proximadb.core;

import io.proximadb.api.AxisReport;
import io.proximadb.api.DataProfile;
import io.proximadb.api.GroupedRequest;
import io.proximadb.api.GroupedResponse;
import io.proximadb.api.HybridRequest;
import io.proximadb.api.HybridResponse;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.api.WriteResult;
import io.proximadb.axis.AxisIndexManager;
import io.proximadb.axis.PerformanceMonitor;
import io.proximadb.filter.BoundFilter;
import io.proximadb.io.LocalPaths;
import io.proximadb.memtable.Memtable;
import io.proximadb.mvcc.Pin;
import io.proximadb.query.BatchSearcher;
import io.proximadb.query.GroupedSearcher;
import io.proximadb.query.HybridSearcher;
import io.proximadb.query.IndexChoice;
import io.proximadb.query.RowColumns;
import io.proximadb.query.Searcher;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The searches of a running collection, each at a state that it pins, all of them measured. */
final class CollectionSearches {
  private final Surroundings engine;
  private final CollectionStore store;
  private final AxisIndexManager axis;
  private final PerformanceMonitor monitor;

  /**
   * Searches a collection.
   *
   * @param location of its files
   */
  CollectionSearches(Surroundings engine, CollectionStore store, String location) {
    this.engine = engine;
    this.store = store;
    this.axis = engine.axis().manager(!LocalPaths.isRemote(location), this::exactly, this::alone);
    this.monitor = axis.monitor();
  }

  SearchResponse search(SearchRequest request) {
    long start = monitor.start();
    try (Pin pin = store.pin(request.minSequence())) {
      Searcher.Answer answer = answer(pin, request);
      monitor.searched(pin, request, answer.response(), answer.index(), answer.exact(), start);
      return answer.response();
    }
  }

  private Searcher.Answer answer(Pin pin, SearchRequest request) {
    BoundFilter filter = BoundFilter.bind(request.filter(), pin.state().context().schema());
    return new Searcher(columns(pin)).answer(pin, request, filter);
  }

  private SearchResponse exactly(Pin pin, SearchRequest request) {
    return answer(pin, request.exactly().returning(List.of())).response();
  }

  private SearchResponse alone(Pin pin, SearchRequest request, @Nullable String index) {
    BoundFilter filter = BoundFilter.bind(request.filter(), pin.state().context().schema());
    return new Searcher(columns(pin), IndexChoice.only(index)).search(pin, request, filter);
  }

  /** What AXIS knows of the collection. */
  AxisIndexManager axis() {
    return axis;
  }

  private RowColumns columns(Pin pin) {
    return store.schemaTools(pin.state()).columns();
  }

  List<SearchResponse> search(List<SearchRequest> requests) {
    long start = monitor.start();
    try (Pin pin = store.pin(BatchSearcher.check(requests))) {
      List<SearchResponse> answers = new BatchSearcher(columns(pin)).search(pin, requests);
      monitor.searchedTogether(pin, requests, start);
      return answers;
    }
  }

  HybridResponse search(HybridRequest request) {
    long start = monitor.start();
    try (Pin pin = store.pin(request.minSequence())) {
      BoundFilter filter = BoundFilter.bind(request.filter(), pin.state().context().schema());
      HybridResponse answer = new HybridSearcher(columns(pin)).search(pin, request, filter);
      monitor.searchedHybrid(start);
      return answer;
    }
  }

  GroupedResponse search(GroupedRequest request) {
    long start = monitor.start();
    try (Pin pin = store.pin(request.search().minSequence())) {
      GroupedResponse answer = new GroupedSearcher(columns(pin)).search(pin, request);
      monitor.searchedGroups(start);
      return answer;
    }
  }

  /** Counts what was written. */
  WriteResult counted(WriteResult written) {
    monitor.wrote(written.count());
    return written;
  }

  DataProfile profile(@Nullable String field) {
    try (Pin pin = store.pin()) {
      return axis.analyzer().profile(pin, field);
    }
  }

  AxisReport describe() {
    try (Pin pin = store.pin()) {
      Optional<Duration> age =
          pin.state().memtables().stream()
              .filter(memtable -> !memtable.isEmpty())
              .map(Memtable::firstAcceptedMicros)
              .min(Comparator.naturalOrder())
              .map(micros -> Duration.ofNanos(1_000 * Math.max(0, engine.nowMicros() - micros)));
      return axis.describe(
          pin.state(),
          IndexReport.of(pin.state()),
          age,
          AxisDriver.decisions(pin.state().context()));
    }
  }
}
