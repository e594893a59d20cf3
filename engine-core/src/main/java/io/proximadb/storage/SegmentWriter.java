package io.proximadb.storage;

import io.proximadb.model.Row;
import java.io.Closeable;
import java.util.List;

/**
 * Writes rows of distinct ids into one or more segments; a new file starts when one is full. Not
 * safe for use by several threads.
 *
 * <p>Ends with exactly one of {@link #finish()} or {@link #close()}; closing without finishing
 * deletes what was written.
 */
public interface SegmentWriter extends Closeable {
  /** Adds a checked row. Its arrays are copied before this returns. */
  void append(Row row);

  /** Adds a checked row whose arrays nobody changes any more: they are kept as they are. */
  default void appendImmutable(Row row) {
    append(row);
  }

  /** Rows so far. */
  long rowCount();

  /** Completes and syncs the files, which stay in staging. An empty writer gives an empty list. */
  List<StagedSegment> finish();

  /** Gives up what is not finished. */
  @Override
  void close();
}
