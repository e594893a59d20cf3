package io.proximadb.vector.quantize;

/**
 * A query as a {@link BitQuantizer} compares it: component {@code i} is {@code least + step *
 * level[i]}. Do not change the array.
 *
 * @param planes the levels, bit-sliced
 * @param least of the rotated components
 * @param step between levels
 * @param total of all levels
 * @param length of the query less the centre
 * @param error length of what rounding changed
 */
@SuppressWarnings("ArrayRecordComponent")
public record BitQuery(
    long[] planes, double least, double step, long total, double length, double error) {}
