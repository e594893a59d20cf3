package io.proximadb.server;

import io.proximadb.api.AxisControl;
import io.proximadb.api.AxisReport;
import io.proximadb.api.Collection;
import io.proximadb.api.CollectionInfo;
import io.proximadb.api.CollectionStatistics;
import io.proximadb.api.CollectionView;
import io.proximadb.api.DataProfile;
import io.proximadb.api.EraseReceipt;
import io.proximadb.api.EraseRequest;
import io.proximadb.api.FlushResult;
import io.proximadb.api.GroupedRequest;
import io.proximadb.api.GroupedResponse;
import io.proximadb.api.HybridRequest;
import io.proximadb.api.HybridResponse;
import io.proximadb.api.IndexInfo;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchExplanation;
import io.proximadb.api.SearchPages;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.api.SnapshotInfo;
import io.proximadb.api.SnapshotRef;
import io.proximadb.api.VersionedWrite;
import io.proximadb.api.WriteResult;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A real engine whose collections are wrapped, for faults that a real one does not have. */
public record WrappedEngine(EngineAccess engine, UnaryOperator<Collection> wrapper)
    implements EngineAccess {
  @Override
  public Collection createCollection(CollectionName name, CollectionSchema schema) {
    return wrapper.apply(engine.createCollection(name, schema));
  }

  @Override
  public Collection collection(CollectionName name) {
    return wrapper.apply(engine.collection(name));
  }

  @Override
  public List<String> listNamespaces() {
    return engine.listNamespaces();
  }

  @Override
  public List<CollectionName> listCollections(String namespace) {
    return engine.listCollections(namespace);
  }

  @Override
  public boolean dropCollection(CollectionName name) {
    return engine.dropCollection(name);
  }

  @Override
  public List<MaintenanceResult> maintain(CollectionName name) {
    return engine.maintain(name);
  }

  /** Passes everything on; tests override what they want otherwise. */
  public static class Forwarding implements Collection {
    private final Collection collection;

    public Forwarding(Collection collection) {
      this.collection = collection;
    }

    @Override
    public CollectionName name() {
      return collection.name();
    }

    @Override
    public CollectionInfo describe() {
      return collection.describe();
    }

    @Override
    public CollectionStatistics statistics() {
      return collection.statistics();
    }

    @Override
    public WriteResult insert(List<VectorRecord> records) {
      return collection.insert(records);
    }

    @Override
    public WriteResult upsert(List<VectorRecord> records) {
      return collection.upsert(records);
    }

    @Override
    public WriteResult update(List<VectorRecord> records) {
      return collection.update(records);
    }

    @Override
    public WriteResult compareAndSet(List<VersionedWrite> writes) {
      return collection.compareAndSet(writes);
    }

    @Override
    public WriteResult setTtl(List<String> ids, Duration ttl) {
      return collection.setTtl(ids, ttl);
    }

    @Override
    public WriteResult removeTtl(List<String> ids) {
      return collection.removeTtl(ids);
    }

    @Override
    public EraseReceipt erase(EraseRequest request) {
      return collection.erase(request);
    }

    @Override
    public WriteResult delete(List<String> ids) {
      return collection.delete(ids);
    }

    @Override
    public Optional<StoredRecord> get(String id) {
      return collection.get(id);
    }

    @Override
    public List<StoredRecord> get(List<String> ids) {
      return collection.get(ids);
    }

    @Override
    public List<StoredRecord> get(List<String> ids, long minSequence) {
      return collection.get(ids, minSequence);
    }

    @Override
    public List<SnapshotInfo> snapshots() {
      return collection.snapshots();
    }

    @Override
    public CollectionView at(SnapshotRef snapshot) {
      return collection.at(snapshot);
    }

    @Override
    public ScanResult scan(ScanRequest request) {
      return collection.scan(request);
    }

    @Override
    public SearchResponse search(SearchRequest request) {
      return collection.search(request);
    }

    @Override
    public List<SearchResponse> search(List<SearchRequest> requests) {
      return collection.search(requests);
    }

    @Override
    public HybridResponse search(HybridRequest request) {
      return collection.search(request);
    }

    @Override
    public GroupedResponse search(GroupedRequest request) {
      return collection.search(request);
    }

    @Override
    public SearchPages pages(SearchRequest request) {
      return collection.pages(request);
    }

    @Override
    public List<Long> nearestClusters(float[] query, int n, String field) {
      return collection.nearestClusters(query, n, field);
    }

    @Override
    public void alter(SchemaChange... changes) {
      collection.alter(changes);
    }

    @Override
    public SearchExplanation explain(SearchRequest request, String id) {
      return collection.explain(request, id);
    }

    @Override
    public AxisReport axis() {
      return collection.axis();
    }

    @Override
    public AxisControl axisControl() {
      return collection.axisControl();
    }

    @Override
    public DataProfile profile(@Nullable String field) {
      return collection.profile(field);
    }

    @Override
    public List<IndexInfo> indexes() {
      return collection.indexes();
    }

    @Override
    public void optimize() {
      collection.optimize();
    }

    @Override
    public FlushResult flush() {
      return collection.flush();
    }

    @Override
    public void refresh() {
      collection.refresh();
    }
  }
}
