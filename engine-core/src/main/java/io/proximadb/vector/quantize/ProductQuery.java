package io.proximadb.vector.quantize;

/**
 * A query against rows coded by a {@link ProductQuantizer}. Do not change the array.
 *
 * @param tables of each part end to end, {@value ProductQuantizer#CENTROIDS} floats each: what a
 *     code takes off an estimate
 * @param coarse the same query in the int8 codes of the same directions
 * @param constant that all estimates of the query share
 * @param squaredPart squared length of the query along the directions
 * @param squaredRest squared length of what is left of the query
 */
@SuppressWarnings("ArrayRecordComponent")
public record ProductQuery(
    float[] tables, Int8Query coarse, float constant, double squaredPart, double squaredRest) {
  /** The estimate of the target. */
  public float estimate(float correction, float sum) {
    return correction + constant - sum;
  }
}
