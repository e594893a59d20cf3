/**
 * ProximaDB in Spark: a catalog, a data source and a session extension.
 *
 * <p>Read {@link io.proximadb.spark.ProximaCatalog}, {@link io.proximadb.spark.ProximaTable} and
 * {@link io.proximadb.spark.ProximaExtensions}. Depends on engine-core's catalog, query and storage
 * and on the packages below this one.
 */
@NullMarked
package io.proximadb.spark;

import org.jspecify.annotations.NullMarked;
