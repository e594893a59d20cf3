/**
 * Files of other Iceberg engines as generic records: data files, equality deletes and position
 * deletes, in Parquet of any encoding and in Avro, without Hadoop.
 *
 * <p>Read {@link io.proximadb.storage.records.RecordFile}, {@link
 * io.proximadb.storage.records.RecordFiles} and {@link io.proximadb.storage.records.ColumnBuilder}.
 * May depend on {@code model}, {@code io} and {@code error}, and on Iceberg and Parquet.
 */
@NullMarked
package io.proximadb.storage.records;

import org.jspecify.annotations.NullMarked;
