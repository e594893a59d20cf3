package io.proximadb.server.auth;

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
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A collection as one caller may use it: every method asks for its role first, each time, so that
 * what is new in the interface does not compile before somebody said who may call it.
 */
final class GuardedCollection implements Collection {
  private final Collection collection;
  private final Caller caller;

  GuardedCollection(Collection collection, Caller caller) {
    this.collection = collection;
    this.caller = caller;
  }

  private Collection as(Role role) {
    caller.check(role, collection.name());
    return collection;
  }

  @Override
  public CollectionName name() {
    return collection.name();
  }

  @Override
  public CollectionInfo describe() {
    return as(Role.READ).describe();
  }

  @Override
  public CollectionStatistics statistics() {
    return as(Role.READ).statistics();
  }

  @Override
  public CollectionSchema schema() {
    return as(Role.READ).schema();
  }

  @Override
  public WriteResult insert(List<VectorRecord> records) {
    return as(Role.WRITE).insert(records);
  }

  @Override
  public WriteResult upsert(List<VectorRecord> records) {
    return as(Role.WRITE).upsert(records);
  }

  @Override
  public WriteResult update(List<VectorRecord> records) {
    return as(Role.WRITE).update(records);
  }

  @Override
  public WriteResult compareAndSet(List<VersionedWrite> writes) {
    return as(Role.WRITE).compareAndSet(writes);
  }

  @Override
  public WriteResult setTtl(List<String> ids, Duration ttl) {
    return as(Role.WRITE).setTtl(ids, ttl);
  }

  @Override
  public WriteResult removeTtl(List<String> ids) {
    return as(Role.WRITE).removeTtl(ids);
  }

  @Override
  public WriteResult delete(List<String> ids) {
    return as(Role.WRITE).delete(ids);
  }

  @Override
  public EraseReceipt erase(EraseRequest request) {
    return as(Role.ADMIN).erase(request);
  }

  @Override
  public Optional<StoredRecord> get(String id) {
    return as(Role.READ).get(id);
  }

  @Override
  public List<StoredRecord> get(List<String> ids) {
    return as(Role.READ).get(ids);
  }

  @Override
  public List<StoredRecord> get(List<String> ids, long minSequence) {
    return as(Role.READ).get(ids, minSequence);
  }

  @Override
  public ScanResult scan(ScanRequest request) {
    return as(Role.READ).scan(request);
  }

  @Override
  public SearchResponse search(SearchRequest request) {
    return as(Role.READ).search(request);
  }

  @Override
  public HybridResponse search(HybridRequest request) {
    return as(Role.READ).search(request);
  }

  @Override
  public GroupedResponse search(GroupedRequest request) {
    return as(Role.READ).search(request);
  }

  @Override
  public SearchPages pages(SearchRequest request) {
    return as(Role.READ).pages(request);
  }

  @Override
  public List<SearchResponse> search(List<SearchRequest> requests) {
    return as(Role.READ).search(requests);
  }

  @Override
  public SearchExplanation explain(SearchRequest request, String id) {
    return as(Role.READ).explain(request, id);
  }

  @Override
  public List<Long> nearestClusters(float[] query, int n, @Nullable String field) {
    return as(Role.READ).nearestClusters(query, n, field);
  }

  @Override
  public List<SnapshotInfo> snapshots() {
    return as(Role.READ).snapshots();
  }

  @Override
  public CollectionView at(SnapshotRef snapshot) {
    return as(Role.READ).at(snapshot);
  }

  @Override
  public void alter(SchemaChange... changes) {
    as(Role.ADMIN).alter(changes);
  }

  @Override
  public List<IndexInfo> indexes() {
    return as(Role.READ).indexes();
  }

  @Override
  public AxisReport axis() {
    return as(Role.READ).axis();
  }

  @Override
  public DataProfile profile(@Nullable String field) {
    return as(Role.READ).profile(field);
  }

  @Override
  public void optimize() {
    as(Role.ADMIN).optimize();
  }

  @Override
  public FlushResult flush() {
    return as(Role.WRITE).flush();
  }

  @Override
  public void refresh() {
    as(Role.READ).refresh();
  }

  @Override
  public AxisControl axisControl() {
    return as(Role.ADMIN).axisControl();
  }
}
