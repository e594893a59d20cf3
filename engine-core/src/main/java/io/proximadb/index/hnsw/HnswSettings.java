package io.proximadb.index.hnsw;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.vector.quantize.BitQuantizer;

/**
 * How a graph is built.
 *
 * @param degree links of a row in the base layer, at most; 4 to {@value #MAX_DEGREE}, even. Upper
 *     layers have half as many
 * @param beam rows that an insertion keeps while it looks for neighbours ("efConstruction"); 1 to
 *     {@value #MAX_BEAM}
 * @param codes directions that a row is coded by, at least 1; those of the vectors where that is
 *     less; 0 for as many as suit the bits and the memory that is stated for them
 * @param bits of each code: 8, or 1 to 4 for an index of less memory
 * @param seed of layers and directions
 */
public record HnswSettings(int degree, int beam, int codes, int bits, long seed) {
  /** Links of 1 KiB a row; graphs gain nothing from more than 100 or so. */
  public static final int MAX_DEGREE = 256;

  /** An insertion that keeps more costs more than an exact search of most files. */
  public static final int MAX_BEAM = 4_096;

  /** Two cache lines of links. */
  private static final int USUAL_DEGREE = 32;

  private static final int USUAL_BEAM = 128;

  public HnswSettings {
    if (degree < 4 || degree > MAX_DEGREE || degree % 2 != 0) {
      throw new InvalidArgumentException(
          "Invalid degree: " + degree + " (expected an even number, 4 to " + MAX_DEGREE + ")");
    }
    if (beam < 1 || beam > MAX_BEAM) {
      throw new InvalidArgumentException(
          "Invalid beam: " + beam + " (expected 1 to " + MAX_BEAM + ")");
    }
    if (codes < 0) {
      throw new InvalidArgumentException("Invalid codes: " + codes + " (expected at least 1)");
    }
    if (!isBits(bits)) {
      throw new InvalidArgumentException("Invalid bits: " + bits + " (expected 1 to 4, or 8)");
    }
  }

  /** What suits most vectors. */
  public static HnswSettings usual() {
    return new HnswSettings(USUAL_DEGREE, USUAL_BEAM, 0, CodedRows.INT8_BITS, 1);
  }

  /** The same with another degree. */
  public HnswSettings withDegree(int links) {
    return new HnswSettings(links, beam, codes, bits, seed);
  }

  /** The same with another beam. */
  public HnswSettings withBeam(int rows) {
    return new HnswSettings(degree, rows, codes, bits, seed);
  }

  /** The same with other codes, at least 1. */
  public HnswSettings withCodes(int directions) {
    if (directions < 1) {
      throw new InvalidArgumentException("Invalid codes: " + directions + " (expected at least 1)");
    }
    return new HnswSettings(degree, beam, directions, bits, seed);
  }

  /** The same with other bits for each code. */
  public HnswSettings withBits(int ofCode) {
    return new HnswSettings(degree, beam, codes, ofCode, seed);
  }

  /** The same with another seed. */
  public HnswSettings withSeed(long other) {
    return new HnswSettings(degree, beam, codes, bits, other);
  }

  /** True for bits that a code may have. */
  static boolean isBits(int bits) {
    return bits == CodedRows.INT8_BITS || (bits >= 1 && bits <= BitQuantizer.MAX_BITS);
  }

  /** Links of a row in an upper layer, at most. */
  int upperDegree() {
    return degree / 2;
  }
}
