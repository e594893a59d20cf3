/**
 * Clusters of vectors: training of centroids by k-means, and finding the nearest one of a row or
 * the nearest ones of a query.
 *
 * <p>Read {@link io.proximadb.vector.cluster.Centroids}, {@link
 * io.proximadb.vector.cluster.Assigner} and {@link io.proximadb.vector.cluster.KMeans}. Depends on
 * {@code vector} and {@code model} only.
 */
@NullMarked
package io.proximadb.vector.cluster;

import org.jspecify.annotations.NullMarked;
