/**
 * Exact search: every row is compared with the query, or left out because it provably is too far.
 *
 * <p>Read {@link io.proximadb.index.flat.FlatSearch} and {@link io.proximadb.index.flat.TopK}, then
 * {@link io.proximadb.index.flat.FlatIndex}, which leaves rows out by codes. May depend on the
 * {@code storage} and {@code index} SPIs and on {@code vector}.
 */
@NullMarked
package io.proximadb.index.flat;

import org.jspecify.annotations.NullMarked;
