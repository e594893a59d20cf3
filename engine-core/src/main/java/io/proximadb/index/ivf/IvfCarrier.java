package io.proximadb.index.ivf;

import io.proximadb.index.IndexBuild;
import io.proximadb.model.Metric;
import io.proximadb.storage.ClusterRuns;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.cluster.Assigner;
import io.proximadb.vector.cluster.Centroids;
import org.jspecify.annotations.Nullable;

/**
 * Makes the index of a file from that of one whose rows are mostly in it. Rows that are the same
 * keep their codes, and their lists unless the file is in the order of clusters, which then are the
 * lists; other rows are coded by the same directions and go to the nearest list. Vectors of rows
 * that stayed are not read.
 */
final class IvfCarrier {
  /** Of fewer rows directions and lists that were chosen for others would not suit. */
  private static final double LEAST_CARRIED = 0.5;

  /** Lists are found anew where there are so many times fewer, or more, than suit the rows. */
  private static final double MOST_TIMES = 1.5;

  private static final int NONE = -1;

  private final IvfIndex before;
  private final int[] rowsBefore;
  private final IvfBuilder builder;

  private IvfCarrier(IvfIndex before, int[] rowsBefore, IvfBuilder builder) {
    this.before = before;
    this.rowsBefore = rowsBefore;
    this.builder = builder;
  }

  /**
   * Makes an index, not calibrated.
   *
   * @param rowsBefore for each row the equal one of the earlier index, or -1
   * @param clusters of the rows, if they are in that order by this field; else null
   * @return null if too little could be carried over
   */
  static @Nullable IvfIndex carry(
      IvfIndex before,
      int[] rowsBefore,
      VectorRows rows,
      Metric metric,
      @Nullable ClusterRuns clusters,
      IvfSettings settings,
      IndexBuild build) {
    int count = 0;
    for (int row : rowsBefore) {
      count += row == NONE ? 0 : 1;
    }
    // Codes of products do not tell what lists are found by: their rows are coded anew.
    if (before.product != null
        || settings.parts() != IvfSettings.NO_PARTS
        || before.metric() != metric
        || before.dimension() != rows.dimension()
        || before.quantizer.codes() != Math.min(settings.codes(), rows.dimension())
        || count == 0
        || count < LEAST_CARRIED * rowsBefore.length) {
      return null;
    }
    IvfBuilder builder = new IvfBuilder(rows, before.quantizer, null, settings, build);
    return new IvfCarrier(before, rowsBefore, builder).carry(clusters);
  }

  private IvfIndex carry(@Nullable ClusterRuns clusters) {
    carryCodes();
    RowLists ofClusters = clusters == null ? null : builder.ofClusters(clusters);
    if (ofClusters != null) {
      return builder.of(ofClusters);
    }
    return builder.of(suits() ? carriedLists() : builder.trained());
  }

  private void carryCodes() {
    int rowBytes = builder.quantizer.rowBytes();
    float[] vector = new float[builder.rows.dimension()];
    for (int row = 0; row < rowsBefore.length; row++) {
      int to = IvfIndex.FIRST_ROW + row * rowBytes;
      if (rowsBefore[row] == NONE) {
        builder.build.checkNotStopped();
        builder.rows.copy(row, 1, vector, 0);
        builder.quantizer.encode(vector, 0, builder.codes, to);
      } else {
        int position = before.lists.position(rowsBefore[row]);
        int from = IvfIndex.FIRST_ROW + position * rowBytes;
        System.arraycopy(before.codes, from, builder.codes, to, rowBytes);
      }
    }
  }

  private boolean suits() {
    int wanted = IvfBuilder.lists(rowsBefore.length, builder.settings);
    int there = before.lists.count();
    return there <= MOST_TIMES * wanted && wanted <= MOST_TIMES * there;
  }

  private RowLists carriedLists() {
    int[] listOfPosition = new int[before.rowCount()];
    for (int list = 0; list < before.lists.count(); list++) {
      for (int at = before.lists.start(list); at < before.lists.start(list + 1); at++) {
        listOfPosition[at] = list;
      }
    }
    int directions = builder.quantizer.codes();
    Assigner nearest = centroids(directions).assigner();
    float[] row = new float[directions];
    int[] listOf = new int[rowsBefore.length];
    for (int i = 0; i < listOf.length; i++) {
      if (rowsBefore[i] == NONE) {
        builder.build.checkNotStopped();
        builder.decode(i, row, 0);
        listOf[i] = nearest.assign(row);
      } else {
        listOf[i] = listOfPosition[before.lists.position(rowsBefore[i])];
      }
    }
    return RowLists.ofEach(listOf, before.lists.count());
  }

  /** Those of the earlier lists by what their codes stand for, in steps. */
  private Centroids centroids(int directions) {
    int count = before.lists.count();
    float[] values = new float[Math.multiplyExact(count, directions)];
    for (int list = 0; list < count; list++) {
      int from = list * builder.quantizer.rowBytes();
      for (int i = 0; i < directions; i++) {
        values[list * directions + i] = before.centroids[from + i];
      }
    }
    return Centroids.of(Metric.EUCLIDEAN, directions, values, new int[] {0, count});
  }
}
