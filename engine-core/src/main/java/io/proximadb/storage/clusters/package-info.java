/**
 * Cluster models of tables: where they are kept, their bytes, and which one is current.
 *
 * <p>Read {@link io.proximadb.storage.clusters.ClusterModel}, {@link
 * io.proximadb.storage.clusters.ClusterModelFormat} for the bytes, and {@link
 * io.proximadb.storage.clusters.ClusterModels}. May depend on the storage SPI, {@code vector},
 * {@code io}, {@code model} and {@code error}.
 */
@NullMarked
package io.proximadb.storage.clusters;

import org.jspecify.annotations.NullMarked;
