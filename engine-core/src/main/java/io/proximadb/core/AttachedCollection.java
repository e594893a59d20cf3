package io.proximadb.core;

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
import io.proximadb.catalog.CollectionTable;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** An attached table as a collection: read like any other, and never changed. */
final class AttachedCollection implements Collection {
  private final EngineCollection reads;
  private final CollectionTable table;

  /**
   * Shows an attached table.
   *
   * @param reads answers what only reads
   */
  AttachedCollection(EngineCollection reads, CollectionTable table) {
    this.reads = reads;
    this.table = table;
  }

  @Override
  public CollectionName name() {
    return reads.name();
  }

  @Override
  public CollectionInfo describe() {
    return reads.describe();
  }

  @Override
  public CollectionSchema schema() {
    return reads.schema();
  }

  @Override
  public CollectionStatistics statistics() {
    return reads.statistics();
  }

  @Override
  public Optional<StoredRecord> get(String id) {
    return reads.get(id);
  }

  @Override
  public List<StoredRecord> get(List<String> ids) {
    return reads.get(ids);
  }

  @Override
  public List<StoredRecord> get(List<String> ids, long minSequence) {
    return reads.get(ids, minSequence);
  }

  @Override
  public ScanResult scan(ScanRequest request) {
    return reads.scan(request);
  }

  @Override
  public SearchResponse search(SearchRequest request) {
    return reads.search(request);
  }

  @Override
  public List<SearchResponse> search(List<SearchRequest> requests) {
    return reads.search(requests);
  }

  @Override
  public HybridResponse search(HybridRequest request) {
    return reads.search(request);
  }

  @Override
  public GroupedResponse search(GroupedRequest request) {
    return reads.search(request);
  }

  @Override
  public SearchPages pages(SearchRequest request) {
    return reads.pages(request);
  }

  @Override
  public SearchExplanation explain(SearchRequest request, String id) {
    return reads.explain(request, id);
  }

  @Override
  public List<Long> nearestClusters(float[] query, int n, @Nullable String field) {
    return reads.nearestClusters(query, n, field);
  }

  @Override
  public List<SnapshotInfo> snapshots() {
    return reads.snapshots();
  }

  @Override
  public CollectionView at(SnapshotRef snapshot) {
    return reads.at(snapshot);
  }

  @Override
  public void refresh() {
    reads.refresh();
  }

  /** There is nothing to write: what its owner committed is in the table. */
  @Override
  public FlushResult flush() {
    return new FlushResult(0, 0, OptionalLong.empty());
  }

  @Override
  public WriteResult insert(List<VectorRecord> records) {
    throw refused("insert into");
  }

  @Override
  public WriteResult upsert(List<VectorRecord> records) {
    throw refused("upsert into");
  }

  @Override
  public WriteResult update(List<VectorRecord> records) {
    throw refused("update records of");
  }

  @Override
  public WriteResult compareAndSet(List<VersionedWrite> writes) {
    throw refused("compare and set records of");
  }

  @Override
  public WriteResult setTtl(List<String> ids, Duration ttl) {
    throw refused("set a time to live in");
  }

  @Override
  public WriteResult removeTtl(List<String> ids) {
    throw refused("remove a time to live in");
  }

  @Override
  public WriteResult delete(List<String> ids) {
    throw refused("delete from");
  }

  @Override
  public EraseReceipt erase(EraseRequest request) {
    throw refused("erase from");
  }

  /** Only of indexes, which are not the table's but ours. */
  @Override
  public void alter(SchemaChange... changes) {
    table.changeIndexes(List.of(changes));
    reads.refresh();
    reads.wakeMaintenance();
  }

  @Override
  public List<IndexInfo> indexes() {
    return reads.indexes();
  }

  @Override
  public AxisReport axis() {
    return reads.axis();
  }

  /** Decisions are kept beside a table of our own. */
  @Override
  public AxisControl axisControl() {
    throw refused("let AXIS decide about");
  }

  @Override
  public DataProfile profile(@Nullable String field) {
    return reads.profile(field);
  }

  /** There is nothing to flush or to merge: builds what is missing of indexes. */
  @Override
  public void optimize() {
    reads.refresh();
    reads.maintain();
  }

  private AssertionError refused(String what) {
    table.checkWritable(what);
    return new AssertionError("Table " + table.name() + " is not attached");
  }
}
