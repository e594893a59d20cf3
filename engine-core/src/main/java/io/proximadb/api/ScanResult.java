package io.proximadb.api;

import io.proximadb.model.column.ColumnBatch;
import java.io.Closeable;
import java.util.Iterator;
import java.util.OptionalLong;

/**
 * A scan under way: batches of live rows at one snapshot, in no particular order. It pins the
 * snapshot until it is closed. Not safe for use by several threads.
 */
public interface ScanResult extends Iterator<ColumnBatch>, Closeable {
  /** The Iceberg snapshot under it; empty if the table has none yet. */
  OptionalLong snapshotId();

  /** The log sequence up to which this engine's own writes are included. */
  long sequence();

  @Override
  void close();
}
