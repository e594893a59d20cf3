/**
 * Collections as Iceberg tables: opening the catalog, mapping schemas, and the one class that makes
 * every row-level commit.
 *
 * <p>Read {@link io.proximadb.catalog.Warehouse}, {@link io.proximadb.catalog.CollectionTable},
 * {@link io.proximadb.catalog.RowLevelCommit}. May depend on the {@code storage} SPI, {@code io},
 * {@code model} and {@code error}, and on Iceberg.
 */
@NullMarked
package io.proximadb.catalog;

import org.jspecify.annotations.NullMarked;
