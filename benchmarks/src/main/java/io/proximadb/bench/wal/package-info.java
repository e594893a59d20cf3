/**
 * Measures the write-ahead log against RocksDB's, and against the disk.
 *
 * <p>Read {@link io.proximadb.bench.wal.WalBenchmark}, {@code DurableStore}, {@code Samples}.
 */
@NullMarked
package io.proximadb.bench.wal;

import org.jspecify.annotations.NullMarked;
