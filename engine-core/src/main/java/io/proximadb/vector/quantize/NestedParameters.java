package io.proximadb.vector.quantize;

import io.proximadb.model.Metric;

/**
 * What training a {@link NestedQuantizer} found. Do not change the arrays.
 *
 * @param metric EUCLIDEAN, COSINE or DOT
 * @param mean of the sample; as long as the vectors
 * @param basis the directions end to end, nearly orthonormal, those of the coarse stage first
 * @param coarse directions of the coarse stage, at least 1
 * @param coarseStep between codes of the coarse stage, above 0
 * @param coarseRest what the coarse stage takes off the length that it leaves over
 * @param fineStep between codes of the fine stage, above 0
 * @param fineRest what the fine stage takes off the length that both leave over
 */
@SuppressWarnings("ArrayRecordComponent")
public record NestedParameters(
    Metric metric,
    float[] mean,
    float[] basis,
    int coarse,
    float coarseStep,
    float coarseRest,
    float fineStep,
    float fineRest) {}
