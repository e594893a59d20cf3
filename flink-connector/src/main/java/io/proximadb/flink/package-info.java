/**
 * ProximaDB as a Flink sink: changelog streams become collections, one Iceberg commit for each
 * checkpoint, exactly once.
 *
 * <p>Read {@link io.proximadb.flink.ProximaSink} first: it tells how a row travels through {@link
 * io.proximadb.flink.ProximaSinkWriter}, {@link io.proximadb.flink.CheckpointAggregator} and {@link
 * io.proximadb.flink.CheckpointCommitter}. May depend on engine-core's {@code catalog}, {@code
 * storage}, {@code model}, {@code env} and {@code error}, on {@code sql-functions} and on Flink.
 */
@NullMarked
package io.proximadb.flink;

import org.jspecify.annotations.NullMarked;
