package io.proximadb.index.ivf;

import io.proximadb.error.InvalidArgumentException;

/**
 * How an index is built.
 *
 * @param lists that rows are put into, at most {@value #MAX_LISTS}; {@value #BY_ROWS} for a number
 *     that suits the rows, and for the clusters of a file that is in their order
 * @param codes directions that a row is coded by, at least 1; those of the vectors where that is
 *     less
 * @param seed of lists and directions
 */
public record IvfSettings(int lists, int codes, long seed) {
  /** More take longer to choose from than they spare. */
  public static final int MAX_LISTS = 65_536;

  /** As many as suits the rows. */
  public static final int BY_ROWS = 0;

  /** With what stands behind them these make three cache lines. */
  private static final int USUAL_CODES = 180;

  public IvfSettings {
    if (lists < 0 || lists > MAX_LISTS) {
      throw new InvalidArgumentException(
          "Invalid lists: " + lists + " (expected 1 to " + MAX_LISTS + ", or 0 to go by rows)");
    }
    if (codes < 1) {
      throw new InvalidArgumentException("Invalid codes: " + codes + " (expected at least 1)");
    }
  }

  /** What suits most vectors. */
  public static IvfSettings usual() {
    return new IvfSettings(BY_ROWS, USUAL_CODES, 1);
  }

  /** The same with another number of lists. */
  public IvfSettings withLists(int count) {
    return new IvfSettings(count, codes, seed);
  }

  /** The same with other codes. */
  public IvfSettings withCodes(int directions) {
    return new IvfSettings(lists, directions, seed);
  }

  /** The same with another seed. */
  public IvfSettings withSeed(long other) {
    return new IvfSettings(lists, codes, other);
  }
}
