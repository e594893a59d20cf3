/**
 * The VIPER layout: standard Parquet files whose vector pages are plain blocks of floats, served
 * from a memory map.
 *
 * <p>Read {@link io.proximadb.storage.viper.ViperFormat} for the bytes, then {@code ViperWriter}
 * over {@code ViperFileWriter}, and {@code ViperReader} over {@code ViperFile} and {@code
 * PagedVectors}. May depend on the storage SPI, {@code storage.ids}, {@code io}, {@code model} and
 * {@code error}, on Iceberg's core and on Parquet's column and format structures, never on Hadoop.
 */
@NullMarked
package io.proximadb.storage.viper;

import org.jspecify.annotations.NullMarked;
