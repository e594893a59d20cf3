package io.proximadb.index.hnsw;

import io.proximadb.vector.quantize.Int8Quantizer;

/**
 * What an index takes on the heap, and by how many directions rows are coded so that it keeps to a
 * share of the vectors: with up to {@value #BUDGETED_DEGREE} links and codes of one to four bits, 6
 * % of the vectors and 160 bytes a row, all counted, for any file that is indexed.
 */
final class GraphMemory {
  /** Bytes of a point of calibration, with what refers to it and a copy. */
  static final int POINT_BYTES = 112;

  /** Two cache lines of links. */
  static final int BUDGETED_DEGREE = 32;

  /** Points that are measured, about: four shares, 14 efforts and twelve ranks at most. */
  private static final int USUAL_POINTS = 512;

  /** Smaller files get no index. */
  private static final int LEAST_ROWS = 4_096;

  /** Of the bytes of a row's vector. */
  private static final double BUDGETED_SHARE = 0.06;

  private static final int BUDGETED_BYTES = 160;

  /** Bytes a row that the number of rows in upper layers, which is drawn, may be off by. */
  private static final double DRAWN_BYTES = 0.75;

  /** With the footer these make three cache lines of int8. */
  private static final int USUAL_CODES = 180;

  /** With the footer these make two cache lines. */
  private static final int USUAL_CODE_BITS = 960;

  private GraphMemory() {}

  /** Bytes of the index. */
  static long bytes(int rows, int dimension, HnswSettings settings) {
    int codes = directions(rows, dimension, settings);
    return (long) (rows * rowBytes(codes, settings, settings.degree()))
        + fixedBytes(codes, dimension);
  }

  /** Directions that a row is coded by. */
  static int directions(int rows, int dimension, HnswSettings settings) {
    if (settings.codes() > 0) {
      return Math.min(settings.codes(), dimension);
    }
    if (settings.bits() == CodedRows.INT8_BITS) {
      return Math.min(USUAL_CODES, dimension);
    }
    int counted = Math.max(rows, LEAST_ROWS);
    double budget = BUDGETED_SHARE * dimension * Float.BYTES + BUDGETED_BYTES - DRAWN_BYTES;
    int degree = Math.min(settings.degree(), BUDGETED_DEGREE);
    int codes = Math.min(USUAL_CODE_BITS / settings.bits(), dimension);
    while (codes > 1
        && rowBytes(codes, settings, degree) + (double) fixedBytes(codes, dimension) / counted
            > budget) {
      codes--;
    }
    return codes;
  }

  private static double rowBytes(int codes, HnswSettings settings, int degree) {
    // Of the rows this share is in the first upper layer, and again in each above.
    double slots = 1.0 / (Math.max(8, settings.upperDegree()) - 1);
    return CodedRows.rowBytes(codes, settings.bits())
        + degree * Integer.BYTES
        + slots * (degree / 2 + 1) * Integer.BYTES;
  }

  private static long fixedBytes(int codes, int dimension) {
    return Int8Quantizer.memoryBytes(codes, dimension) + USUAL_POINTS * POINT_BYTES;
  }
}
