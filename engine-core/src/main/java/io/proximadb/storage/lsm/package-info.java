/**
 * The LSM layout: standard Avro files, each one sorted run of rows, in levels; rows are found by a
 * bloom filter, an index of blocks and a memory map.
 *
 * <p>Read {@link io.proximadb.storage.lsm.LsmFormat} for the bytes, then {@code LsmWriter} over
 * {@code RowEncoder} and {@code RunFile}, {@code LsmReader} over {@code RunReader} and {@code
 * LsmIndex}, and {@code LsmCompaction} for the levels. May depend on the storage SPI, {@code
 * storage.ids}, {@code io}, {@code model} and {@code error}, and on Iceberg's core.
 */
@NullMarked
package io.proximadb.storage.lsm;

import org.jspecify.annotations.NullMarked;
