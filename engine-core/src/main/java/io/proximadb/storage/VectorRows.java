package io.proximadb.storage;

import java.nio.ByteBuffer;

/**
 * The vectors of one field of a segment, as contiguous runs of little-endian floats. Safe for use
 * by several threads.
 */
public interface VectorRows {
  int dimension();

  int rowCount();

  /** Copies whole rows; {@code target} needs {@code rows * dimension} floats from the offset. */
  void copy(int firstRow, int rows, float[] target, int targetOffset);

  /** Number of contiguous runs; consecutive runs hold consecutive rows. */
  int blockCount();

  /** First row of a run; {@code firstRow(blockCount())} is {@link #rowCount()}. */
  int firstRow(int block);

  /**
   * The bytes of a run, little-endian, position 0 at its first float. Mapped memory where the file
   * is local, heap otherwise; valid until the segment is closed; do not write.
   */
  ByteBuffer block(int block);

  /**
   * True if the bytes of all runs are mapped memory, so that it costs nothing to hold what {@link
   * #block} gave; else it may be a copy, made for each call.
   */
  default boolean isMapped() {
    return false;
  }

  /**
   * Says which rows will be read, so that those of a remote file are fetched with few requests,
   * several at a time, ahead of the reading. Does nothing where the file is local, and never waits.
   * Fetching goes up the file, so reading does best too; rows that are asked for out of turn are
   * fetched at once.
   *
   * @param firstRows the first row of each range, in any order
   * @param endRows the row after the last of each range
   */
  default void prefetch(int[] firstRows, int[] endRows) {}
}
