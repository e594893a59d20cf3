/**
 * Arithmetic on dense float vectors: SIMD kernels with a scalar specification, and the distances of
 * each metric on top of them.
 *
 * <p>Read {@link io.proximadb.vector.VectorKernels}, {@link io.proximadb.vector.Kernels} and {@link
 * io.proximadb.vector.DistanceFunction}; {@code ScalarKernels} says what every kernel computes.
 * Depends on {@code model} and {@code error} only. {@code internal.panama} is reached by
 * reflection, because the incubating vector module may be missing from the JVM.
 */
@NullMarked
package io.proximadb.vector;

import org.jspecify.annotations.NullMarked;
