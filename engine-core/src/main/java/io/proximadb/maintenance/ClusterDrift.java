package io.proximadb.maintenance;

import io.proximadb.catalog.LiveFile;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.clusters.ClusterModel;
import io.proximadb.vector.cluster.Assigner;
import java.util.List;

/**
 * How well rows written since a model was trained fit it.
 *
 * @param newRows how many there are, estimated from a sample
 * @param distortionRatio their mean squared distance to their centroids by that of the training
 * @param imbalanceRatio how they crowd into clusters, by how the training's rows do
 */
record ClusterDrift(double newRows, double distortionRatio, double imbalanceRatio) {
  /** Rows looked at: the mean is then known to a few percent. */
  private static final int SAMPLE_ROWS = 4_096;

  /** Below it there are too few rows to tell anything. */
  private static final int MIN_SAMPLE_ROWS = 256;

  private static final ClusterDrift NONE = new ClusterDrift(0, 1, 1);

  /**
   * Looks at a sample of the new rows.
   *
   * @param minRows with fewer rows in new files nothing is read
   */
  static ClusterDrift measure(
      MaintenanceScope scope,
      TableContext context,
      List<LiveFile> files,
      ClusterModel model,
      double minRows) {
    long trainedAt = model.training().tableSequence();
    List<LiveFile> newer =
        files.stream()
            .filter(
                file -> {
                  Long sequence = file.dataFile().dataSequenceNumber();
                  return sequence != null && sequence > trainedAt;
                })
            .toList();
    long rows = newer.stream().mapToLong(file -> file.dataFile().recordCount()).sum();
    if (rows < Math.max(1, minRows)) {
      return NONE;
    }
    RowSample sample =
        RowSample.take(scope, context, newer, SAMPLE_ROWS, trainedAt, model.training().seed());
    if (sample.count() < MIN_SAMPLE_ROWS) {
      return NONE;
    }
    Assigner assigner = model.centroids().assigner();
    int dimension = model.centroids().dimension();
    long[] sizes = new long[model.centroids().count()];
    double total = 0;
    for (int row = 0; row < sample.count(); row++) {
      sizes[assigner.assign(sample.vectors(), row * dimension)]++;
      total += assigner.squaredDistance();
    }
    double distortion = total / sample.count();
    double trained = model.training().distortion();
    return new ClusterDrift(
        (double) rows * sample.count() / sample.looked(),
        trained > 0 ? distortion / trained : distortion > 0 ? Double.POSITIVE_INFINITY : 1,
        imbalance(sizes, sample.count()) / model.imbalance());
  }

  /** Pairs of rows in one cluster by what equal clusters would have: without the sample's bias. */
  private static double imbalance(long[] sizes, int rows) {
    double pairs = 0;
    for (long size : sizes) {
      pairs += (double) size * (size - 1);
    }
    return sizes.length * pairs / ((double) rows * (rows - 1));
  }
}
