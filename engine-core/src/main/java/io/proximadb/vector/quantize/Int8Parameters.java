package io.proximadb.vector.quantize;

import io.proximadb.model.Metric;

/**
 * What training an {@link Int8Quantizer} found. Do not change the arrays.
 *
 * @param metric EUCLIDEAN, COSINE or DOT
 * @param mean of the sample; as long as the vectors
 * @param basis the directions end to end, orthonormal
 * @param step between codes, above 0
 */
@SuppressWarnings("ArrayRecordComponent")
public record Int8Parameters(Metric metric, float[] mean, float[] basis, float step) {}
