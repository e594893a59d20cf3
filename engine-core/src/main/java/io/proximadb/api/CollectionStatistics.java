package io.proximadb.api;

import io.proximadb.model.CollectionName;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a collection consists of. Rows, files and bytes are those of the table's current snapshot;
 * what only an engine's memory and log hold is counted apart. Maintenance writes it to a file for
 * each snapshot, so that getting it costs one small read; where there is none yet, or rows have
 * expired since, the files that came since the last time are looked at, or all.
 *
 * @param name the collection
 * @param snapshotId the current snapshot; empty while nothing was committed
 * @param liveRows rows that reads show
 * @param deletedRows rows in data files that deletion vectors delete; gone after compaction
 * @param expiredRows rows that have expired and are not swept yet; no read shows them
 * @param dataFiles data files of the current snapshot
 * @param dataBytes their bytes
 * @param deleteBytes bytes of the deletion vectors of the current snapshot
 * @param indexBytes bytes of side files, those of older snapshots included; 0 if they cannot be
 *     listed
 * @param metadataBytes bytes of metadata files and manifests of all snapshots; 0 if they cannot be
 *     listed
 * @param snapshots how many snapshots are kept
 * @param lastFlush when an engine flushed last; empty if none ever did
 * @param lastCompaction when the latest compaction was whose snapshot is still kept
 * @param clusterGeneration the generation of the cluster model that new rows are sorted by; 0
 *     without one
 * @param measuredAt when rows and bytes were counted; they have not changed since, but for the
 *     bytes of indexes and metadata
 * @param unflushedRecords changes in memory that the log holds and the table does not; 0 without an
 *     engine
 * @param unflushedBytes heap that they take
 * @param oldestUnflushed when the oldest of them was acknowledged: how far the table lags behind
 *     the log; empty if there is none
 */
public record CollectionStatistics(
    CollectionName name,
    OptionalLong snapshotId,
    long liveRows,
    long deletedRows,
    long expiredRows,
    long dataFiles,
    long dataBytes,
    long deleteBytes,
    long indexBytes,
    long metadataBytes,
    int snapshots,
    Optional<Instant> lastFlush,
    Optional<Instant> lastCompaction,
    int clusterGeneration,
    Instant measuredAt,
    long unflushedRecords,
    long unflushedBytes,
    Optional<Instant> oldestUnflushed) {
  /** The same with what an engine holds beside the table. */
  public CollectionStatistics withUnflushed(long records, long bytes, Optional<Instant> oldest) {
    return new CollectionStatistics(
        name,
        snapshotId,
        liveRows,
        deletedRows,
        expiredRows,
        dataFiles,
        dataBytes,
        deleteBytes,
        indexBytes,
        metadataBytes,
        snapshots,
        lastFlush,
        lastCompaction,
        clusterGeneration,
        measuredAt,
        records,
        bytes,
        oldest);
  }
}
