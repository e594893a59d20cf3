/**
 * Measures how collections are stored: bytes on disk, reads by id, upserts beside maintenance,
 * clusters after drift, cold searches over the S3 protocol.
 *
 * <p>Read {@link io.proximadb.bench.storage.StorageBenchmark}, {@code BenchCollection}, {@code
 * VectorSet}.
 */
@NullMarked
package io.proximadb.bench.storage;

import org.jspecify.annotations.NullMarked;
