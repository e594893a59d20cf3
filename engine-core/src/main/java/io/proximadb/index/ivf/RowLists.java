package io.proximadb.index.ivf;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which rows are in which list. Lists stand one after the other; a row's <em>position</em> is its
 * place among all. Where the rows of the file are in the order of lists already, positions are rows
 * and nothing is kept of them. Immutable.
 */
final class RowLists {
  /** First position of each list and, at the end, the number of rows. */
  private final int[] starts;

  /** The row of each position; null where it is the position. */
  private final int @Nullable [] rowAt;

  private final int @Nullable [] positionOf;

  private RowLists(int[] starts, int @Nullable [] rowAt) {
    this.starts = starts;
    this.rowAt = rowAt;
    this.positionOf = rowAt == null ? null : new int[rowAt.length];
    if (rowAt != null && positionOf != null) {
      for (int position = 0; position < rowAt.length; position++) {
        positionOf[rowAt[position]] = position;
      }
    }
  }

  /** Lists of rows that are in their order. */
  static RowLists inOrder(int[] starts) {
    return new RowLists(starts, null);
  }

  /**
   * Lists of rows in any order.
   *
   * @param rowAt each row once
   */
  static RowLists of(int[] starts, int[] rowAt) {
    return new RowLists(starts, rowAt);
  }

  /**
   * Puts rows into lists; empty ones are left out.
   *
   * @param listOf the list of each row
   */
  static RowLists ofEach(int[] listOf, int lists) {
    int[] sizes = new int[lists];
    for (int list : listOf) {
      sizes[list]++;
    }
    int[] next = new int[lists];
    int[] starts = new int[lists + 1];
    int kept = 0;
    int at = 0;
    for (int list = 0; list < lists; list++) {
      next[list] = at;
      if (sizes[list] > 0) {
        starts[kept++] = at;
      }
      at += sizes[list];
    }
    starts[kept] = at;
    int[] rowAt = new int[listOf.length];
    for (int row = 0; row < listOf.length; row++) {
      rowAt[next[listOf[row]]++] = row;
    }
    return new RowLists(Arrays.copyOf(starts, kept + 1), rowAt);
  }

  /** How many lists there are. */
  int count() {
    return starts.length - 1;
  }

  int rows() {
    return starts[starts.length - 1];
  }

  /** First position of a list; that of {@link #count()} is the number of rows. */
  int start(int list) {
    return starts[list];
  }

  int[] starts() {
    return starts;
  }

  /** The row of each position; null if it is the position. */
  int @Nullable [] rowAt() {
    return rowAt;
  }

  int row(int position) {
    return rowAt == null ? position : rowAt[position];
  }

  int position(int row) {
    return positionOf == null ? row : positionOf[row];
  }

  boolean isInOrder() {
    return rowAt == null;
  }

  long memoryBytes() {
    return (long) Integer.BYTES * starts.length
        + (rowAt == null ? 0 : 2L * Integer.BYTES * rowAt.length);
  }
}
