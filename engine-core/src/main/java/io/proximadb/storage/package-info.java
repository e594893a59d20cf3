/**
 * The SPI of storage layouts: how segments are written, opened, looked through and compacted.
 *
 * <p>Read {@link io.proximadb.storage.StorageFormat}, {@link io.proximadb.storage.SegmentWriter},
 * {@link io.proximadb.storage.SegmentReader}, {@link io.proximadb.storage.VectorRows}, {@link
 * io.proximadb.storage.CompactionPolicy}. May depend on {@code io}, {@code model} and {@code
 * error}, and on Iceberg's api.
 */
@NullMarked
package io.proximadb.storage;

import org.jspecify.annotations.NullMarked;
