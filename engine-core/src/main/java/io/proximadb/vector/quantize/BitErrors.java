package io.proximadb.vector.quantize;

/**
 * What a {@link BitQuantizer} or a {@link ProductQuantizer} lost of a row.
 *
 * @param length of the row's part along the directions; infinite for a row that is not finite
 * @param error length of the difference of that part and what the codes stand for
 * @param rest length of what is not along the directions
 */
public record BitErrors(float length, float error, float rest) {}
