package io.proximadb.storage.viper;

import io.proximadb.model.ClusterId;
import io.proximadb.storage.ClusterRuns;
import io.proximadb.storage.CompactionPolicy.Input;
import io.proximadb.storage.RowOrder;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import io.proximadb.storage.clusters.ClusterModel;
import io.proximadb.storage.clusters.ClusterModels;
import io.proximadb.vector.cluster.Assigner;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.roaringbitmap.RoaringBitmap;

/**
 * The live rows of several files in the order of the clusters they have under one model; of one
 * cluster in the order of the files. Twelve bytes a row: its cluster, and its place when sorted.
 */
final class ClusteredOrder {
  /** Rows whose vectors are copied at once. */
  private static final int CHUNK_ROWS = 64;

  private final ClusterModel model;
  private final Assigner assigner;
  private final String field;

  /** Of all live rows, in the order of the files. */
  private int[] clusters = new int[1_024];

  private int rows;

  private ClusteredOrder(TableContext table, ClusterModel model) {
    this.model = model;
    this.assigner = model.centroids().assigner();
    this.field = ClusterModels.field(table).name();
  }

  /** Rows as {@code input << 32 | position}. */
  static RowOrder of(TableContext table, ClusterModel model, List<Input> inputs) {
    ClusteredOrder order = new ClusteredOrder(table, model);
    inputs.forEach(order::add);
    int[] ends = new int[model.centroids().count()];
    long[] rows = order.sorted(inputs, ends);
    return new RowOrder() {
      private int next;
      private int cluster;

      @Override
      public boolean hasNext() {
        return next < rows.length;
      }

      @Override
      public long nextLong() {
        if (next == rows.length) {
          throw new NoSuchElementException();
        }
        while (next >= ends[cluster]) {
          cluster++;
        }
        return rows[next++];
      }

      @Override
      public long clusterId() {
        return model.id(cluster);
      }
    };
  }

  private void add(Input input) {
    ClusterRuns runs = input.reader().clusters();
    VectorRows vectors = input.reader().vectors(field);
    float[] chunk = new float[CHUNK_ROWS * vectors.dimension()];
    prefetch(runs, vectors);
    for (int run = 0; run < runs.count(); run++) {
      long id = runs.id(run);
      boolean current = isCurrent(id);
      int end = runs.start(run + 1);
      for (int first = runs.start(run); first < end; first += CHUNK_ROWS) {
        int count = Math.min(CHUNK_ROWS, end - first);
        if (current) {
          addKnown(input.dead(), first, count, ClusterId.cluster(id));
        } else {
          vectors.copy(first, count, chunk, 0);
          addAssigned(input.dead(), first, count, chunk, vectors.dimension());
        }
      }
    }
  }

  /** Has the vectors fetched whose clusters are not known. */
  private void prefetch(ClusterRuns runs, VectorRows vectors) {
    int[] unknown =
        IntStream.range(0, runs.count()).filter(run -> !isCurrent(runs.id(run))).toArray();
    vectors.prefetch(
        Arrays.stream(unknown).map(runs::start).toArray(),
        Arrays.stream(unknown).map(run -> runs.start(run + 1)).toArray());
  }

  private boolean isCurrent(long id) {
    return ClusterId.isValid(id)
        && ClusterId.generation(id) == model.generation()
        && ClusterId.cluster(id) < model.centroids().count();
  }

  private void addKnown(RoaringBitmap dead, int first, int count, int cluster) {
    for (int position = first; position < first + count; position++) {
      if (!dead.contains(position)) {
        add(cluster);
      }
    }
  }

  private void addAssigned(
      RoaringBitmap dead, int first, int count, float[] vectors, int dimension) {
    for (int i = 0; i < count; i++) {
      if (!dead.contains(first + i)) {
        add(assigner.assign(vectors, i * dimension));
      }
    }
  }

  private void add(int cluster) {
    if (rows == clusters.length) {
      clusters = Arrays.copyOf(clusters, rows + rows / 2);
    }
    clusters[rows++] = cluster;
  }

  /** Sorts by counting; tells where the rows of each cluster end. */
  private long[] sorted(List<Input> inputs, int[] ends) {
    int[] next = new int[model.centroids().count() + 1];
    for (int row = 0; row < rows; row++) {
      next[clusters[row] + 1]++;
    }
    for (int cluster = 1; cluster < next.length; cluster++) {
      next[cluster] += next[cluster - 1];
    }
    long[] sorted = new long[rows];
    int row = 0;
    for (int input = 0; input < inputs.size(); input++) {
      RoaringBitmap dead = inputs.get(input).dead();
      int count = inputs.get(input).reader().rowCount();
      for (int position = 0; position < count; position++) {
        if (!dead.contains(position)) {
          sorted[next[clusters[row++]]++] = (long) input << Integer.SIZE | position;
        }
      }
    }
    System.arraycopy(next, 0, ends, 0, ends.length);
    return sorted;
  }
}
