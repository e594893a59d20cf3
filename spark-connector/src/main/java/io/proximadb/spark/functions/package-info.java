/**
 * The vector functions in Spark: as functions of a catalog, which Spark casts arguments for, and as
 * functions of a session.
 *
 * <p>Read {@link io.proximadb.spark.functions.SparkVectorFunctions}, then {@link
 * io.proximadb.spark.functions.VectorCasts}. Depends on {@code io.proximadb.functions}.
 */
@NullMarked
package io.proximadb.spark.functions;

import org.jspecify.annotations.NullMarked;
