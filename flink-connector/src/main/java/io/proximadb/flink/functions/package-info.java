/**
 * The vector functions of {@code sql-functions} as Flink calls them.
 *
 * <p>Read {@link io.proximadb.flink.functions.FlinkVectorFunction}. Depends on {@code
 * io.proximadb.functions} and Flink; users load {@link io.proximadb.flink.ProximaModule}.
 */
@NullMarked
package io.proximadb.flink.functions;

import org.jspecify.annotations.NullMarked;
