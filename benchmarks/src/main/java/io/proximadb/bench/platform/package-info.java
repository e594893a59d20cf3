/**
 * {@code bench spark}: collections in a data platform beside the platform's own tables. The
 * platform runs in a JVM of its own, on the class path of a module of its own.
 *
 * <p>Read {@link io.proximadb.bench.platform.SparkBenchmark}.
 */
@NullMarked
package io.proximadb.bench.platform;

import org.jspecify.annotations.NullMarked;
