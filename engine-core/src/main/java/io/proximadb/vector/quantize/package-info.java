/**
 * Vectors in few bytes: codes whose distance to a query is estimated, with a bound on the error.
 *
 * <p>Read {@link io.proximadb.vector.quantize.Int8Quantizer} for codes of a few directions in eight
 * bits each, {@link io.proximadb.vector.quantize.BitQuantizer} for one to four bits, {@link
 * io.proximadb.vector.quantize.ProductQuantizer} for a byte for several directions. Depends on
 * {@code vector}, {@code vector.cluster} and {@code model}. Answers of an estimate are candidates:
 * who gives distances to a user computes them from the vectors.
 */
@NullMarked
package io.proximadb.vector.quantize;

import org.jspecify.annotations.NullMarked;
