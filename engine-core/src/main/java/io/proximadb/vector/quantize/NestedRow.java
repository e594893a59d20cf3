package io.proximadb.vector.quantize;

/**
 * A row in the codes of a {@link NestedQuantizer}, to be filled again and again. Not safe for use
 * by several threads.
 */
public final class NestedRow {
  /** Codes of the coarse stage. */
  public final byte[] coarse;

  /** Codes of the fine stage; none if there is no such stage. */
  public final byte[] fine;

  /** Sum of the squares of the coarse codes, an integer. */
  public float coarseSquare;

  /** How far the coarse codes are from the row at most, in steps of the stage. */
  public float coarseSlack;

  /** Sum of the squares of the fine codes, an integer. */
  public float fineSquare;

  /** How far the codes of both stages are from the row at most, in steps of the coarse stage. */
  public float fineSlack;

  public NestedRow(NestedQuantizer quantizer) {
    this.coarse = new byte[quantizer.coarseCodes()];
    this.fine = new byte[quantizer.fineCodes()];
  }
}
