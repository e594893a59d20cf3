package io.proximadb.storage.viper;

import io.proximadb.model.Row;
import io.proximadb.storage.clusters.ClusterModel;
import io.proximadb.vector.cluster.Assigner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows in order of arrival, to be taken in the order of their clusters: as many as one row group
 * has. Of one cluster they keep their order.
 */
final class ClusterSort {
  private final ClusterModel model;
  private final int vectorOrdinal;
  private final long maxBytes;
  private final Assigner assigner;
  private final List<Row> rows = new ArrayList<>();
  private long[] clusters = new long[1_024];
  private long bytes;

  /**
   * An empty sort.
   *
   * @param vectorOrdinal place of the clustered field in {@link Row#vectors()}
   * @param maxBytes of heap after which the rows have to be taken
   */
  ClusterSort(ClusterModel model, int vectorOrdinal, long maxBytes) {
    this.model = model;
    this.vectorOrdinal = vectorOrdinal;
    this.maxBytes = maxBytes;
    this.assigner = model.centroids().assigner();
  }

  /** Adds a copy of a row; true if the rows are to be taken now. */
  boolean add(Row row) {
    return addImmutable(copy(row));
  }

  /** Adds a row that nobody changes; true if the rows are to be taken now. */
  boolean addImmutable(Row row) {
    if (rows.size() == clusters.length) {
      clusters = Arrays.copyOf(clusters, 2 * clusters.length);
    }
    float[] vector = row.vectors()[vectorOrdinal];
    if (vector == null) {
      throw new IllegalArgumentException("No vector to cluster by for '" + row.id() + "'");
    }
    clusters[rows.size()] = assigner.assign(vector);
    rows.add(row);
    bytes += row.estimatedBytes();
    return bytes >= maxBytes;
  }

  /** The writer's caller may use its arrays again. */
  private static Row copy(Row row) {
    float[] @Nullable [] vectors = row.vectors().clone();
    for (int i = 0; i < vectors.length; i++) {
      float[] vector = vectors[i];
      vectors[i] = vector == null ? null : vector.clone();
    }
    @Nullable Object[] metadata = row.metadata().clone();
    for (int i = 0; i < metadata.length; i++) {
      if (metadata[i] instanceof byte[] binary) {
        metadata[i] = binary.clone();
      }
    }
    return new Row(
        row.id(), vectors, metadata, row.expiresAtMicros(), row.version(), row.updatedAtMicros());
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Takes a row. */
  interface Sink<E extends Exception> {
    void row(FileRow row) throws E;
  }

  /** Hands out all rows by cluster and lets go of each as it goes. */
  <E extends Exception> void drain(Sink<E> sink) throws E {
    long[] order = new long[rows.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = clusters[i] << Integer.SIZE | i;
    }
    Arrays.sort(order);
    @Nullable Row[] taken = rows.toArray(new Row[0]);
    rows.clear();
    bytes = 0;
    for (long entry : order) {
      int i = (int) entry;
      Row row = taken[i];
      assert row != null;
      taken[i] = null;
      sink.row(new FileRow(row, model.id((int) (entry >>> Integer.SIZE))));
    }
  }
}
