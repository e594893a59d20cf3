/**
 * The vector functions of SQL, defined once and free of any platform: Spark and Flink put their own
 * coats around these.
 *
 * <p>Read {@link io.proximadb.functions.VectorFunctions}, the registry and the arithmetic, and
 * {@link io.proximadb.functions.VectorFunction}, what a platform sees of one function. Depends on
 * {@code io.proximadb.error} only.
 */
@NullMarked
package io.proximadb.functions;

import org.jspecify.annotations.NullMarked;
