package io.proximadb;

import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.core.Engine;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.maintenance.MaintenanceStats;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.TableAttachment;
import io.proximadb.wal.WalRecovery;
import io.proximadb.wal.WalStats;
import java.util.List;
import java.util.Map;

/**
 * The embedded engine: open it over a warehouse, create collections, write and search.
 *
 * <pre>{@code
 * try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(Path.of("warehouse")))) {
 *   Collection docs =
 *       engine.createCollection(
 *           CollectionName.parse("docs"),
 *           CollectionSchema.builder().vector(3, Metric.COSINE).build());
 *   docs.upsert(List.of(VectorRecord.of("a", new float[] {1, 0, 0}, Map.of())));
 *   docs.search(SearchRequest.of(new float[] {1, 0, 0}, 10));
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads. One process at a time has an engine home open; several
 * engines with homes of their own may share a warehouse, see {@link EngineOptions#home()}.
 */
public final class ProximaEngine implements AutoCloseable {
  private final Engine engine;

  private ProximaEngine(Engine engine) {
    this.engine = engine;
  }

  /**
   * Opens an engine: locks its home, replays its log, starts flushing in the background.
   *
   * @throws io.proximadb.error.UnavailableException if another engine has the home open
   * @throws io.proximadb.error.CorruptFileException if acknowledged records are damaged
   */
  public static ProximaEngine open(EngineOptions options) {
    return new ProximaEngine(Engine.open(options));
  }

  /**
   * Makes a collection, and its namespace where it is missing.
   *
   * @throws io.proximadb.error.AlreadyExistsException if it exists
   */
  public Collection createCollection(CollectionName name, CollectionSchema schema) {
    return createCollection(name, schema, Map.of());
  }

  /** Makes a collection with table properties of one's own. */
  public Collection createCollection(
      CollectionName name, CollectionSchema schema, Map<String, String> properties) {
    return engine.create(name, schema, properties);
  }

  /**
   * Opens a collection.
   *
   * @throws io.proximadb.error.NotFoundException if there is none of that name
   */
  public Collection collection(CollectionName name) {
    return engine.collection(name);
  }

  /**
   * Attaches an Iceberg table of another engine: from now on, in this session and in later ones,
   * {@link #collection} opens it by that name like a collection that is only read. The table is not
   * changed; its registration is in the catalog. What its owner commits is seen within the refresh
   * interval.
   *
   * @param name what the collection is to be called; the table's own name will do
   * @param attachment the table, and which of its columns are ids and vectors
   * @throws io.proximadb.error.NotFoundException if there is no such table
   * @throws io.proximadb.error.AlreadyExistsException if the name is taken
   * @throws io.proximadb.error.InvalidArgumentException if a column is not there or not of a type
   *     that fits, if the dimension differs or cannot be found, or if the table is a collection
   * @throws io.proximadb.error.UnsupportedVersionException if it has files of a format that is not
   *     read
   */
  public Collection attach(CollectionName name, TableAttachment attachment) {
    return engine.attach(name, attachment);
  }

  /** Forgets an attached table, which stays as it is; false if none is attached by that name. */
  public boolean detach(CollectionName name) {
    return engine.detach(name);
  }

  /**
   * Does now, in the calling thread, all that there is to maintain of a collection: compaction,
   * sweep of expired rows, expiry of snapshots and the like. The engine does the same in the
   * background for collections that it owns.
   *
   * @return what each step did, in order; empty if there was nothing to do
   * @throws io.proximadb.error.NotFoundException if there is no such collection
   */
  public List<MaintenanceResult> maintain(CollectionName name) {
    return engine.maintain(name);
  }

  /** Starts no more steps of background maintenance until it is resumed; those that run end. */
  public void pauseMaintenance() {
    engine.maintenance().pause();
  }

  /** Goes on with background maintenance. */
  public void resumeMaintenance() {
    engine.maintenance().resume();
  }

  /** What maintenance did since the engine was opened. */
  public MaintenanceStats maintenanceStats() {
    return engine.maintenance().stats();
  }

  /** What the write-ahead log did since the engine was opened. */
  public WalStats walStats() {
    return engine.walStats();
  }

  /** What opening the write-ahead log found: records replayed, what was cut or restored. */
  public WalRecovery walRecovery() {
    return engine.walRecovery();
  }

  /** Names of all namespaces, sorted. */
  public List<String> listNamespaces() {
    return engine.namespaces();
  }

  /**
   * The collections of a namespace, sorted.
   *
   * @throws io.proximadb.error.NotFoundException if there is no such namespace
   */
  public List<CollectionName> listCollections(String namespace) {
    return engine.list(namespace);
  }

  /**
   * Drops a collection with all its files; false if there is none of that name.
   *
   * @throws io.proximadb.error.InvalidArgumentException if it is an attached table, which {@link
   *     #detach} lets go
   */
  public boolean dropCollection(CollectionName name) {
    return engine.drop(name);
  }

  /** Flushes and closes everything. What cannot be flushed stays in the log. */
  @Override
  public void close() {
    engine.close();
  }
}
