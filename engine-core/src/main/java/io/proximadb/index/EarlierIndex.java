package io.proximadb.index;

/** The index of a file whose rows went into another one. */
public interface EarlierIndex {
  /** The index, of the same definition. */
  SegmentIndex index();

  /**
   * For each row of the other file its position in the earlier one, or -1 if it was not there, or
   * if the vector or value that the index is of was another. Takes some microseconds a row.
   */
  int[] rowsBefore();
}
