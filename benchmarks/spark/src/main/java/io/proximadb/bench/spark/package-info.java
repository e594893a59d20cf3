/**
 * {@code bench spark}, on Spark's side: what is timed, and the session that it is timed in.
 *
 * <p>Read {@link io.proximadb.bench.spark.SparkWorker} and {@link
 * io.proximadb.bench.spark.VectorSets}. The process that starts it, {@code SparkBenchmark} of the
 * module {@code benchmarks}, makes figures of what it prints.
 */
@NullMarked
package io.proximadb.bench.spark;

import org.jspecify.annotations.NullMarked;
