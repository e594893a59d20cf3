/**
 * Vector SQL that the engine's kernels and indexes answer.
 *
 * <p>Read {@link io.proximadb.spark.search.VectorSqlRule}, {@link
 * io.proximadb.spark.search.NearestJoin} and {@link io.proximadb.spark.search.FallbackNotes}.
 * Depends on {@code read}, {@code functions} and {@code types}.
 */
@NullMarked
package io.proximadb.spark.search;

import org.jspecify.annotations.NullMarked;
