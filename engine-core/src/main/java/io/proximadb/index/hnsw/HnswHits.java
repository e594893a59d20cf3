package io.proximadb.index.hnsw;

/**
 * What a search found, the nearest first. Do not change the arrays.
 *
 * @param rows at most k; fewer if the walk met fewer live rows, which then does not mean that there
 *     are no more
 * @param scores exact ranking scores of these, see {@link io.proximadb.vector.DistanceFunction}
 * @param rowsScored by estimate
 * @param rowsRanked by their vectors
 */
@SuppressWarnings("ArrayRecordComponent")
public record HnswHits(int[] rows, double[] scores, long rowsScored, int rowsRanked) {}
