package io.proximadb.vector.quantize;

/**
 * A query as a {@link BitQuantizer} compares it. Do not change the array.
 *
 * @param values by eight bits, in the order of {@link
 *     io.proximadb.vector.CodeKernels#packedDotGathered}
 * @param factor of a row's scale and dot product in an estimate
 * @param shift that is taken from dot products, because codes are not below zero
 * @param constant that all estimates of the query share
 * @param squaredPart squared length of the query along the directions
 * @param squaredRest squared length of what is left of the query
 * @param squaredError squared length of what rounding took from the part
 */
@SuppressWarnings("ArrayRecordComponent")
public record BitQuery(
    short[] values,
    float factor,
    float shift,
    float constant,
    double squaredPart,
    double squaredRest,
    double squaredError) {
  /** The estimate of the target. */
  public float estimate(float correction, float scale, int dot) {
    return correction + constant - factor * scale * (dot - shift);
  }
}
