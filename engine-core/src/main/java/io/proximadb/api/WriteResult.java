package io.proximadb.api;

/**
 * An acknowledged write.
 *
 * @param count records written or deletions logged
 * @param sequence the log's number of the last of them; a read with this {@code minSequence} shows
 *     the write
 */
public record WriteResult(int count, long sequence) {}
