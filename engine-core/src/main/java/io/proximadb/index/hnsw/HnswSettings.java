package io.proximadb.index.hnsw;

import io.proximadb.error.InvalidArgumentException;

/**
 * How a graph is built.
 *
 * @param degree links of a row in the base layer, at most; 4 to {@value #MAX_DEGREE}, even. Upper
 *     layers have half as many
 * @param beam rows that an insertion keeps while it looks for neighbours ("efConstruction"); 1 to
 *     {@value #MAX_BEAM}
 * @param codes directions that a row is coded by, at least 1; those of the vectors where that is
 *     less
 * @param seed of layers and directions
 */
public record HnswSettings(int degree, int beam, int codes, long seed) {
  /** Links of 1 KiB a row; graphs gain nothing from more than 100 or so. */
  public static final int MAX_DEGREE = 256;

  /** An insertion that keeps more costs more than an exact search of most files. */
  public static final int MAX_BEAM = 4_096;

  /** Two cache lines of links. */
  private static final int USUAL_DEGREE = 32;

  private static final int USUAL_BEAM = 128;

  /** With the footer these make three cache lines. */
  private static final int USUAL_CODES = 180;

  public HnswSettings {
    if (degree < 4 || degree > MAX_DEGREE || degree % 2 != 0) {
      throw new InvalidArgumentException(
          "Invalid degree: " + degree + " (expected an even number, 4 to " + MAX_DEGREE + ")");
    }
    if (beam < 1 || beam > MAX_BEAM) {
      throw new InvalidArgumentException(
          "Invalid beam: " + beam + " (expected 1 to " + MAX_BEAM + ")");
    }
    if (codes < 1) {
      throw new InvalidArgumentException("Invalid codes: " + codes + " (expected at least 1)");
    }
  }

  /** What suits most vectors. */
  public static HnswSettings usual() {
    return new HnswSettings(USUAL_DEGREE, USUAL_BEAM, USUAL_CODES, 1);
  }

  /** The same with another degree. */
  public HnswSettings withDegree(int links) {
    return new HnswSettings(links, beam, codes, seed);
  }

  /** The same with another beam. */
  public HnswSettings withBeam(int rows) {
    return new HnswSettings(degree, rows, codes, seed);
  }

  /** The same with other codes. */
  public HnswSettings withCodes(int directions) {
    return new HnswSettings(degree, beam, directions, seed);
  }

  /** The same with another seed. */
  public HnswSettings withSeed(long other) {
    return new HnswSettings(degree, beam, codes, other);
  }

  /** Links of a row in an upper layer, at most. */
  int upperDegree() {
    return degree / 2;
  }
}
