package io.proximadb.api;

/**
 * An acknowledged write.
 *
 * @param count records written, deletions logged, or records whose expiry changed
 * @param sequence a number of the log that is durable and not before the last of them; a read with
 *     this {@code minSequence} shows the write
 */
public record WriteResult(int count, long sequence) {}
