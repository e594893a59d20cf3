/**
 * ProximaDB in Flink SQL: what {@code CREATE TABLE ... WITH ('connector' = 'proximadb')} and {@code
 * LOAD MODULE proximadb} find by service loading.
 *
 * <p>Read {@link io.proximadb.flink.table.ProximaConnectorOptions} and {@link
 * io.proximadb.flink.table.ProximaDynamicTableFactory}. Depends on {@code io.proximadb.flink}.
 */
@NullMarked
package io.proximadb.flink.table;

import org.jspecify.annotations.NullMarked;
