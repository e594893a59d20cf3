/**
 * Reading collections: push-down, planning and columnar batches.
 *
 * <p>Read {@link io.proximadb.spark.read.ProximaScanBuilder}, {@link
 * io.proximadb.spark.read.PredicateConverter} and {@link io.proximadb.spark.read.SparkVectors}.
 * Depends on {@code types} and engine-core's catalog, filter and query.
 */
@NullMarked
package io.proximadb.spark.read;

import org.jspecify.annotations.NullMarked;
