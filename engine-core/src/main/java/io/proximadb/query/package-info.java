/**
 * Reading: point reads, scans and searches over a pinned state, and scans of a snapshot without an
 * engine.
 *
 * <p>Read {@link io.proximadb.query.Searcher}, {@link io.proximadb.query.StateScan}, {@link
 * io.proximadb.query.PointReader}, {@link io.proximadb.query.SnapshotScan}. May depend on {@code
 * mvcc}, {@code catalog}, the {@code storage} and index SPIs, {@code filter} and {@code vector}.
 */
@NullMarked
package io.proximadb.query;

import org.jspecify.annotations.NullMarked;
