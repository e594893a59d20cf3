package io.proximadb.wal;

import java.util.Map;

/**
 * What a log did since it was opened.
 *
 * @param records written
 * @param groups written, each with one sync under {@link SyncPolicy#ALWAYS}
 * @param plainBytes of records before compression
 * @param storedBytes of frames, in one copy
 * @param syncNanos a sync takes lately, 0 before the first
 * @param codec what {@link Compression#ADAPTIVE} chose last, or what was set
 * @param codecChoices how often it chose each
 * @param deviceBytesPerSecond what writing and syncing manages lately, 0 before it was measured
 * @param unsyncedRecords acknowledged and not synced yet, under other policies than {@link
 *     SyncPolicy#ALWAYS}
 * @param mirroredSequence all records up to it are in the mirror; -1 without one
 * @param readOnlyBecause why nothing can be written any more, or empty
 */
public record WalStats(
    long records,
    long groups,
    long plainBytes,
    long storedBytes,
    long syncNanos,
    Compression codec,
    Map<Compression, Long> codecChoices,
    double deviceBytesPerSecond,
    long unsyncedRecords,
    long mirroredSequence,
    String readOnlyBecause) {}
