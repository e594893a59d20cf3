package io.proximadb.storage.foreign;

import io.proximadb.storage.records.RecordFile;

/** Finds rows in the pieces of a file. */
final class Pieces {
  private Pieces() {}

  /** The piece that holds a row. */
  static int of(RecordFile file, int row) {
    int low = 0;
    int high = file.pieceCount() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (file.firstRow(middle) <= row) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Numbers from one to another, exclusive. */
  static int[] range(int from, int to) {
    int[] rows = new int[to - from];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = from + i;
    }
    return rows;
  }
}
