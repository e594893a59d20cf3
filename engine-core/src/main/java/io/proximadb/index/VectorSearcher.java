package io.proximadb.index;

import org.jspecify.annotations.Nullable;

/** Searches one index. Keeps what one thread needs; not safe for use by several. */
public interface VectorSearcher {
  /**
   * Finds rows near a query.
   *
   * @return at most {@code k} rows; an index that is not exact may give fewer than there are, and
   *     the caller looks further; one that is exact also gives all rows whose score is that of the
   *     k-th, for ids decide which of these are in an answer. Null if the index knows no way to the
   *     recall that is asked for
   */
  @Nullable IndexAnswer search(IndexQuery query);
}
