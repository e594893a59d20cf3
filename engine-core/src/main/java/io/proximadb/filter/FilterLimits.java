package io.proximadb.filter;

import io.proximadb.error.InvalidArgumentException;

/** Counts the depth and size of one filter while it is walked. */
final class FilterLimits {
  private int size;

  /**
   * Counts one node.
   *
   * @param depth 1 for the root
   * @param values how many values the node compares with
   * @throws InvalidArgumentException if the filter is deeper or larger than allowed
   */
  void node(int depth, int values) {
    if (depth > Filter.MAX_DEPTH) {
      throw new InvalidArgumentException(
          "Invalid filter: nested deeper than " + Filter.MAX_DEPTH + " levels");
    }
    // Both terms are bounded by what fits in memory, their sum is not.
    long total = (long) size + 1 + values;
    if (total > Filter.MAX_SIZE) {
      throw new InvalidArgumentException(
          "Invalid filter: more than " + Filter.MAX_SIZE + " conditions and values");
    }
    size = (int) total;
  }
}
