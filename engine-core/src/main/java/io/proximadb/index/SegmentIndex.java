package io.proximadb.index;

import java.io.IOException;
import java.io.OutputStream;
import java.util.UUID;

/** The index of one data file, in memory. Immutable and safe for use by several threads. */
public interface SegmentIndex {
  /** Rows of the file, live or not. */
  int rowCount();

  /** Bytes on the heap. */
  long memoryBytes();

  /**
   * Writes it in the form that {@link IndexType#read} reads; the caller makes the file durable.
   *
   * @param source names the rows, so that it is not taken for an index of others
   */
  void write(UUID source, OutputStream out) throws IOException;
}
