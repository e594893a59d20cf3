/**
 * Approximate search, ours and others': recall against queries a second, builds and memory.
 *
 * <p>Read {@link io.proximadb.bench.ann.AnnBenchmark}, then {@code AnnWorker}: each library runs in
 * a JVM of its own, on the newest Java there is, and answers commands, so that passes of all of
 * them can be interleaved.
 */
@NullMarked
package io.proximadb.bench.ann;

import org.jspecify.annotations.NullMarked;
