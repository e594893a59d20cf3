/**
 * Writing collections: a job upserts its rows by id, in one commit.
 *
 * <p>Read {@link io.proximadb.spark.write.ProximaWriteBuilder}, {@code RecordWriter} (a task) and
 * {@code JobCommit} (the driver). Depends on {@code types} and engine-core's catalog and storage.
 */
@NullMarked
package io.proximadb.spark.write;

import org.jspecify.annotations.NullMarked;
