/**
 * Measurements against peers: what is measured, how figures are reported, where data comes from.
 *
 * <p>Read {@link io.proximadb.bench.Benchmark}, {@link io.proximadb.bench.Figure}, {@link
 * io.proximadb.bench.Report}. May depend on the engine; nothing depends on it but the command line.
 */
@NullMarked
package io.proximadb.bench;

import org.jspecify.annotations.NullMarked;
