package io.proximadb.index.ivf;

import io.proximadb.error.InvalidArgumentException;

/**
 * How an index is built.
 *
 * @param lists that rows are put into, at most {@value #MAX_LISTS}; {@value #BY_ROWS} for a number
 *     that suits the rows, and for the clusters of a file that is in their order
 * @param codes directions that a row is coded by, at least 1; those of the vectors where that is
 *     less
 * @param parts that the directions are cut into, each coded by one byte, see {@link
 *     io.proximadb.vector.quantize.ProductQuantizer}; {@value #NO_PARTS} for a byte a direction
 * @param seed of lists, directions and centroids of parts
 */
public record IvfSettings(int lists, int codes, int parts, long seed) {
  /** More take longer to choose from than they spare. */
  public static final int MAX_LISTS = 65_536;

  /** As many as suits the rows. */
  public static final int BY_ROWS = 0;

  /** Each direction is coded by itself. */
  public static final int NO_PARTS = 0;

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
    if (parts < 0) {
      throw new InvalidArgumentException(
          "Invalid product: " + parts + " (expected at least 1, or 0 for none)");
    }
  }

  /** What suits most vectors. */
  public static IvfSettings usual() {
    return new IvfSettings(BY_ROWS, USUAL_CODES, NO_PARTS, 1);
  }

  /** The same with another number of lists. */
  public IvfSettings withLists(int count) {
    return new IvfSettings(count, codes, parts, seed);
  }

  /** The same with other codes. */
  public IvfSettings withCodes(int directions) {
    return new IvfSettings(lists, directions, parts, seed);
  }

  /** The same with directions coded in so many parts. */
  public IvfSettings withParts(int count) {
    return new IvfSettings(lists, codes, count, seed);
  }

  /** Parts of the directions of vectors; {@value #NO_PARTS} if each is coded by itself. */
  int parts(int dimension) {
    return Math.min(parts, Math.min(codes, dimension));
  }

  /** The same with another seed. */
  public IvfSettings withSeed(long other) {
    return new IvfSettings(lists, codes, parts, other);
  }
}
