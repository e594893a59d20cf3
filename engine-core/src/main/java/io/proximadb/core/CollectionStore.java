package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.ConflictException;
import io.proximadb.error.FencedException;
import io.proximadb.error.NotFoundException;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.memtable.Memtable;
import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.Goals;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.mvcc.StateHolder;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.IdKeys;
import io.proximadb.storage.StorageFormat;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.clusters.ClusterModels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.jspecify.annotations.Nullable;

/**
 * The state of one collection and every change of it: versions put in, memtables frozen, files of
 * new snapshots taken in.
 */
final class CollectionStore {
  /*
   * Concurrency: `lock` orders changes of the state and of the active memtable; readers take no
   * lock. A version becomes visible when it is applied (in the memtable, replaced rows hidden) and
   * durable (in the log): readers see the smaller of the two numbers. `refreshLock` keeps the slow
   * part of taking in a snapshot, opening files, out of `lock`.
   */

  /** Writers wait for a flush when memory holds that many times the flush size. */
  static final int BACK_PRESSURE_FACTOR = 4;

  /** A file of that many bytes counts as merged. */
  private static final long FULL_FILE_BYTES = 128L << 20;

  private final Surroundings engine;
  private final CollectionTable table;
  private final UUID uuid;
  private final IdHash idHash;
  private final LogGuard guard;
  private final Owner owner;
  private final StateBuilder builder;
  private final StateHolder states;
  private final Object lock = new Object();
  private final Object refreshLock = new Object();
  private volatile SchemaTools schemaTools;
  private volatile LogPosition position;
  private volatile long appliedSequence;
  private volatile long lastRefreshMicros;
  private final SequenceWait sequences;

  /** Records that are being erased, whose writes are refused. Changed under the lock. */
  private volatile Set<String> erased = Set.of();

  /** The state has what was committed before this epoch, which is our own; 0 for none. */
  private volatile long refreshedEpoch;

  /**
   * Opens the files of the table's current snapshot.
   *
   * @param table for reading; refreshed by reads
   * @param commitTable the same table, for taking the lease and committing
   */
  CollectionStore(Surroundings engine, CollectionTable table, CollectionTable commitTable) {
    this.engine = engine;
    this.table = table;
    this.owner = new Owner(engine, commitTable, lock, this::checkNotCloned, this::unflushedBytes);
    this.schemaTools = SchemaTools.of(table.context());
    this.uuid = table.uuid();
    this.idHash = IdHash.of(uuid);
    this.builder = new StateBuilder(engine.columns(), engine.indexes());
    CollectionState empty =
        new CollectionState(
            table.context(), OptionalLong.empty(), 0, List.of(), List.of(new Memtable()));
    this.guard = new LogGuard(engine, table.name());
    LogPosition found = guard.check(table);
    guard.checkLogReaches(found);
    this.position = found;
    long flushed = found.sequence();
    CollectionState first = builder.open(table, empty).state(flushed, empty.memtables());
    empty.release();
    this.states = new StateHolder(table.name().toString(), first);
    this.appliedSequence = flushed;
    this.sequences = new SequenceWait(engine, table, this);
    this.lastRefreshMicros = engine.nowMicros();
  }

  /** What the table's last seen metadata holds of this engine's log; checked to be its own. */
  LogPosition position() {
    return position;
  }

  Object lock() {
    return lock;
  }

  /** The current state, for the write path; under the lock it stays the current one. */
  CollectionState current() {
    assert Thread.holdsLock(lock);
    CollectionState state = states.acquire();
    // The holder keeps its own reference, and only holders of the lock make it let go.
    states.release(state);
    return state;
  }

  /** What goes by a state's schema. */
  SchemaTools schemaTools(CollectionState state) {
    SchemaTools tools = schemaTools.following(state.context());
    schemaTools = tools;
    return tools;
  }

  /** What goes by the schema of the current state. */
  SchemaTools schemaTools() {
    CollectionState state = states.acquire();
    try {
      return schemaTools(state);
    } finally {
      states.release(state);
    }
  }

  /** The table's properties as they were seen last; looks for no others. */
  Map<String, String> seenProperties() {
    CollectionState state = states.acquire();
    try {
      return state.context().properties();
    } finally {
      states.release(state);
    }
  }

  /** The same under the lock, where it stays the current one. */
  SchemaTools currentSchemaTools() {
    return schemaTools(current());
  }

  /** The snapshots that the current state and all pins rest on. */
  Set<Long> pinnedSnapshots() {
    return states.snapshotIds();
  }

  /**
   * What a read that starts now sees, all writes up to a sequence of the owner among it.
   *
   * @throws io.proximadb.error.UnavailableException if that takes too long
   */
  Pin pin(long minSequence) {
    if (minSequence > 0) {
      sequences.await(minSequence);
    }
    return pin();
  }

  /** What a read that starts now sees. */
  Pin pin() {
    refreshIfStale();
    long sequence = Math.min(engine.wal().durableSequence(), appliedSequence);
    CollectionState state = states.acquire();
    return new Pin(states, state, Math.max(sequence, state.flushedSequence()), engine.nowMicros());
  }

  /**
   * The lease, taken if need be. Under the lock.
   *
   * @throws io.proximadb.error.NotOwnerException if another engine holds it
   * @throws FencedException if this engine lost it
   */
  Ownership ownership() {
    return owner.ownership();
  }

  /**
   * Takes the lease if need be, and takes in what others committed before, for what a write
   * requires is judged on that. Not under the lock.
   */
  void own() {
    long epoch;
    synchronized (lock) {
      epoch = owner.ownership().epoch();
    }
    if (epoch != refreshedEpoch) {
      refresh();
      refreshedEpoch = epoch;
    }
  }

  /** The lease that this engine's commits renew; null if it has none, or a file lock. */
  @Nullable Lease lease() {
    return owner.lease();
  }

  /** True while this engine holds the lease. */
  boolean isOwned() {
    return owner.isOwner();
  }

  private LogPosition checkNotCloned(CollectionTable metadata) {
    try {
      return guard.check(metadata);
    } catch (FencedException e) {
      owner.refuse(Objects.requireNonNull(e.getMessage()));
      throw e;
    }
  }

  /** Refuses all further writes and flushes. */
  FencedException fence(String reason) {
    return owner.fence(reason);
  }

  /** Refuses writes of these records from now on; none for an end of that. */
  void refuse(Set<String> ids) {
    synchronized (lock) {
      erased = ids;
    }
  }

  /**
   * Looks before a write whether it may be made. Under the lock.
   *
   * @throws ConflictException if the record is being erased
   */
  void checkNotErased(String id) {
    if (erased.contains(id)) {
      throw new ConflictException(
          "Cannot write record '"
              + id
              + "' of '"
              + table.name()
              + "': it is being erased; try again when that has ended");
    }
  }

  /** What segments know ids by. */
  IdKeys keys(List<String> ids) {
    return IdKeys.of(idHash, ids);
  }

  /**
   * Where the current segments have records, of each in the order of the segments; -1 where they do
   * not. Under the lock.
   */
  int[][] find(IdKeys keys) {
    List<SegmentView> segments = current().segments();
    int[][] bySegment = new int[segments.size()][keys.size()];
    for (int segment = 0; segment < bySegment.length; segment++) {
      segments.get(segment).handle().reader().find(keys, bySegment[segment]);
    }
    int[][] byId = new int[keys.size()][bySegment.length];
    for (int i = 0; i < byId.length; i++) {
      for (int segment = 0; segment < bySegment.length; segment++) {
        byId[i][segment] = bySegment[segment][i];
      }
    }
    return byId;
  }

  /**
   * Applies a version: hides the rows it replaces, then puts it in. Under the lock; does no I/O, so
   * that what was logged is applied for certain.
   *
   * @param positions what {@link #find} gave since the lock was taken
   */
  void apply(MemtableEntry entry, int[] positions, long nowMicros) {
    CollectionState state = current();
    for (int i = 0; i < positions.length; i++) {
      if (positions[i] >= 0) {
        state.segments().get(i).hidden().hide(positions[i], entry.sequence());
      }
    }
    state.active().put(entry, nowMicros);
  }

  /** The greatest number applied; a write that is under way under the lock may be above it. */
  long appliedSequence() {
    return appliedSequence;
  }

  /** Makes applied versions up to a number visible as soon as they are durable. Under the lock. */
  void applied(long sequence) {
    assert Thread.holdsLock(lock);
    appliedSequence = sequence;
    engine.ticks().awake();
  }

  /** True if memory has records that are not in the table. */
  boolean hasUnflushed() {
    CollectionState state = states.acquire();
    try {
      return state.memtables().stream().anyMatch(memtable -> !memtable.isEmpty());
    } finally {
      states.release(state);
    }
  }

  /** Files of the current state beyond those that its bytes fill. */
  long unmergedFiles() {
    CollectionState state = states.acquire();
    try {
      long bytes =
          state.segments().stream()
              .mapToLong(segment -> segment.file().dataFile().fileSizeInBytes())
              .sum();
      return state.segments().size() - bytes / FULL_FILE_BYTES;
    } finally {
      states.release(state);
    }
  }

  long unflushedBytes() {
    CollectionState state = states.acquire();
    try {
      return state.memtables().stream().mapToLong(Memtable::bytes).sum();
    } finally {
      states.release(state);
    }
  }

  boolean flushIsDue() {
    CollectionState state = states.acquire();
    try {
      long oldest =
          state.memtables().stream()
              .mapToLong(Memtable::firstAcceptedMicros)
              .min()
              .orElse(Long.MAX_VALUE);
      Duration maxAge = engine.options().flushMaxAge();
      Duration wanted = state.goals().freshness().orElse(maxAge);
      long maxAgeMicros = (wanted.compareTo(maxAge) < 0 ? wanted : maxAge).toNanos() / 1_000;
      return state.active().bytes() >= engine.options().flushBytes()
          || oldest < engine.nowMicros() - maxAgeMicros;
    } finally {
      states.release(state);
    }
  }

  /**
   * What waits for a flush.
   *
   * @param context the table with the schema that the rows are of
   * @param memtables newest first
   */
  record Frozen(TableContext context, List<Memtable> memtables) {}

  /** Ends the active memtable and returns all that wait for a flush. */
  Frozen freeze() {
    synchronized (lock) {
      CollectionState state = current();
      List<Memtable> memtables = new ArrayList<>(state.memtables());
      if (!state.active().isEmpty()) {
        memtables.add(0, new Memtable());
        states.swap(state.withMemtables(memtables));
      }
      return new Frozen(state.context(), List.copyOf(memtables.subList(1, memtables.size())));
    }
  }

  /** Takes in what other writers committed, if the last look is older than the interval. */
  void refreshIfStale() {
    long intervalMicros = engine.options().refreshInterval().toNanos() / 1_000;
    if (engine.nowMicros() - lastRefreshMicros < intervalMicros) {
      return;
    }
    synchronized (refreshLock) {
      // Of the readers that waited here the first one looked for all.
      if (engine.nowMicros() - lastRefreshMicros >= intervalMicros) {
        refresh();
      }
    }
  }

  /** Takes in the table's current snapshot. */
  void refresh() {
    synchronized (refreshLock) {
      refreshTable();
      CollectionState state = states.acquire();
      try {
        lastRefreshMicros = engine.nowMicros();
        // A flush of deletions that met no row moves the log position and makes no snapshot.
        if (!table.snapshotId().equals(state.snapshotId())
            || !table.context().hasSchemaOf(state.context())
            || !writesAs(state)
            || position.sequence() > state.flushedSequence()) {
          takeIn(state);
        }
      } finally {
        states.release(state);
      }
    }
  }

  /**
   * False if since the state was made a training has named another generation for new rows, or
   * someone another layout for new files, or indexes were created or dropped, or other goals set.
   */
  private boolean writesAs(CollectionState state) {
    TableContext now = table.context();
    String layout = now.properties().get(StorageFormat.LAYOUT_PROPERTY);
    return IndexDefinitions.of(now).equals(state.indexes())
        && ofAxis(now.properties()).equals(ofAxis(state.context().properties()))
        && ClusterModels.currentGeneration(now) == ClusterModels.currentGeneration(state.context())
        && Objects.equals(layout, state.context().properties().get(StorageFormat.LAYOUT_PROPERTY))
        && Objects.equals(
            now.properties().get(IndexDefinitions.MIN_ROWS),
            state.context().properties().get(IndexDefinitions.MIN_ROWS));
  }

  /** Goals, which searches use which index, and why. */
  private static Map<String, String> ofAxis(Map<String, String> properties) {
    Map<String, String> ofAxis = new HashMap<>(properties);
    ofAxis.keySet().removeIf(key -> !key.startsWith(Goals.PREFIX));
    return ofAxis;
  }

  private void refreshTable() {
    try {
      table.refresh();
    } catch (NoSuchTableException e) {
      throw new NotFoundException(
          "Cannot read '" + table.name() + "': the collection was dropped", e);
    }
    if (!table.uuid().equals(uuid)) {
      throw new NotFoundException(
          "Cannot read '"
              + table.name()
              + "': the collection was dropped and created again; open it anew");
    }
    position = checkNotCloned(table);
  }

  private void takeIn(CollectionState before) {
    StateBuilder.Opened opened = builder.open(table, before);
    long flushed = Math.max(before.flushedSequence(), position.sequence());
    try {
      opened.hideAhead(unflushed(before.memtables(), flushed));
      synchronized (lock) {
        List<Memtable> memtables = unflushed(current().memtables(), flushed);
        RowConversion.between(before.context(), opened.context())
            .ifPresent(conversion -> memtables.replaceAll(conversion::apply));
        states.swap(opened.state(flushed, memtables));
      }
    } catch (RuntimeException e) {
      opened.release();
      throw e;
    }
  }

  /** What the table holds by now leaves memory; the first memtable, which is written to, stays. */
  private static List<Memtable> unflushed(List<Memtable> memtables, long flushed) {
    List<Memtable> left = new ArrayList<>(memtables);
    left.subList(1, left.size()).removeIf(memtable -> memtable.lastSequence() <= flushed);
    return left;
  }

  void close() {
    synchronized (lock) {
      states.close();
      owner.close();
    }
  }
}
