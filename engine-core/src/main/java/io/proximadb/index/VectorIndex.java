package io.proximadb.index;

import io.proximadb.storage.VectorRows;

/** An index that finds the rows of a file near a dense vector. */
public interface VectorIndex extends SegmentIndex {
  /** True if its answers are those of a comparison with every row, score by score. */
  boolean isExact();

  /**
   * What one thread needs to search; made once for each and used again.
   *
   * @param rows that the index was built of; read while the searcher is used
   * @throws io.proximadb.error.InvalidArgumentException if these are not as many or as long
   */
  VectorSearcher newSearcher(VectorRows rows);
}
