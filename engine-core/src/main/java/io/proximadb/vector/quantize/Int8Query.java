package io.proximadb.vector.quantize;

/**
 * A query in the codes of an {@link Int8Quantizer}. Do not change the array.
 *
 * @param codes as wide ints, one for each byte of a coded row, zero where that is no code
 * @param factor of the dot product of codes in an estimate
 * @param constant that all estimates of the query share
 * @param squaredPart squared length of the query along the directions
 * @param squaredRest squared length of what is left of the query
 * @param squaredError squared length of what rounding took from the part
 */
@SuppressWarnings("ArrayRecordComponent")
public record Int8Query(
    int[] codes,
    float factor,
    float constant,
    double squaredPart,
    double squaredRest,
    double squaredError) {
  /** The estimate of the target. */
  public float estimate(float correction, int dot) {
    return correction + constant - factor * dot;
  }
}
