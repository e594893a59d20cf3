package io.proximadb.model;

/**
 * What stands in {@link SystemColumns#CLUSTER_ID}: generation and number of a row's cluster in one
 * long, {@code generation << 32 | cluster}. Ids of one generation are one range of longs, so that
 * bounds of the column tell the generations of a file, and a comparison of longs finds clusters.
 */
public final class ClusterId {
  /** Stands for "no cluster" where a long cannot be null; no id is negative. */
  public static final long NONE = -1;

  private ClusterId() {}

  /**
   * The id of a cluster.
   *
   * @param generation of the model, at least 1
   * @param cluster number in the model, from 0 on
   */
  public static long of(int generation, int cluster) {
    if (generation < 1 || cluster < 0) {
      throw new IllegalArgumentException(
          "Invalid cluster: " + cluster + " of generation " + generation);
    }
    return (long) generation << Integer.SIZE | cluster;
  }

  /** The generation in an id; below 1 if it is none of ours. */
  public static int generation(long id) {
    return (int) (id >> Integer.SIZE);
  }

  /** The cluster's number in an id; below 0 if it is none of ours. */
  public static int cluster(long id) {
    return (int) id;
  }

  /** True if the number can be the id of a cluster; other engines may write anything. */
  public static boolean isValid(long id) {
    return generation(id) >= 1 && cluster(id) >= 0;
  }
}
