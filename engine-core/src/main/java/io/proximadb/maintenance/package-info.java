/**
 * Background work on tables: compaction, expiry of rows and snapshots, clean-up. Each kind is a
 * {@link io.proximadb.maintenance.MaintenanceWork} over a table alone, so that it runs in an engine
 * and without one; the scheduler bounds and orders it.
 *
 * <p>Read {@link io.proximadb.maintenance.MaintenanceWork} and {@link
 * io.proximadb.maintenance.MaintenanceScheduler}, then {@link io.proximadb.maintenance.Compaction}.
 * May depend on {@code storage}, {@code catalog}, {@code mvcc}, {@code vector}, {@code api}, {@code
 * model}, {@code env} and {@code error}; not on {@code query} or {@code core}.
 */
@NullMarked
package io.proximadb.maintenance;

import org.jspecify.annotations.NullMarked;
