package io.proximadb.storage.clusters;

import io.proximadb.model.ClusterId;
import io.proximadb.vector.cluster.Centroids;

/**
 * A generation of a vector field's clusters. Immutable.
 *
 * @param generation from 1 on; a later one replaces it for rows written from then on
 * @param fieldId Iceberg's field id of the vector column, which a rename does not change
 * @param centroids of the clusters, by number
 * @param sizes sampled rows of each cluster, none of them 0; not to be changed
 * @param training what it was trained on
 */
@SuppressWarnings("ArrayRecordComponent")
public record ClusterModel(
    int generation, int fieldId, Centroids centroids, int[] sizes, Training training) {
  /**
   * What a model was trained on.
   *
   * @param tableRows live rows in the table's files
   * @param sampledRows rows of the sample
   * @param tableSequence the table's last sequence number: later rows were not seen
   * @param seed of the training
   * @param atMicros when, microseconds since 1970
   * @param distortion mean squared distance of the sample's rows to their centroids
   */
  public record Training(
      long tableRows,
      long sampledRows,
      long tableSequence,
      long seed,
      long atMicros,
      double distortion) {}

  /** The id of a cluster of this generation. */
  public long id(int cluster) {
    return ClusterId.of(generation, cluster);
  }

  /**
   * How many times as many rows a search of one cluster reads as with clusters of equal size, if
   * queries are spread like rows; at least 1.
   */
  public double imbalance() {
    double squares = 0;
    double rows = 0;
    for (int size : sizes) {
      squares += (double) size * size;
      rows += size;
    }
    return sizes.length * squares / (rows * rows);
  }
}
