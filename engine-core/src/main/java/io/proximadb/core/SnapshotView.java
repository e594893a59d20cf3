package io.proximadb.core;

import io.proximadb.api.CollectionView;
import io.proximadb.api.GroupedRequest;
import io.proximadb.api.GroupedResponse;
import io.proximadb.api.HybridRequest;
import io.proximadb.api.HybridResponse;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchExplanation;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.api.SnapshotInfo;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.Timestamps;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.StateHolder;
import io.proximadb.query.BatchSearcher;
import io.proximadb.query.Explainer;
import io.proximadb.query.GroupedSearcher;
import io.proximadb.query.HybridSearcher;
import io.proximadb.query.NearestClusters;
import io.proximadb.query.PointReader;
import io.proximadb.query.RowColumns;
import io.proximadb.query.Searcher;
import io.proximadb.query.StateScan;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A state of its own, of one snapshot, that never changes. */
final class SnapshotView implements CollectionView {
  private final SnapshotInfo snapshot;
  private final StateHolder states;
  private final Snapshots owner;
  private final CollectionSchema schema;
  private final RowColumns columns;
  private final long readMicros;

  /** Takes the holder over. */
  SnapshotView(SnapshotInfo snapshot, StateHolder states, Snapshots owner) {
    this.snapshot = snapshot;
    this.states = states;
    this.owner = owner;
    CollectionState state = states.acquire();
    this.schema = state.context().schema();
    states.release(state);
    this.columns = new RowColumns(schema);
    this.readMicros = Timestamps.toMicros(snapshot.committedAt());
  }

  @Override
  public SnapshotInfo snapshot() {
    return snapshot;
  }

  @Override
  public CollectionSchema schema() {
    return schema;
  }

  private Pin pin(long minSequence) {
    if (minSequence > 0) {
      throw new InvalidArgumentException(
          "Invalid minimal sequence of a read at snapshot "
              + snapshot.id()
              + ": "
              + minSequence
              + " (expected none: a snapshot does not change)");
    }
    return new Pin(states, states.acquire(), 0, readMicros);
  }

  @Override
  public Optional<StoredRecord> get(String id) {
    return get(List.of(id)).stream().findFirst();
  }

  @Override
  public List<StoredRecord> get(List<String> ids) {
    ids.forEach(RecordValidator::checkId);
    try (Pin pin = pin(0)) {
      return new PointReader(columns).get(pin, ids);
    }
  }

  @Override
  public ScanResult scan(ScanRequest request) {
    BoundFilter filter = BoundFilter.bind(request.filter(), schema);
    Pin pin = pin(request.minSequence());
    try {
      return new StateScan(pin, columns, filter, request);
    } catch (RuntimeException e) {
      pin.close();
      throw e;
    }
  }

  @Override
  public SearchResponse search(SearchRequest request) {
    BoundFilter filter = BoundFilter.bind(request.filter(), schema);
    try (Pin pin = pin(request.minSequence())) {
      return new Searcher(columns).search(pin, request, filter);
    }
  }

  @Override
  public HybridResponse search(HybridRequest request) {
    BoundFilter filter = BoundFilter.bind(request.filter(), schema);
    try (Pin pin = pin(request.minSequence())) {
      return new HybridSearcher(columns).search(pin, request, filter);
    }
  }

  @Override
  public GroupedResponse search(GroupedRequest request) {
    try (Pin pin = pin(request.search().minSequence())) {
      return new GroupedSearcher(columns).search(pin, request);
    }
  }

  @Override
  public List<SearchResponse> search(List<SearchRequest> requests) {
    try (Pin pin = pin(BatchSearcher.check(requests))) {
      return new BatchSearcher(columns).search(pin, requests);
    }
  }

  @Override
  public SearchExplanation explain(SearchRequest request, String id) {
    RecordValidator.checkId(id);
    try (Pin pin = pin(request.minSequence())) {
      return new Explainer(columns).explain(pin, request, id);
    }
  }

  @Override
  public List<Long> nearestClusters(float[] query, int n, @Nullable String field) {
    try (Pin pin = pin(0)) {
      return NearestClusters.of(pin.state(), query, n, field);
    }
  }

  /** Scans that are under way go on to their end. */
  @Override
  public void close() {
    states.close();
    owner.closed(this);
  }
}
