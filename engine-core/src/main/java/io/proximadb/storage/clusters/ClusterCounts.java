package io.proximadb.storage.clusters;

/** How many clusters a table is given, and how many rows they are trained on. */
public final class ClusterCounts {
  /** Fewer do not spare a search enough. */
  public static final int MIN_CLUSTERS = 16;

  /** More cost more to assign than they spare: sixteen million rows have so many. */
  public static final int MAX_CLUSTERS = 4_096;

  /** Rows of the sample for each centroid: with more, centroids move by little. */
  public static final int ROWS_PER_CLUSTER = 256;

  /** Fewer rows for each centroid than that would make centroids of single rows. */
  private static final int MIN_ROWS_PER_CLUSTER = 16;

  /** Bytes of a model's centroids. */
  private static final long MAX_MODEL_BYTES = 64L << 20;

  /** Bytes of a sample on the heap, once more for a part of it: a collection's engine has more. */
  private static final long MAX_SAMPLE_BYTES = 256L << 20;

  private ClusterCounts() {}

  /**
   * Clusters for a table of so many live rows: their square root, so that a search compares as many
   * centroids as rows of one cluster.
   */
  public static int of(long rows, int dimension) {
    long rowBytes = (long) Float.BYTES * dimension;
    long most =
        Math.min(
            MAX_CLUSTERS,
            Math.min(
                MAX_MODEL_BYTES / rowBytes, MAX_SAMPLE_BYTES / (MIN_ROWS_PER_CLUSTER * rowBytes)));
    long wanted = Math.max(MIN_CLUSTERS, Math.round(Math.sqrt((double) rows)));
    return (int) Math.max(1, Math.min(most, wanted));
  }

  /** Rows that a training of so many clusters looks at, at most all. */
  public static int sampleRows(int clusters, long rows, int dimension) {
    long most = MAX_SAMPLE_BYTES / ((long) Float.BYTES * dimension);
    return (int) Math.min(Math.min(most, rows), (long) clusters * ROWS_PER_CLUSTER);
  }
}
