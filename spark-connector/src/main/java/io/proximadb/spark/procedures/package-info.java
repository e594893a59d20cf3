/**
 * The procedures of the catalog: {@code CALL prox.system.compact('library.books')}.
 *
 * <p>Read {@link io.proximadb.spark.procedures.Procedures} and {@code CatalogProcedure}. Depends on
 * engine-core, and on Spark for the jobs in which files are written.
 */
@NullMarked
package io.proximadb.spark.procedures;

import org.jspecify.annotations.NullMarked;
