/**
 * {@code bench scan}: how fast vectors are read and searched exactly, and what they take on disk.
 *
 * <p>Read {@link io.proximadb.bench.scan.ScanBenchmark}.
 */
@NullMarked
package io.proximadb.bench.scan;

import org.jspecify.annotations.NullMarked;
