/**
 * Data files that other Iceberg engines wrote into a collection's table, as segments: Parquet of
 * any encoding and compression, and Avro.
 *
 * <p>Read {@link io.proximadb.storage.foreign.ForeignReader} first. May depend on the {@code
 * storage} SPI, {@code model} and {@code error}.
 */
@NullMarked
package io.proximadb.storage.foreign;

import org.jspecify.annotations.NullMarked;
