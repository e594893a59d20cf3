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
import io.proximadb.error.NotFoundException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.maintenance.MaintenanceScheduler;
import io.proximadb.maintenance.TableStatistics;
import io.proximadb.memtable.Memtable;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.Timestamps;
import io.proximadb.model.VectorRecord;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.query.Explainer;
import io.proximadb.query.NearestClusters;
import io.proximadb.query.PointReader;
import io.proximadb.query.RowColumns;
import io.proximadb.query.StateScan;
import io.proximadb.wal.WalRecord;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A collection of a running engine: reads go to a pinned state, writes to the {@link WritePath}.
 */
final class EngineCollection implements Collection {
  /** Writers are slowed down above that many small files: every read looks into each of them. */
  private static final int MAX_UNMERGED_FILES = 64;

  /** A slow write still passes: maintenance may be failing, or paused. */
  private static final long MAX_SLOWDOWN_MS = 1_000;

  private final Surroundings engine;
  private final CollectionTable table;
  private final UUID uuid;
  private final CollectionStore store;
  private final Snapshots snapshots;
  private final OpenPages pages;
  private final WritePath writes;
  private final Flush flush;
  private final SchemaAlteration alteration;
  private final MetadataEvolution evolution;
  private final TableStatistics statistics = new TableStatistics();
  private final MaintenanceScheduler.Registration maintenance;
  private final EngineErasure erasure;
  private final CollectionSearches searches;
  private final AxisDriver axis;

  /**
   * Opens a collection by three handles of its table: for reading, for committing, and for
   * maintenance.
   *
   * @param log drops the engine's log
   */
  EngineCollection(
      Surroundings engine,
      CollectionTable table,
      CollectionTable commitTable,
      CollectionTable maintenanceTable,
      MaintenanceScheduler scheduler,
      LogEraser log) {
    this.engine = engine;
    this.table = table;
    this.uuid = table.uuid();
    this.store = new CollectionStore(engine, table, commitTable);
    this.snapshots = new Snapshots(engine, table, store);
    this.pages = new OpenPages(engine::nowMicros);
    this.writes = new WritePath(engine, table, store);
    Object commits = new Object();
    this.flush = new Flush(engine, commitTable, store, commits);
    this.alteration = new SchemaAlteration(engine, commitTable, store, commits);
    this.evolution = new MetadataEvolution(store, alteration);
    this.maintenance =
        scheduler.register(
            new CollectionMaintenance(engine, maintenanceTable, store, this::pinnedSnapshots));
    this.erasure =
        new EngineErasure(
            engine, maintenanceTable, store, flush, commits, maintenance, log, snapshots::pinned);
    this.searches = new CollectionSearches(engine, store, table.context().location());
    this.axis =
        new AxisDriver(engine, commitTable, store, searches.axis(), commits, maintenance::wake);
    engine.axisWork().add(uuid, axis);
  }

  /** Puts records of the log back into memory, in order; before the collection is used. */
  void replay(List<WalRecord> records) {
    new LogReplay(engine, store).run(records);
  }

  UUID uuid() {
    return uuid;
  }

  /** The collection as callers may use it. */
  Collection forCallers() {
    return table.isAttached() ? new AttachedCollection(this, table) : this;
  }

  /** The table that is read. */
  CollectionTable table() {
    return table;
  }

  /** False once the table was dropped, even if there is another one of that name now. */
  boolean isCurrent() {
    try {
      store.refreshIfStale();
      return true;
    } catch (NotFoundException e) {
      return false;
    }
  }

  @Override
  public CollectionName name() {
    return table.name();
  }

  @Override
  public CollectionSchema schema() {
    store.refreshIfStale();
    return store.schemaTools().context().schema();
  }

  @Override
  public CollectionInfo describe() {
    try (Pin pin = store.pin()) {
      CollectionState state = pin.state();
      long files = 0;
      long bytes = 0;
      long rows = 0;
      for (SegmentView segment : state.segments()) {
        files++;
        bytes += segment.file().dataFile().fileSizeInBytes();
        rows += segment.undeletedRows();
      }
      return new CollectionInfo(
          table.name(),
          table.uuid(),
          state.context().schema(),
          state.context().location(),
          state.snapshotId(),
          files,
          bytes,
          rows,
          state.memtables().stream().mapToLong(Memtable::count).sum(),
          state.context().properties());
    }
  }

  @Override
  public CollectionStatistics statistics() {
    try (Pin pin = store.pin()) {
      List<Memtable> memtables = pin.state().memtables();
      return statistics
          .of(table, pin.readMicros())
          .withUnflushed(
              memtables.stream().mapToLong(Memtable::count).sum(),
              memtables.stream().mapToLong(Memtable::bytes).sum(),
              memtables.stream()
                  .filter(memtable -> !memtable.isEmpty())
                  .map(memtable -> Timestamps.ofMicros(memtable.firstAcceptedMicros()))
                  .min(Comparator.naturalOrder()));
    }
  }

  @Override
  public WriteResult insert(List<VectorRecord> records) {
    makeRoom();
    return searches.counted(writes.insert(evolution.admit(records)));
  }

  @Override
  public WriteResult upsert(List<VectorRecord> records) {
    makeRoom();
    return searches.counted(writes.upsert(evolution.admit(records)));
  }

  @Override
  public WriteResult update(List<VectorRecord> records) {
    makeRoom();
    return searches.counted(writes.update(evolution.admit(records)));
  }

  @Override
  public WriteResult compareAndSet(List<VersionedWrite> changes) {
    makeRoom();
    return searches.counted(writes.compareAndSet(evolution.admitWrites(changes)));
  }

  @Override
  public WriteResult setTtl(List<String> ids, Duration ttl) {
    makeRoom();
    return searches.counted(writes.setTtl(ids, ttl));
  }

  @Override
  public WriteResult removeTtl(List<String> ids) {
    makeRoom();
    return searches.counted(writes.removeTtl(ids));
  }

  @Override
  public WriteResult delete(List<String> ids) {
    makeRoom();
    return searches.counted(writes.delete(ids));
  }

  @Override
  public EraseReceipt erase(EraseRequest request) {
    EraseReceipt receipt = erasure.run(request);
    engine.ticks().awake();
    return receipt;
  }

  /** A writer that fills memory faster than the background empties it does the emptying. */
  private void makeRoom() {
    if (store.unflushedBytes()
        > CollectionStore.BACK_PRESSURE_FACTOR * engine.options().flushBytes()) {
      flush();
    }
    if (store.unmergedFiles() > MAX_UNMERGED_FILES) {
      maintenance.awaitStep(MAX_SLOWDOWN_MS);
    }
  }

  /** Has maintenance look at the collection now: something was changed. */
  void wakeMaintenance() {
    maintenance.wake();
  }

  /** Does what there is to maintain, now and in this thread. */
  List<MaintenanceResult> maintain() {
    return maintenance.runNow();
  }

  @Override
  public Optional<StoredRecord> get(String id) {
    return get(List.of(id)).stream().findFirst();
  }

  @Override
  public List<StoredRecord> get(List<String> ids) {
    return get(ids, 0);
  }

  @Override
  public List<StoredRecord> get(List<String> ids, long minSequence) {
    ids.forEach(RecordValidator::checkId);
    try (Pin pin = store.pin(minSequence)) {
      return new PointReader(store.schemaTools(pin.state()).columns()).get(pin, ids);
    }
  }

  @Override
  public ScanResult scan(ScanRequest request) {
    Pin pin = store.pin(request.minSequence());
    try {
      RowColumns columns = store.schemaTools(pin.state()).columns();
      BoundFilter filter = BoundFilter.bind(request.filter(), pin.state().context().schema());
      return new StateScan(pin, columns, filter, request);
    } catch (RuntimeException e) {
      pin.close();
      throw e;
    }
  }

  @Override
  public SearchResponse search(SearchRequest request) {
    return searches.search(request);
  }

  @Override
  public List<SearchResponse> search(List<SearchRequest> requests) {
    return searches.search(requests);
  }

  @Override
  public SearchExplanation explain(SearchRequest request, String id) {
    RecordValidator.checkId(id);
    try (Pin pin = store.pin(request.minSequence())) {
      return new Explainer(store.schemaTools(pin.state()).columns()).explain(pin, request, id);
    }
  }

  @Override
  public HybridResponse search(HybridRequest request) {
    return searches.search(request);
  }

  @Override
  public GroupedResponse search(GroupedRequest request) {
    return searches.search(request);
  }

  @Override
  public SearchPages pages(SearchRequest request) {
    Pin pin = store.pin(request.minSequence());
    try {
      SearchPages opened = pages.open(pin, store.schemaTools(pin.state()).columns(), request);
      engine.ticks().awake();
      return opened;
    } catch (RuntimeException e) {
      pin.close();
      throw e;
    }
  }

  @Override
  public List<Long> nearestClusters(float[] query, int n, @Nullable String field) {
    try (Pin pin = store.pin()) {
      return NearestClusters.of(pin.state(), query, n, field);
    }
  }

  @Override
  public List<SnapshotInfo> snapshots() {
    return snapshots.list();
  }

  @Override
  public CollectionView at(SnapshotRef snapshot) {
    return snapshots.open(snapshot);
  }

  @Override
  public void alter(SchemaChange... changes) {
    alteration.run(List.of(changes));
    // A change of the layout leaves files to rewrite, a new index has to be built.
    maintenance.wake();
  }

  @Override
  public List<IndexInfo> indexes() {
    try (Pin pin = store.pin()) {
      return IndexReport.of(pin.state());
    }
  }

  @Override
  public AxisReport axis() {
    return searches.describe();
  }

  @Override
  public AxisControl axisControl() {
    return axis;
  }

  @Override
  public DataProfile profile(@Nullable String field) {
    return searches.profile(field);
  }

  @Override
  public void optimize() {
    store.own();
    flush.run();
    maintain();
  }

  /** The snapshots whose files reads of this engine need: those of open views and of pins. */
  Set<Long> pinnedSnapshots() {
    Set<Long> ids = new HashSet<>(snapshots.pinned());
    ids.addAll(store.pinnedSnapshots());
    return ids;
  }

  @Override
  public FlushResult flush() {
    FlushResult result = flush.run();
    maintenance.wake();
    return result;
  }

  @Override
  public void refresh() {
    store.refresh();
  }

  /** What the log keeps of the last flush when all of its records go; empty if there was none. */
  Optional<WalRecord> flushMark() {
    return flush.lastMark();
  }

  /** True if it has to be looked at whether something is due. */
  boolean needsTicks() {
    return store.hasUnflushed() || pages.isAnyOpen();
  }

  /** Flushes if size or age ask for it. */
  void flushIfDue() {
    pages.closeIdle();
    if (store.flushIsDue()) {
      flush.runInBackground();
      maintenance.wake();
    }
  }

  /** Ends background maintenance, for a collection that is to be dropped. */
  void endMaintenance() {
    maintenance.close();
  }

  /** Begins background maintenance again: it was not dropped. */
  void resumeMaintenance() {
    maintenance.reopen();
  }

  /** Stops serving; what is not flushed stays in the log. */
  void close() {
    maintenance.close();
    engine.axisWork().remove(uuid);
    pages.close();
    snapshots.close();
    store.close();
  }
}
