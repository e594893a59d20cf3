package io.proximadb.storage.viper;

import io.proximadb.model.column.Column;

/** Reads one column of a file. Keeps what it decoded last; for one thread. */
interface ColumnAccess {
  /** Rows {@code from} to {@code to}, exclusive. */
  Column range(int from, int to);

  /** The rows at these positions, ascending. */
  Column rows(int[] positions);
}
