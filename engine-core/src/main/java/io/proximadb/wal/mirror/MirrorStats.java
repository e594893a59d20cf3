package io.proximadb.wal.mirror;

/**
 * What a mirror did since it was opened.
 *
 * @param storedSequence all records up to it are stored
 * @param objects stored
 * @param storedBytes of them
 * @param queuedBytes that wait to be stored
 * @param retries requests that were sent again because the store failed
 * @param lastFailure what the store said last when it failed; empty if it never did
 */
public record MirrorStats(
    long storedSequence,
    long objects,
    long storedBytes,
    long queuedBytes,
    long retries,
    String lastFailure) {}
