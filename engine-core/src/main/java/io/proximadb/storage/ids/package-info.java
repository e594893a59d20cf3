/**
 * The id index: a sidecar of each data file that finds the row of an id by its keyed hash.
 *
 * <p>Read {@link io.proximadb.storage.ids.IdIndexFormat} for the bytes, then {@link
 * io.proximadb.storage.ids.IdIndexWriter} and {@link io.proximadb.storage.ids.IdIndex}. May depend
 * on the storage SPI, {@code io} and {@code error}.
 */
@NullMarked
package io.proximadb.storage.ids;

import org.jspecify.annotations.NullMarked;
