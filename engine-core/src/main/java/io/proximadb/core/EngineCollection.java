package io.proximadb.core;

import io.proximadb.api.Collection;
import io.proximadb.api.CollectionInfo;
import io.proximadb.api.CollectionStatistics;
import io.proximadb.api.FlushResult;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
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
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.query.PointReader;
import io.proximadb.query.RowColumns;
import io.proximadb.query.Searcher;
import io.proximadb.query.StateScan;
import io.proximadb.wal.WalRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

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
  private final WritePath writes;
  private final Flush flush;
  private final RowColumns columns;
  private final PointReader points;
  private final Searcher searcher;
  private final TableStatistics statistics = new TableStatistics();
  private final MaintenanceScheduler.Registration maintenance;

  /**
   * Opens a collection by three handles of its table: for reading, for committing, and for
   * maintenance.
   */
  EngineCollection(
      Surroundings engine,
      CollectionTable table,
      CollectionTable commitTable,
      CollectionTable maintenanceTable,
      MaintenanceScheduler scheduler) {
    this.engine = engine;
    this.table = table;
    this.uuid = table.uuid();
    this.columns = new RowColumns(table.schema());
    this.store = new CollectionStore(engine, table, commitTable, columns);
    this.writes = new WritePath(engine, table, store, columns);
    this.flush = new Flush(engine, commitTable, store);
    this.points = new PointReader(columns);
    this.searcher = new Searcher(columns);
    this.maintenance =
        scheduler.register(new CollectionMaintenance(engine, maintenanceTable, store));
  }

  /** Puts records of the log back into memory, in order; before the collection is used. */
  void replay(List<WalRecord> records) {
    store.replay(records);
  }

  UUID uuid() {
    return uuid;
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
    return table.schema();
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
          table.schema(),
          table.context().location(),
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
              memtables.stream().mapToLong(Memtable::bytes).sum());
    }
  }

  @Override
  public WriteResult insert(List<VectorRecord> records) {
    makeRoom();
    return writes.insert(records);
  }

  @Override
  public WriteResult upsert(List<VectorRecord> records) {
    makeRoom();
    return writes.upsert(records);
  }

  @Override
  public WriteResult update(List<VectorRecord> records) {
    makeRoom();
    return writes.update(records);
  }

  @Override
  public WriteResult setTtl(List<String> ids, Duration ttl) {
    makeRoom();
    return writes.setTtl(ids, ttl);
  }

  @Override
  public WriteResult removeTtl(List<String> ids) {
    makeRoom();
    return writes.removeTtl(ids);
  }

  @Override
  public WriteResult delete(List<String> ids) {
    makeRoom();
    return writes.delete(ids);
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
    ids.forEach(RecordValidator::checkId);
    try (Pin pin = store.pin()) {
      return points.get(pin, ids);
    }
  }

  @Override
  public ScanResult scan(ScanRequest request) {
    BoundFilter filter = BoundFilter.bind(request.filter(), table.schema());
    List<String> asked = request.columns();
    if (asked != null) {
      columns.check(asked);
    }
    Pin pin = store.pin();
    try {
      return new StateScan(pin, columns, filter, request);
    } catch (RuntimeException e) {
      pin.close();
      throw e;
    }
  }

  @Override
  public SearchResponse search(SearchRequest request) {
    BoundFilter filter = BoundFilter.bind(request.filter(), table.schema());
    try (Pin pin = store.pin()) {
      return searcher.search(pin, request, filter);
    }
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

  /** Flushes if size or age ask for it. */
  void flushIfDue() {
    if (store.flushIsDue()) {
      flush.runInBackground();
      maintenance.wake();
    }
  }

  /** Ends background maintenance, for a collection that is to be dropped. */
  void endMaintenance() {
    maintenance.close();
  }

  /** Stops serving; what is not flushed stays in the log. */
  void close() {
    maintenance.close();
    store.close();
  }
}
