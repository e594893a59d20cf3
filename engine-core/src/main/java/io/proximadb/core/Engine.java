package io.proximadb.core;

import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.axis.AxisMonitoring;
import io.proximadb.axis.AxisOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.ClosedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disks;
import io.proximadb.io.LocalPaths;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.maintenance.MaintenanceScheduler;
import io.proximadb.maintenance.MaintenanceWork;
import io.proximadb.maintenance.MaintenanceWorks;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.TableAttachment;
import io.proximadb.mvcc.ColumnCache;
import io.proximadb.mvcc.IndexMemory;
import io.proximadb.storage.TableContext;
import io.proximadb.wal.EngineHome;
import io.proximadb.wal.FileWal;
import io.proximadb.wal.LogIdentity;
import io.proximadb.wal.MirroredLog;
import io.proximadb.wal.WalOptions;
import io.proximadb.wal.WalRecord;
import io.proximadb.wal.WalRecovery;
import io.proximadb.wal.WalStats;
import io.proximadb.wal.mirror.ObjectMirror;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running engine: its home, its log, its open collections and the thread that flushes them. */
public final class Engine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  private final Warehouse warehouse;
  private final EngineHome home;
  private final FileWal wal;
  private final Surroundings surroundings;
  private final MaintenanceScheduler maintenance;
  private final LeaseKeeper leases;
  private final Map<CollectionName, EngineCollection> collections = new HashMap<>();
  private final LogEraser logEraser;
  private boolean closed;

  // Of the thread that flushes: since when nothing was written, up to which number.
  private long restedSequence = -1;
  private long lastAppendNanos = System.nanoTime();
  private volatile boolean rested;

  private Engine(Warehouse warehouse, EngineHome home, FileWal wal, Surroundings surroundings) {
    this.warehouse = warehouse;
    this.home = home;
    this.wal = wal;
    this.surroundings = surroundings;
    List<MaintenanceWork> works = new ArrayList<>(MaintenanceWorks.standard());
    works.add(surroundings.axisWork());
    this.maintenance =
        new MaintenanceScheduler(MaintenanceOptions.of(surroundings.options().catalog()), works);
    this.leases = surroundings.leases();
    this.logEraser = new LogEraser(wal, this::openCollections);
  }

  /** Opens an engine and replays its log, see {@code ProximaEngine}. */
  public static Engine open(EngineOptions options) {
    Warehouse warehouse = Warehouse.open(options.catalog());
    try {
      WalOptions log = WalOptions.of(options.catalog());
      EngineHome home =
          EngineHome.open(
              Disks.of(options.catalog()),
              homeFolder(options),
              options.address(),
              () -> survivingLog(options, log));
      try {
        return open(options, warehouse, home);
      } catch (RuntimeException e) {
        home.close();
        throw e;
      }
    } catch (RuntimeException e) {
      warehouse.close();
      throw e;
    }
  }

  /** Whose log is left where the home is lost: in directories of its own, or in its mirror. */
  private static Optional<LogIdentity> survivingLog(EngineOptions options, WalOptions log) {
    Optional<LogIdentity> local = FileWal.identity(Disks.of(options.catalog()), log);
    if (local.isPresent() || log.mirrorLocation().isEmpty()) {
      return local;
    }
    try {
      return ObjectMirror.identity(log.mirrorLocation().get(), options.catalog());
    } catch (IOException e) {
      throw mirrorFailed(log, e);
    }
  }

  private static UnavailableException mirrorFailed(WalOptions log, IOException cause) {
    return new UnavailableException(
        "Cannot open the mirror of the log (location="
            + log.mirrorLocation().orElse("")
            + ", cause="
            + cause.getMessage()
            + ")",
        cause);
  }

  private static @Nullable MirroredLog mirror(
      EngineOptions options, WalOptions log, EngineHome home, Recovery recovery) {
    if (log.mirrorLocation().isEmpty()) {
      return null;
    }
    try {
      return new MirroredLog(
          ObjectMirror.open(log, options.catalog(), home.engineId(), home.incarnation()),
          recovery::highestFlushed);
    } catch (IOException e) {
      throw mirrorFailed(log, e);
    }
  }

  private static Engine open(EngineOptions options, Warehouse warehouse, EngineHome home) {
    String engineId = home.engineId().toString();
    Recovery recovery = new Recovery(warehouse, engineId);
    WalOptions log = WalOptions.of(options.catalog());
    AxisOptions axis = AxisOptions.of(options.catalog());
    FileWal wal =
        FileWal.open(
            Disks.of(options.catalog()),
            home.walFolder(),
            home.engineId(),
            home.incarnation(),
            log,
            mirror(options, log, home, recovery),
            recovery::accept);
    Surroundings surroundings =
        new Surroundings(
            engineId,
            home.sessions(),
            options,
            wal,
            new VersionClock(options.clock()),
            new ColumnCache(ColumnCache.DEFAULT_MAX_BYTES),
            IndexMemory.ofHeap(),
            new LeaseKeeper(),
            new AxisMonitoring(axis),
            new AxisWork(),
            new FlushTicks());
    Engine engine = new Engine(warehouse, home, wal, surroundings);
    try {
      engine.recover(recovery);
    } catch (RuntimeException e) {
      surroundings.ticks().close();
      engine.maintenance.close();
      engine.leases.close();
      surroundings.axis().close();
      wal.close();
      throw e;
    }
    engine.startBackground();
    return engine;
  }

  private void startBackground() {
    surroundings.ticks().begin(this::flushWhatIsDue, this::isIdle);
  }

  /** True if no flush can become due, and the log has given back what it can. */
  private boolean isIdle() {
    return rested
        && wal.nextSequence() == restedSequence
        && openCollections().stream().noneMatch(EngineCollection::needsTicks);
  }

  private static Path homeFolder(EngineOptions options) {
    return options
        .homeFolder()
        .orElseGet(
            () -> {
              String location = options.catalog().get(Warehouse.WAREHOUSE);
              if (location == null || LocalPaths.isRemote(location)) {
                throw new InvalidArgumentException(
                    "Invalid engine home: none (expected a local folder, because the warehouse is "
                        + (location == null ? "named by its catalog" : location)
                        + ")");
              }
              return LocalPaths.of(location).resolve(TableContext.OWN_FOLDER).resolve("engine");
            });
  }

  private synchronized void recover(Recovery recovery) {
    long logBegins = wal.recovery().firstSequence();
    for (Recovery.Pending pending : recovery.pending()) {
      CollectionTable table = pending.table();
      List<WalRecord> records = pending.records(logBegins);
      EngineCollection collection = open(table.name());
      collection.replay(records);
      if (!records.isEmpty()) {
        LOG.info("Replayed {} records into {}", records.size(), table.name());
      }
    }
    wal.keep(
        recovery.pending().stream()
            .flatMap(pending -> pending.mark(surroundings.versions().next()).stream())
            .toList());
    recovery.pending().forEach(known -> wal.release(known.table().uuid(), known.flushed()));
    recovery
        .orphans()
        .forEach(
            (uuid, count) -> {
              if (count > 0) {
                LOG.warn("Dropped {} log records of table {}, which is gone", count, uuid);
              }
              wal.forget(uuid);
            });
  }

  private void flushWhatIsDue() {
    for (EngineCollection collection : openCollections()) {
      try {
        collection.flushIfDue();
      } catch (NotFoundException e) {
        LOG.warn("Dropped the unflushed records of {}: {}", collection.name(), e.getMessage());
        forget(collection);
      } catch (RuntimeException e) {
        // A bug; the thread goes on for the sake of the other collections.
        LOG.error("Cannot flush {}", collection.name(), e);
      }
    }
    long next = wal.nextSequence();
    if (surroundings.ticks().takeReleased()) {
      rested = false;
    }
    if (next != restedSequence) {
      rested = false;
      restedSequence = next;
      lastAppendNanos = System.nanoTime();
    } else if (System.nanoTime() - lastAppendNanos
        > surroundings.options().flushMaxAge().toNanos()) {
      // By then all that was written is flushed, unless that fails.
      lastAppendNanos = System.nanoTime();
      // First: what comes while the log rests asks for another look.
      rested = true;
      restLog();
    }
  }

  /** Gives back the room of a log whose records are all in their tables, but for their marks. */
  private void restLog() {
    try {
      wal.rest(
          () ->
              openCollections().stream()
                  .flatMap(collection -> collection.flushMark().stream())
                  .toList());
    } catch (UnavailableException e) {
      LOG.error("Cannot end segments of the log", e);
      rested = false;
    }
  }

  private synchronized List<EngineCollection> openCollections() {
    return new ArrayList<>(collections.values());
  }

  private void checkOpen() {
    if (closed) {
      throw new ClosedException("Cannot use the engine: it is closed");
    }
  }

  /** Makes a collection. */
  public synchronized Collection create(
      CollectionName name, CollectionSchema schema, Map<String, String> properties) {
    checkOpen();
    warehouse.create(name, schema, properties);
    return open(name).forCallers();
  }

  /**
   * Opens a collection, or gives the open one.
   *
   * @throws NotFoundException if there is none of that name
   */
  public synchronized Collection collection(CollectionName name) {
    checkOpen();
    return current(name).forCallers();
  }

  private EngineCollection current(CollectionName name) {
    EngineCollection open = collections.get(name);
    if (open != null) {
      boolean attached = open.table().isAttached();
      if (open.isCurrent() && (!attached || warehouse.isAttachedAs(open.table()))) {
        return open;
      }
      close(name, open);
    }
    return open(name);
  }

  /** Registers another engine's table, see {@code ProximaEngine}. */
  public synchronized Collection attach(CollectionName name, TableAttachment attachment) {
    checkOpen();
    warehouse.attach(name, attachment);
    return collection(name);
  }

  /** Forgets a registration; false if there is none. */
  public synchronized boolean detach(CollectionName name) {
    checkOpen();
    EngineCollection open = collections.get(name);
    if (open != null && open.table().isAttached()) {
      // Before its indexes are deleted: none is to be built behind that.
      close(name, open);
    }
    return warehouse.detach(name);
  }

  private EngineCollection open(CollectionName name) {
    EngineCollection opened =
        new EngineCollection(
            surroundings,
            warehouse.load(name),
            warehouse.load(name),
            warehouse.load(name),
            maintenance,
            logEraser);
    collections.put(name, opened);
    return opened;
  }

  private synchronized void forget(EngineCollection collection) {
    if (collections.get(collection.name()) == collection) {
      close(collection.name(), collection);
    }
  }

  /** Forgets a handle whose table was dropped, by another process or this one. */
  private void close(CollectionName name, EngineCollection collection) {
    collections.remove(name);
    collection.close();
    wal.forget(collection.uuid());
    // What the log has of it can be given back.
    rested = false;
    surroundings.ticks().awake();
  }

  /** Drops a collection with its files and what the log holds of it; false if there is none. */
  public synchronized boolean drop(CollectionName name) {
    checkOpen();
    EngineCollection open = collections.get(name);
    if (open != null) {
      open.endMaintenance();
    }
    boolean dropped;
    try {
      dropped = warehouse.drop(name);
    } catch (RuntimeException e) {
      if (open != null) {
        open.resumeMaintenance();
      }
      throw e;
    }
    if (open != null) {
      close(name, open);
    }
    return dropped;
  }

  /** Does what there is to maintain of a collection, see {@code ProximaEngine}. */
  public List<MaintenanceResult> maintain(CollectionName name) {
    EngineCollection open;
    synchronized (this) {
      checkOpen();
      open = current(name);
    }
    return open.maintain();
  }

  /** Background maintenance of all collections. */
  public MaintenanceScheduler maintenance() {
    return maintenance;
  }

  /** What the log did since the engine was opened. */
  public WalStats walStats() {
    return wal.stats();
  }

  /** What opening the log found. */
  public WalRecovery walRecovery() {
    return wal.recovery();
  }

  /** Names of all namespaces, sorted. */
  public List<String> namespaces() {
    return warehouse.namespaces();
  }

  /** The collections of a namespace, sorted. */
  public List<CollectionName> list(String namespace) {
    return warehouse.list(namespace);
  }

  /** Flushes, then closes log, home and catalog. What cannot be flushed stays in the log. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    surroundings.ticks().close();
    maintenance.close();
    surroundings.axis().close();
    try (warehouse;
        home;
        wal;
        leases) {
      for (EngineCollection collection : openCollections()) {
        flushAtEnd(collection);
        collection.close();
      }
      restLog();
    }
  }

  private static void flushAtEnd(EngineCollection collection) {
    try {
      collection.flush();
    } catch (RuntimeException e) {
      // Whatever it is, what the engine holds is let go; a failing disk speaks Iceberg's
      // exceptions.
      LOG.warn("Did not flush {} on close, its log keeps it", collection.name(), e);
    }
  }
}
