/**
 * {@code bench exact}: exact search against the bandwidth of memory, by codes, and in batches.
 *
 * <p>Read {@link io.proximadb.bench.exact.ExactBenchmark}.
 */
@NullMarked
package io.proximadb.bench.exact;

import org.jspecify.annotations.NullMarked;
