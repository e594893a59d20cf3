package io.proximadb.api;

import java.util.OptionalLong;

/**
 * What a flush did.
 *
 * @param rows rows written to new data files
 * @param superseded rows of older files that are deleted by deletion vectors now
 * @param snapshotId the snapshot that the flush committed; empty if there was nothing to flush
 */
public record FlushResult(long rows, long superseded, OptionalLong snapshotId) {}
