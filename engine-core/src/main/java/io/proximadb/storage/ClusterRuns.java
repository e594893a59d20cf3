package io.proximadb.storage;

import io.proximadb.model.ClusterId;
import io.proximadb.model.column.LongColumn;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Which rows of a segment belong to which cluster, as runs of rows. Where rows are in the order of
 * clusters that is a few bytes for each cluster. Immutable and safe for use by several threads.
 */
public final class ClusterRuns {
  /**
   * Rows for each run, on average, below which runs are not kept: rows are in no order of clusters,
   * and reading by runs would be reading row by row.
   */
  private static final int MIN_MEAN_ROWS = 2;

  /** Takes rows from {@code first} to {@code end}, exclusive. */
  public interface Run {
    void rows(int first, int end);
  }

  private final int[] starts;
  private final long[] ids;

  /** Runs by id, then by place. */
  private final int[] byId;

  private ClusterRuns(int[] starts, long[] ids) {
    this.starts = starts;
    this.ids = ids;
    Integer[] order = new Integer[ids.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Long.compare(ids[a], ids[b]));
    this.byId = Arrays.stream(order).mapToInt(Integer::intValue).toArray();
  }

  /** No row has a cluster. */
  public static ClusterRuns none(int rowCount) {
    return rowCount == 0
        ? new ClusterRuns(new int[] {0}, new long[0])
        : new ClusterRuns(new int[] {0, rowCount}, new long[] {ClusterId.NONE});
  }

  /** The runs of a column of cluster ids; whatever is no such id counts as none. */
  public static ClusterRuns of(LongColumn column) {
    int[] starts = new int[16];
    long[] ids = new long[16];
    int runs = 0;
    for (int row = 0; row < column.size(); row++) {
      long id = column.isNull(row) ? ClusterId.NONE : column.values()[row];
      id = ClusterId.isValid(id) ? id : ClusterId.NONE;
      if (runs > 0 && ids[runs - 1] == id) {
        continue;
      }
      if (runs == ids.length) {
        starts = Arrays.copyOf(starts, 2 * runs);
        ids = Arrays.copyOf(ids, 2 * runs);
      }
      starts[runs] = row;
      ids[runs++] = id;
    }
    if (runs > 1 && (long) runs * MIN_MEAN_ROWS > column.size()) {
      return none(column.size());
    }
    int[] exact = Arrays.copyOf(starts, runs + 1);
    exact[runs] = column.size();
    return new ClusterRuns(exact, Arrays.copyOf(ids, runs));
  }

  /** Rows of the segment. */
  public int rowCount() {
    return starts[starts.length - 1];
  }

  /** Number of runs. */
  public int count() {
    return ids.length;
  }

  /** The cluster of a run, or {@link ClusterId#NONE}. */
  public long id(int run) {
    return ids[Objects.checkIndex(run, ids.length)];
  }

  /** First row of a run; that of {@link #count()} is the number of rows. */
  public int start(int run) {
    return starts[run];
  }

  /** Hands out each cluster id once, ascending; {@link ClusterId#NONE} too if rows have none. */
  public void forEachId(LongConsumer sink) {
    for (int i = 0; i < byId.length; i++) {
      if (i == 0 || ids[byId[i]] != ids[byId[i - 1]]) {
        sink.accept(ids[byId[i]]);
      }
    }
  }

  /** Hands out the rows of a cluster, or of none, in ascending order. */
  public void forEach(long id, Run sink) {
    int low = 0;
    int high = byId.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ids[byId[middle]] < id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    for (int i = low; i < byId.length && ids[byId[i]] == id; i++) {
      sink.rows(starts[byId[i]], starts[byId[i] + 1]);
    }
  }
}
