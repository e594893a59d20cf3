/**
 * Reading what commits changed: as a stream of rows, and as a changelog.
 *
 * <p>Read {@link io.proximadb.spark.changes.ProximaChangelog}, {@link
 * io.proximadb.spark.changes.ChangeStream} and {@link io.proximadb.spark.changes.ChangeRows}.
 * Depends on {@code read}, {@code types} and engine-core's catalog and query.
 */
@NullMarked
package io.proximadb.spark.changes;

import org.jspecify.annotations.NullMarked;
