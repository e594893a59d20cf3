/**
 * The kernels on {@code jdk.incubator.vector}, the only package that sees that module.
 *
 * <p>Read {@code ArrayLoops} for the loops and {@link
 * io.proximadb.vector.internal.panama.PanamaLookup} for what is chosen when. Depends on {@code
 * vector} only; compiled by an execution of its own, because javac warns about every use of an
 * incubating module. No other package may import it.
 */
@NullMarked
package io.proximadb.vector.internal.panama;

import org.jspecify.annotations.NullMarked;
