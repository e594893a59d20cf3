package io.proximadb.api;

import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Goals;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A collection as this engine serves it. Safe for use by several threads.
 *
 * <p>Writes return when they are durable in the log; from then on every read of this engine shows
 * them. When memory holds four times the flush size, a write first flushes, and fails without
 * having written anything if that fails. A write of several records is one unit: all of it or
 * nothing. The engine takes the collection's ownership with its first write and fails with {@link
 * io.proximadb.error.NotOwnerException} if another engine holds it.
 */
public interface Collection {
  /** Most records in one write call: it bounds a frame of the log and the time under its lock. */
  int MAX_WRITE_RECORDS = 100_000;

  /** Longest time to live, a hundred years: an expiry then fits every engine's timestamps. */
  Duration MAX_TTL = Duration.ofDays(36_525);

  /** Most changes of one {@link #alter}: as many as there may be columns. */
  int MAX_SCHEMA_CHANGES = CollectionSchema.MAX_METADATA_FIELDS;

  /** Most searches in one call: it bounds how long a state is held for them. */
  int MAX_BATCH_REQUESTS = 10_000;

  /** Most hits that the searches of one call ask for together: answers are held in memory whole. */
  int MAX_BATCH_HITS = 1_000_000;

  /** Longest wait of a read for a sequence: a flush of the owner may end in that time, or not. */
  Duration MAX_SEQUENCE_WAIT = Duration.ofSeconds(2);

  CollectionName name();

  CollectionInfo describe();

  /** Counts of rows, files and bytes; see {@link CollectionStatistics} for what it costs. */
  CollectionStatistics statistics();

  /** Its fields; cheaper than {@link #describe()} where nothing else is wanted. */
  default CollectionSchema schema() {
    return describe().schema();
  }

  /**
   * Adds records that must not be there.
   *
   * @throws io.proximadb.error.AlreadyExistsException if an id is live, or stands twice in the call
   * @throws io.proximadb.error.InvalidArgumentException if a record does not fit the schema
   */
  WriteResult insert(List<VectorRecord> records);

  /**
   * Adds records or replaces them whole. The same id twice in one call is an error.
   *
   * @throws io.proximadb.error.InvalidArgumentException if a record does not fit the schema
   */
  WriteResult upsert(List<VectorRecord> records);

  /**
   * Replaces records whole that must be there. The same id twice in one call is an error.
   *
   * @throws io.proximadb.error.NotFoundException naming the first id that is not live; nothing was
   *     written
   * @throws io.proximadb.error.InvalidArgumentException if a record does not fit the schema
   */
  WriteResult update(List<VectorRecord> records);

  /**
   * Writes records that are still what the writer takes them for: each change names the version
   * that its record must have, or that it must not be there. One unit: all of it passes or nothing.
   * The versions that count are those of the newest writes, also of writes that are not durable
   * yet, and of other writers' commits as far as this engine has seen them, see {@link #refresh()}.
   *
   * @param writes of distinct ids
   * @throws io.proximadb.error.ConflictException naming the first record that is not as expected,
   *     the expected version and the one found; read again, and decide again
   * @throws io.proximadb.error.InvalidArgumentException if a record does not fit the schema, or an
   *     id stands twice
   */
  WriteResult compareAndSet(List<VersionedWrite> writes);

  /**
   * Lets records expire when that time has passed from now, whatever expiry they have. The record
   * becomes a new version, otherwise equal; ids that are not live are left alone. A flushed record
   * is rewritten by the next flush, since files never change.
   *
   * @param ttl above zero, at most {@link #MAX_TTL}; less than a microsecond counts as one
   * @return counts the live records
   * @throws io.proximadb.error.InvalidArgumentException if the time is out of range
   */
  WriteResult setTtl(List<String> ids, Duration ttl);

  /**
   * Lets records stay for good, as new versions; ids that are not live, and records that do not
   * expire, are left alone.
   *
   * @return counts the live records that had an expiry
   */
  WriteResult removeTtl(List<String> ids);

  /** Deletes records by id; ids that are not live are fine. */
  WriteResult delete(List<String> ids);

  /**
   * Erases records for good, see {@link #erase(EraseRequest)}.
   *
   * @param ids of the records; those that are not there are fine
   */
  default EraseReceipt erase(java.util.Collection<String> ids) {
    return erase(EraseRequest.of(ids));
  }

  /**
   * Erases records for good: when it returns, no file of the table, no segment of this engine's log
   * and no object of its mirror holds their ids, vectors or metadata, but for what the receipt
   * names as remaining. Deletes the records that are live, rewrites every data file that holds a
   * row of them, live or not, and then removes all earlier snapshots, the tags and branches that
   * name them, and their files; flushes all collections of this engine, and drops the log up to
   * here.
   *
   * <p>While it runs, writes of these ids are refused, and flushes wait. It takes the collection's
   * ownership. An erasure that fails, or whose process dies, has lost nothing; it is not done, and
   * is to be asked for again.
   *
   * @throws io.proximadb.error.ConflictException if a pin or an open view holds an earlier snapshot
   *     and the request does not say to go on; the message names them, and nothing was changed. Or
   *     if other writers were faster again and again
   * @throws io.proximadb.error.UnavailableException if a disk, the store or the catalog failed, or
   *     a file of another engine has rows that cannot be moved, or another collection whose records
   *     are in the same log cannot be flushed
   * @throws io.proximadb.error.NotOwnerException if another engine owns the collection
   */
  EraseReceipt erase(EraseRequest request);

  /** The live record of that id. */
  Optional<StoredRecord> get(String id);

  /** The live records of these ids, in the order asked for, absent ones left out. */
  List<StoredRecord> get(List<String> ids);

  /**
   * The same, including all writes up to a sequence, see {@link WriteResult#sequence()}.
   *
   * @param minSequence a number of the log of the engine that owns the collection; 0 for any state.
   *     Another engine waits until that one has flushed it
   * @throws io.proximadb.error.UnavailableException if the sequence is not reached within {@link
   *     #MAX_SEQUENCE_WAIT}
   */
  List<StoredRecord> get(List<String> ids, long minSequence);

  /** All live records that pass the request's filter, as columnar batches at one snapshot. */
  ScanResult scan(ScanRequest request);

  /** The nearest live records that pass the request's filter. */
  SearchResponse search(SearchRequest request);

  /** The best live records that pass the request's filter, by several queries at one snapshot. */
  HybridResponse search(HybridRequest request);

  /** The best groups of live records that pass the request's filter, at one snapshot. */
  GroupedResponse search(GroupedRequest request);

  /**
   * Opens the first k hits of a search to be read page by page, at one snapshot; close what this
   * gives. Exact: recall, effort and clusters of the request do not matter.
   *
   * @param request its {@code k} is how deep pages go
   * @throws io.proximadb.error.ResourceExhaustedException if {@link SearchPages#MAX_OPEN} are open
   */
  SearchPages pages(SearchRequest request);

  /**
   * Several searches of one state, faster than one after the other where every row is compared:
   * rows are then read once for all. Answers are those of single searches.
   *
   * @param requests at most {@link #MAX_BATCH_REQUESTS}, for {@link #MAX_BATCH_HITS} hits together;
   *     of any fields and filters, those of equal ones are compared together
   * @return the answers, in the order of the requests
   * @throws io.proximadb.error.InvalidArgumentException if a request does not fit the schema, or
   *     there are too many
   */
  List<SearchResponse> search(List<SearchRequest> requests);

  /**
   * Searches, and says why a record is in the answer or is not: it does not exist, was deleted, has
   * expired, the filter leaves it out, it has no vector, is too far, ranks lower, or was missed.
   * Takes several exact searches.
   *
   * @param id any
   * @throws io.proximadb.error.InvalidArgumentException if the request does not fit the schema
   */
  SearchExplanation explain(SearchRequest request, String id);

  /**
   * The clusters nearest to a query, of each model whose clusters files have: what {@link
   * SearchRequest#clusters} looks into. The ids are those of the column {@code _cluster_id}, so
   * that another engine can prune by them; rows may have no cluster, and are then to be looked at
   * as well.
   *
   * @param n clusters of each model, at least 1
   * @param field a vector field, or null for the default one; another one has no clusters
   * @return the nearest first, those of the newest model before others; empty if there are none
   * @throws io.proximadb.error.InvalidArgumentException if n, the field or the query is not valid
   */
  List<Long> nearestClusters(float[] query, int n, @Nullable String field);

  /** The snapshots that can be read by {@link #at}, oldest first. */
  List<SnapshotInfo> snapshots();

  /**
   * Opens the collection as it was committed at an earlier time. Close what this gives.
   *
   * @throws io.proximadb.error.NotFoundException if there is no such snapshot, or none any more;
   *     the message says which there are
   */
  CollectionView at(SnapshotRef snapshot);

  /**
   * Changes the schema, in one Iceberg commit, while the collection is read and written. The engine
   * takes the collection's ownership, as for a write. Reads that are under way keep the schema that
   * they began with; writes that wait are checked against the new one. Data files stay as they are.
   *
   * <p>If this fails after the commit, the change has been made, and is seen with the next refresh;
   * {@link #schema()} tells.
   *
   * @param changes made one after the other, all or none; at most {@link #MAX_SCHEMA_CHANGES}
   * @throws io.proximadb.error.InvalidArgumentException if a change does not fit the schema
   * @throws io.proximadb.error.CommitStateUnknownException if the catalog does not tell whether the
   *     change was made
   */
  void alter(SchemaChange... changes);

  /**
   * Has an index made of every data file, in the background; searches use it as it comes. See
   * {@link #optimize()} for how to wait, and {@code docs/indexes.md} for types and settings.
   *
   * @throws io.proximadb.error.AlreadyExistsException if there is an index of that name
   * @throws io.proximadb.error.InvalidArgumentException if type, field or settings are not valid
   */
  default void createIndex(IndexDefinition definition) {
    alter(SchemaChange.addIndex(definition));
  }

  /**
   * Drops an index.
   *
   * @throws io.proximadb.error.NotFoundException if there is none of that name
   */
  default void dropIndex(String name) {
    alter(SchemaChange.dropIndex(name));
  }

  /** The indexes, and how much of the collection each covers. */
  List<IndexInfo> indexes();

  /**
   * States what the collection is to reach, in the place of all goals that were stated before.
   *
   * @param goals that hold from now on; {@link Goals#NONE} for none
   */
  default void setGoals(Goals goals) {
    alter(SchemaChange.goals(goals));
  }

  /** The collection's goals, and what this engine measured of its searches and writes. */
  AxisReport axis();

  /** Has AXIS explain itself, or do what it is told. */
  AxisControl axisControl();

  /**
   * What the vectors of a field are like, by a sample of the flushed rows. Takes up to a second or
   * two, and some nanoseconds for each row; the next one reads only what is new.
   *
   * @param field a dense field, or null for the default one
   * @throws io.proximadb.error.InvalidArgumentException if there is no dense field of that name
   */
  DataProfile profile(@Nullable String field);

  /**
   * Brings the collection into the state in which it is read fastest, and waits: flushes, merges
   * files, and builds indexes that are missing or damaged.
   *
   * @throws io.proximadb.error.UnavailableException if a disk, the store or the catalog failed
   * @throws io.proximadb.error.NotOwnerException if another engine owns the collection
   */
  void optimize();

  /** Writes everything acknowledged so far into the table, in one Iceberg commit. */
  FlushResult flush();

  /** Looks for commits of other writers now instead of within the refresh interval. */
  void refresh();
}
