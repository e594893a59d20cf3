package io.proximadb.api;

import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

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

  /** The live record of that id. */
  Optional<StoredRecord> get(String id);

  /** The live records of these ids, in the order asked for, absent ones left out. */
  List<StoredRecord> get(List<String> ids);

  /** All live records that pass the request's filter, as columnar batches at one snapshot. */
  ScanResult scan(ScanRequest request);

  /** The nearest live records that pass the request's filter. */
  SearchResponse search(SearchRequest request);

  /** Writes everything acknowledged so far into the table, in one Iceberg commit. */
  FlushResult flush();

  /** Looks for commits of other writers now instead of within the refresh interval. */
  void refresh();
}
