package io.proximadb.maintenance;

/**
 * What a snapshot of a table consists of.
 *
 * @param snapshotId the snapshot
 * @param rows in its data files, live or not
 * @param deletedRows of them deleted
 * @param expiredRows of the others expired at {@code measuredMicros}
 * @param dataFiles how many there are
 * @param dataBytes their bytes
 * @param deleteBytes bytes of its deletion vectors and delete files
 * @param indexBytes bytes of side files when it was measured, those of older snapshots included
 * @param metadataBytes bytes of metadata files and manifests of all snapshots when it was measured
 * @param measuredMicros when, microseconds since 1970
 * @param nextExpiryMicros no row expires before that time; {@link Long#MAX_VALUE} if none ever does
 */
record MeasuredTable(
    long snapshotId,
    long rows,
    long deletedRows,
    long expiredRows,
    long dataFiles,
    long dataBytes,
    long deleteBytes,
    long indexBytes,
    long metadataBytes,
    long measuredMicros,
    long nextExpiryMicros) {
  /** True if it says what the table is like at that time. */
  boolean holdsFor(long ofSnapshot, long nowMicros) {
    return snapshotId == ofSnapshot
        && nowMicros < nextExpiryMicros
        && (expiredRows == 0 || nowMicros >= measuredMicros);
  }
}
