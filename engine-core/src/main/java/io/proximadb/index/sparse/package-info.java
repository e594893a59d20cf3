/**
 * Inverted index of the sparse vectors of one immutable data file, with exact top-k.
 *
 * <p>Read {@link io.proximadb.index.sparse.SparseIndex}, {@link
 * io.proximadb.index.sparse.SparseIndexSearch}, {@link io.proximadb.index.sparse.SparseFormat}.
 * Depends on {@code index}, {@code index.flat}, {@code index.form}, {@code storage}, {@code model}
 * and {@code error}.
 */
@NullMarked
package io.proximadb.index.sparse;

import org.jspecify.annotations.NullMarked;
