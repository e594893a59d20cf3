package io.proximadb.wal;

/**
 * Numbers of records without gap.
 *
 * @param first the lowest, from 1
 * @param last the highest, not below the first
 */
public record SequenceRange(long first, long last) {
  /** How many numbers there are. */
  public long count() {
    return last - first + 1;
  }

  @Override
  public String toString() {
    return first == last ? Long.toString(first) : first + " to " + last;
  }
}
