package io.proximadb.filter;

/**
 * How many rows of a file a filter is true for, as far as indexes tell without going through them.
 *
 * @param least rows for which it is true for certain
 * @param most rows for which it may be true
 * @param likely a guess between them that takes conditions to be independent of each other, and of
 *     each that no index answers that a third of the rows pass it
 */
public record RowEstimate(long least, long most, long likely) {
  /** True if the number is known. */
  public boolean isExact() {
    return least == most;
  }
}
